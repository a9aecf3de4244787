from odoo import api, fields, models

from ..tools.alertmanager import SEVERITIES
from ..tools.scales import OPEN_STATES

MANAGERS = "monitor_core.group_monitor_manager"
PRIORITY = {"critical": "1", "error": "2", "warning": "3", "info": "4"}


# One topic a file.
# pylint: disable-next=consider-merging-classes-inherited
class MonitorIncident(models.Model):
    """Incidents that no rule opens: alerts from outside, server actions, people."""

    _inherit = "monitor.incident"

    is_open = fields.Boolean(compute="_compute_is_open")

    @api.depends("state")
    def _compute_is_open(self):
        for incident in self:
            incident.is_open = incident.state in OPEN_STATES

    @api.model
    def _open_directly(self, group_key, values, now):
        """Open an incident of a group, or add to the one that is open.

        :param dict values: ``title``, ``severity``; more columns of it if known, and
            ``count``: how many occurrences are added
        :return: the incident
        """
        incident = self._open_of_group(group_key)
        count = values.get("count", 1)
        if incident:
            incident.write(
                {
                    "count": incident.count + count,
                    "last_seen_at": max(now, incident.last_seen_at),
                    "severity": max(
                        incident.severity, values["severity"], key=SEVERITIES.index
                    ),
                }
            )
            return incident
        incident = self.create(
            {
                "name": self.env["ir.sequence"].next_by_code("monitor.incident"),
                "group_key": group_key,
                "priority": PRIORITY[values["severity"]],
                "first_seen_at": now,
                "last_seen_at": now,
                "opened_at": now,
                **self._direct_owner(values),
                **values,
                "count": count,
            }
        )
        incident._log("opened", "opened_directly", {"title": incident.title}, now=now)
        incident._capture(now)
        return incident

    @api.model
    def _open_of_group(self, group_key):
        return self.search(
            [("group_key", "=", group_key), ("state", "in", OPEN_STATES)]
        )

    # part C: _choose_owner(...) says who, and why
    @api.model
    def _direct_owner(self, values):
        """Return who is to act: never nobody."""
        workflow = self.env["monitor.workflow"].browse(values.get("workflow_id") or [])
        team = self.env["monitor.team"].browse(
            values.get("team_id") or workflow.team_id.ids
        )
        candidates = (
            workflow.technical_owner_id
            | workflow.process_owner_id
            | team.leader_id
            | team.member_ids
            | self._managers(values.get("company_id"))
        )
        able = candidates.filtered(lambda user: user.active and not user.share)
        user = able[:1] or self.env.ref("base.user_admin")
        return {"user_id": user.id, "team_id": team[:1].id}

    @api.model
    def _managers(self, company_id):
        users = self.env.ref(MANAGERS).all_user_ids
        if company_id:
            users = users.filtered(lambda user: company_id in user.company_ids.ids)
        return users.sorted("id")

    @api.model
    def _take_alerts(self, alert_ids, now):
        """Alerts from outside are grouped by what their sender says."""
        alerts = self.env["monitor.alert"].browse(alert_ids)
        # One that is just being taken in is not known to be from outside yet; whoever
        # takes it in comes back when it is complete.
        external = alerts.filtered(lambda alert: not alert.rule_id)
        self._take_external_alerts(external.filtered("alertmanager_id"), now)
        return super()._take_alerts((alerts - external).ids, now)

    @api.model
    def _take_external_alerts(self, alerts, now):
        """Open an incident for each group that needs one; resolve what is over."""
        firing = alerts.filtered(
            lambda alert: alert.state == "firing" and alert._needs_incident()
        )
        for group, members in firing.grouped("external_group").items():
            new = members.filtered(lambda alert: not alert.incident_id.is_open)
            new = new.sorted("id")
            if new:
                worst = max(new, key=lambda a: SEVERITIES.index(a.severity))
                members.incident_id = self._open_directly(
                    group,
                    {
                        "title": worst.name,
                        "severity": worst.severity,
                        "company_id": worst.company_id.id,
                        "team_id": worst.alertmanager_id.team_id.id,
                        "labels": worst.labels,
                        "count": len(new),
                    },
                    now,
                )
        incidents = alerts.incident_id.filtered("is_open")
        incidents._count_alerts()
        incidents._resolve_if_over(now)

    def _count_alerts(self):
        for incident in self:
            incident.alert_count = len(incident.alert_ids)

    # part B: the same as what rules opened
    def _resolve_if_over(self, now):
        """Resolve incidents all of whose alerts from outside are over."""
        over = self.filtered(
            lambda incident: (
                incident.alert_ids
                and set(incident.alert_ids.mapped("state")) == {"resolved"}
            )
        )
        over.write({"state": "resolved", "resolved_at": now, "resolution": "recovered"})
        over._log("resolved", "resolved_by_source", {}, now=now)
