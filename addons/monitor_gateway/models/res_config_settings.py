from odoo import fields, models
from odoo.exceptions import AccessError


class ResConfigSettings(models.TransientModel):
    """The ping key of the company, among the settings of the Monitor."""

    _inherit = "res.config.settings"

    monitor_ping_key = fields.Char(
        related="company_id.monitor_ping_key",
        groups="monitor_core.group_monitor_operator",
    )

    def action_rotate_monitor_ping_key(self):
        """Give the company a new ping key; the old one is unknown from now on."""
        if not self.env.user.has_group("monitor_core.group_monitor_manager"):
            raise AccessError(
                self.env._("Only monitor managers may change a ping key.")
            )
        # sudo: managers of the Monitor need not be allowed to edit companies
        self.company_id.sudo()._rotate_monitor_ping_key()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
