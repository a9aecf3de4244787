from datetime import timedelta

from odoo import api, models

from odoo.addons.monitor_incident.models.monitor_tick_untold import OVERDUE

#: A night and a day: the comparison runs once a day.
NOT_COMPARED = timedelta(days=2)


class MonitorTick(models.Model):
    """The monitor does not call itself well while approvals do not age."""

    _inherit = "monitor.tick"

    @api.model
    def _overdue(self, now):
        """Add our scheduled actions that do not do what is due."""
        errors = super()._overdue(now)
        if self._catches_up(now):
            return errors
        if self._approvals_wait(now - OVERDUE):
            errors.append(
                self.env._(
                    "Approvals are not looked at: see that the scheduled action "
                    "“Monitor: age approvals” is on and runs"
                )
            )
        policies = self.env["monitor.approval.policy"]
        if policies.search([("swept_at", "<", now - NOT_COMPARED)], limit=1):
            errors.append(
                self.env._(
                    "Documents are not compared with their approvals: see that the "
                    "scheduled action “Monitor: compare documents with approvals” is "
                    "on and runs"
                )
            )
        return errors

    @api.model
    def _approvals_wait(self, before):
        """Return whether something was due before a moment and is not done."""
        due = [("state", "=", "pending"), ("next_check_at", "<", before)]
        return bool(
            self.env["monitor.approval.observation"].search(
                [("seen_at", "<", before), ("error", "=", False)], limit=1
            )
            or self.env["monitor.approval"].search(due, limit=1)
        )
