from odoo import models

from ..tools.scales import OPEN_STATES


class MonitorAlertGroup(models.AbstractModel):
    """Says which incident an alert belongs to."""

    _name = "monitor.alert.group"
    _description = "Alert: Group"

    def _wants_incident(self):
        """Whether somebody has to act on it and nobody is asked to yet."""
        self.ensure_one()
        if self.state != "firing" or not self._needs_action():
            return False
        incident = self.incident_id
        if not incident:
            return True
        # It happened again after somebody said that it was over.
        over_at = incident.resolved_at or incident.closed_at
        return (
            incident.state not in OPEN_STATES
            and bool(over_at)
            and over_at < self.last_seen_at
        )

    def _needs_action(self):
        """Whether its kind is one that somebody has to act on."""
        return self.rule_id.action_required

    def _group_key(self, now):
        """Return what this alert has in common with the others of its incident.

        What is still there when a maintenance window ends is told as one.
        """
        self.ensure_one()
        company = self.company_id.id or 0
        if self.released_at == now and self.silence_id.kind == "maintenance":
            return f"maintenance:{self.silence_id.id}:{company}"
        group_by = self.rule_id.group_by or "workflow"
        return f"{group_by}:{self._group_value(group_by)}:{company}"

    def _group_value(self, group_by):
        workflow, rule = self.workflow_id, self.rule_id
        values = {
            "workflow": workflow.id,
            "rule": rule.id,
            "record": self.model and self.res_id and f"{self.model},{self.res_id}",
            "team": workflow.team_id.id or rule.team_id.id,
        }
        if group_by == "workflow" and not workflow and rule:
            return f"rule {rule.id}"  # records are not workflows: one for all of them
        # What has none of these stands for itself.
        return values.get(group_by) or self.fingerprint
