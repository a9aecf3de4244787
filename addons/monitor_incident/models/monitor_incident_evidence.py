import base64

from odoo import models
from odoo.exceptions import AccessError

from odoo.addons.monitor_core.tools import clock

from ..tools import evidence

READERS = (
    "monitor_core.group_monitor_operator",
    "monitor_core.group_monitor_auditor",
)
MAX_RUNS = 200
SKIPPED_TYPES = ("binary", "one2many", "many2many")


class MonitorIncidentExport(models.AbstractModel):
    """What is known of an incident, as one file."""

    _name = "monitor.incident.export"
    _description = "Monitor Incident: evidence"

    def action_export_evidence(self):
        """Have the browser download a ZIP: incident, timeline, alerts, runs, context.

        Only what the reader may read is in it. A manifest holds the SHA-256 of each
        file; that it was exported, and by whom, stands in the timeline.
        """
        self.ensure_one()
        if not any(map(self.env.user.has_group, READERS)):
            raise AccessError(
                self.env._("Only operators and auditors export evidence.")
            )
        self.check_access("read")
        now = clock.utcnow().replace(microsecond=0)
        file = self.env["monitor.incident.evidence"].create(
            {
                "name": f"{(self.name or str(self.id)).replace('/', '-')}.zip",
                "data": base64.b64encode(self._evidence(now)),
            }
        )
        params = {"user": self.env.user.name}
        # sudo: an auditor changes nothing, but that she took a copy is told
        self.sudo()._log(
            "action", "evidence_exported", params, user=self.env.user, now=now
        )
        path = f"/web/content/{file._name}/{file.id}/data/{file.name}"
        return {
            "type": "ir.actions.act_url",
            "url": f"{path}?download=true",
            "target": "download",
        }

    def _evidence(self, now):
        """Return the ZIP, as the reader may see it."""
        parts = {
            "incident": _values(self)[0],
            "timeline": _values(self.entry_ids.sorted("id")),
            "alerts": _values(self.alert_ids.sorted("id")),
            "runs": _values(self._runs_of_evidence()),
        }
        notifications = self.env["monitor.notification"]
        if notifications.has_access("read"):
            parts["notifications"] = _values(self.notification_ids.sorted("id"))
        about = {
            "incident": self.name,
            "exported_at": now,
            "exported_by": self.env.user.login,
            "left_out": "Fields that this user may not read.",
        }
        return evidence.pack(parts, about, now)

    def _runs_of_evidence(self):
        """Return the runs that alerts and context name, as far as readable."""
        alerts = self.alert_ids
        ids = {*alerts.mapped("first_run_id"), *alerts.mapped("last_run_id")}
        for samples in alerts.mapped("sample_run_ids"):
            ids.update(samples or ())
        for run in (self.captured_context or {}).get("runs", ()):
            ids.add(run["id"])
        known = sorted(id_ for id_ in ids if id_)[-MAX_RUNS:]
        return self.env["monitor.run"].search([("id", "in", known)], order="id")


def _values(records):
    """Return the stored fields of records that their reader may read."""
    shown = records.fields_get(attributes=("type",))
    names = [
        name
        for name, told in shown.items()
        if told["type"] not in SKIPPED_TYPES
        and (records._fields[name].store or name in ("text", "summary"))
    ]
    return records.read(names)
