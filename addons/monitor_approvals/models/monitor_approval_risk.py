from odoo import fields, models

from ..tools.scales import RISKS


class MonitorApprovalRisk(models.Model):
    """When a document is of a certain risk; the highest that applies counts."""

    _name = "monitor.approval.risk"
    _description = "Monitor Approval Risk Rule"
    _inherit = ["monitor.approval.policy.line"]
    _order = "policy_id, risk, id"

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy", required=True, ondelete="cascade"
    )
    model = fields.Char(related="policy_id.model")
    risk = fields.Selection(selection=RISKS, required=True, default="high")
    amount_from = fields.Float(
        string="From Amount", help="In company currency. 0: any amount."
    )
    domain = fields.Char(string="Only Documents", default="[]")
