from odoo import fields, models


class MonitorApprovalPolicyTier(models.Model):
    """The manager of an expense may be asked."""

    _inherit = "monitor.approval.policy.tier"

    approver = fields.Selection(
        selection_add=[("expense", "Manager of the expense")],
        ondelete={"expense": "cascade"},
    )
