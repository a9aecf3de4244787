from odoo import api, models


class TierDefinition(models.Model):
    """What is asked of documents is read anew when a definition changes."""

    _inherit = "tier.definition"

    @api.model_create_multi
    def create(self, vals_list):
        definitions = super().create(vals_list)
        self.env["monitor.approval.policy"]._forget_readings()
        return definitions

    def write(self, vals):
        result = super().write(vals)
        self.env["monitor.approval.policy"]._forget_readings()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["monitor.approval.policy"]._forget_readings()
        return result
