from odoo import models


class MonitorApprovalApprovers(models.AbstractModel):
    """Whom an expense asks."""

    _inherit = "monitor.approval.approvers"

    def _approvers_expense(self, policy, rule, document, requester):
        """Return the manager of an expense.

        While it waits that is the one it names; whoever approves it is written there,
        so that afterwards only the employee says who should have been asked.
        """
        asked = document.manager_id
        if document and document.approval_state != "submitted":
            asked = document._get_default_responsible_for_approval()
            if document._can_be_autovalidated():  # Odoo approves what is one's own
                asked |= document.employee_id.user_id & document.manager_id
        return asked, self.env._("manager of the expense")
