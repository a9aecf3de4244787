from odoo import models
from odoo.exceptions import UserError

from odoo.addons.monitor_core.tools.scales import SEVERITIES, rank

from .monitor_incident_actions import as_ids


class MonitorIncidentMerge(models.AbstractModel):
    """What people do where two incidents are one problem, or one is two."""

    _name = "monitor.incident.merge"
    _description = "Incident: Merge and Split"

    def merge(self, target_id, note=None):
        """Move all that these incidents hold into another, open one."""
        target = self.browse(as_ids(target_id)[:1])._operated()
        if not target:
            raise UserError(self.env._("Say which incident takes over the others."))
        target._require_open()
        for incident in self._operated():
            if incident == target or incident.merged_into_id == target:
                continue
            incident._require_open()
            if incident.company_id != target.company_id:
                raise UserError(
                    self.env._("Incidents of different companies stay apart.")
                )
            target._absorb(incident, note)
        return True

    def split(self, alert_ids, note=None):
        """Move some alerts into an incident of their own; return its id."""
        incident = self._operated()
        incident.ensure_one()
        incident._require_open()
        alerts = incident.alert_ids.filtered(
            lambda alert: alert.id in as_ids(alert_ids)
        )
        if not alerts or alerts == incident.alert_ids:
            raise UserError(
                self.env._("Choose some of the alerts of the incident, but not all.")
            )
        now = incident._moment()
        # Without a group key: what comes new goes on in the incident it came from.
        new = incident._open(False, alerts, incident.previous_id, now)
        incident.count = max(1, incident.count - sum(alerts.mapped("count")))
        params = {"count": len(alerts), "target": new.name}
        incident._act("split", "split", note, params)
        new._act("split", "split_from", None, {"source": incident.name}, acts=False)
        (incident | new)._follow_alerts(alerts.browse(), now)
        return new.id

    def _absorb(self, source, note):
        """Take over what another incident holds: the worse of both is what counts."""
        now = self._moment()
        alerts = source.alert_ids
        count = self.count + source.count
        alerts.write({"incident_id": self.id})
        values = {
            "count": count,
            "alert_count": self.alert_count + len(alerts),
            "first_seen_at": min(self.first_seen_at, source.first_seen_at),
            "last_seen_at": max(self.last_seen_at, source.last_seen_at),
        }
        for name in ("respond_by", "resolve_by"):
            values[name] = min(filter(None, (self[name], source[name])), default=False)
        if rank(SEVERITIES, source.severity) > rank(SEVERITIES, self.severity):
            self._set_severity(source.severity, now)
        self.write(values)
        # sudo: who may merge these may not see all that was merged into one before
        earlier = self.sudo().search([("merged_into_id", "=", source.id)])
        earlier.merged_into_id = self
        self._merge_escalation(source)
        source.write(
            {
                "state": "merged",
                "merged_into_id": self.id,
                "resolution": "merged",
                "closed_at": now,
                "notify_at": False,
                "next_step_at": False,
            }
        )
        self._measure_impact(now)
        self._prioritize(now)
        source._act("merged", "merged", note, {"target": self.name}, acts=False)
        self._act("merged", "merged_from", note, {"source": source.name})
