from odoo import fields, models
from odoo.exceptions import UserError


class MonitorApprovalPolicy(models.Model):
    """Expenses that a manager has to approve."""

    _inherit = "monitor.approval.policy"

    adapter = fields.Selection(
        selection_add=[("expense", "Expenses")],
        ondelete={"expense": "set default"},
    )

    def _decide_in_documents(self, approvals, verb, comment):
        """Approve or refuse the expenses, as the user and with the user's rights."""
        if self.sudo().adapter != "expense":  # sudo: approvers need not read policies
            return super()._decide_in_documents(approvals, verb, comment)
        expenses = self._documents(approvals)
        if verb == "reject":
            expenses._check_can_refuse()
            expenses._do_refuse(comment)  # posts the reason
            return None
        doubled = expenses.action_approve()
        if doubled:
            raise UserError(
                self.env._(
                    "“%s” may be a duplicate of another expense: look at both, and "
                    "approve there.",
                    expenses[:1].display_name,
                )
            )
        return self._tell_documents(expenses, comment)
