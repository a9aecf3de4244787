from odoo import fields, models


class MonitorApprovalWhatIfLine(models.TransientModel):
    """A request of which another version says something else."""

    _name = "monitor.approval.what.if.line"
    _description = "Monitor Approval: What If, Line"
    _order = "amount_company desc, id"

    what_if_id = fields.Many2one(
        comodel_name="monitor.approval.what.if", required=True, ondelete="cascade"
    )
    approval_id = fields.Many2one(
        comodel_name="monitor.approval", readonly=True, ondelete="cascade"
    )
    before_policy = fields.Boolean(
        readonly=True, help="Approved before there was a policy; as it is now."
    )
    name = fields.Char(string="What", readonly=True)
    requester_id = fields.Many2one(
        comodel_name="res.users", string="Requested By", readonly=True
    )
    decided_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    happened_at = fields.Datetime(string="Requested", readonly=True)
    amount_company = fields.Monetary(
        string="Amount", readonly=True, currency_field="currency_id"
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    added = fields.Char(string="Asked As Well", readonly=True)
    removed = fields.Char(string="Not Asked", readonly=True)
    raised = fields.Char(string="To Be Explained", readonly=True)
    cleared = fields.Char(string="Not To Be Explained", readonly=True)

    def action_open_approval(self):
        """Open the approval of this line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "monitor.approval",
            "res_id": self.approval_id.id,
            "view_mode": "form",
        }
