from odoo import api, models

from ..tools.scales import OPEN_STATES


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
        return errors
