from odoo import api, models


class MonitorApprovalPolicyLine(models.AbstractModel):
    """A part of a policy (``policy_id``): a change of it is a version of the policy."""

    _name = "monitor.approval.policy.line"
    _description = "Monitor Approval Policy: Part"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.policy_id._note_version()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.policy_id._note_version()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._note_version()
        return result
