from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.monitor_core.tools import clock

from ..tools import matchers
from ..tools.observation import IDENTITY

#: What tells alerts from outside apart, as Prometheus names it.
OUTSIDE = ("source", "receiver", "alertname", "job", "instance")
USUALLY = timedelta(hours=4)


class MonitorIncidentSilence(models.TransientModel):
    """Asks for how long alerts like those of an incident are muted, and why."""

    _name = "monitor.incident.silence"
    _description = "Silence Similar Alerts"

    incident_ids = fields.Many2many(
        comodel_name="monitor.incident",
        required=True,
        default=lambda self: self._chosen(),
    )
    scope = fields.Selection(
        selection=[
            ("both", "This rule on this workflow"),
            ("workflow", "All rules on this workflow"),
            ("rule", "This rule on all workflows"),
        ],
        required=True,
        default="both",
    )
    until = fields.Datetime(
        required=True,
        default=lambda self: (clock.utcnow() + USUALLY).replace(microsecond=0),
    )
    reason = fields.Char(required=True)

    @api.model
    def _chosen(self):
        if self.env.context.get("active_model") != "monitor.incident":
            return []
        return self.env.context.get("active_ids", [])

    def action_silence(self):
        """Make one silence for each incident; noted in its timeline."""
        self.ensure_one()
        operated = self.incident_ids._operated()
        for incident in operated:
            values = self._silence_values(incident)
            self.env["monitor.silence"].create(values)
            params = {"until": self.until, "reason": self.reason}
            incident._act("action", "silenced", None, params)
        return {"type": "ir.actions.act_window_close"}

    def _silence_values(self, incident):
        """Return the values of the silence, narrow enough to mute nothing else."""
        workflow = incident.workflow_id if self.scope != "rule" else False
        rule = incident.rule_id if self.scope != "workflow" else False
        if self.scope == "both" and not rule:  # its rule is gone, or is outside
            workflow = False
        values = {
            "name": self.reason,
            "company_id": (incident.company_id or self.env.company).id,
            "starts_at": clock.utcnow().replace(microsecond=0),
            "ends_at": self.until,
            "workflow_ids": [fields.Command.set(workflow.ids if workflow else [])],
            "rule_ids": [fields.Command.set(rule.ids if rule else [])],
        }
        if not workflow and not rule:
            values["matchers"] = matchers.render(self._telling_labels(incident))
        return values

    def _telling_labels(self, incident):
        """Return matchers of the labels that tell such alerts from others."""
        labels = incident.labels or {}
        known = [name for name in (*IDENTITY, *OUTSIDE) if labels.get(name)]
        others = sorted(set(labels) - set(known) - {"severity"})
        names = known or others
        return [
            matchers.Matcher(name, "=", str(labels[name]))
            for name in names[: matchers.MAX_MATCHERS]
        ]
