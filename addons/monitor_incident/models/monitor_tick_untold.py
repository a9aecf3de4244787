from datetime import timedelta

from odoo import api, models

from ..tools.scales import OPEN_STATES

#: What is due is done within a minute or two, unless a scheduled action is off.
OVERDUE = timedelta(minutes=15)


class MonitorTick(models.Model):
    """The monitor does not call itself well while it cannot tell anybody."""

    # by topic, apart from the stages
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.tick"

    @api.model
    def _capture_errors(self, now):
        """Add what keeps incidents from reaching people."""
        errors = super()._capture_errors(now)
        untold = self.env["monitor.notification"]._untold(now)
        if untold:
            names = ", ".join(untold[:5].mapped("name"))
            errors.append(self.env._("Nobody could be told of %s", names))
        broken = self.env["monitor.incident"].search(
            [("escalation_error", "!=", False), ("state", "in", OPEN_STATES)],
            limit=5,
        )
        if broken:
            names = ", ".join(broken.mapped("name"))
            errors.append(self.env._("%s cannot be escalated", names))
        return errors + self._overdue(now)

    @api.model
    def _overdue(self, now):
        """Say which of our scheduled actions does not do what is due."""
        before, errors = now - OVERDUE, []
        if self._catches_up(now):
            return errors  # after an outage all is overdue for a moment
        notifications = self.env["monitor.notification"]
        if notifications.search([("next_attempt_at", "<", before)], limit=1):
            errors.append(
                self.env._(
                    "Messages wait to be sent: see that the scheduled action “Monitor: "
                    "deliver notifications” is on and runs"
                )
            )
        waiting = [("state", "in", OPEN_STATES), ("next_step_at", "<", before)]
        if self.env["monitor.incident"].search(waiting, limit=1):
            errors.append(
                self.env._(
                    "Incidents wait to be escalated: see that the scheduled action "
                    "“Monitor: escalate” is on and runs"
                )
            )
        return errors
