from odoo import models

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error


class ResCompany(models.Model):
    """The policy of purchase orders follows the settings of the company."""

    _inherit = "res.company"

    def write(self, vals):
        """Take over another limit, or that no approval is asked any more."""
        if not {"po_double_validation", "po_double_validation_amount"} & vals.keys():
            return super().write(vals)
        before = {one: one.po_double_validation_amount for one in self}
        result = super().write(vals)
        try:
            with self.env.cr.savepoint():
                self._tell_purchase_policies(before)
        except Exception as error:  # settings are saved all the same
            note_self_error(self.env, "purchase_policy", error)
        return result

    def _tell_purchase_policies(self, amounts_before):
        # sudo: who changes the settings need not be a manager of the Monitor
        policies = self.env["monitor.approval.policy"].sudo()
        policies = policies.with_context(active_test=False).search(
            [("adapter", "=", "purchase"), ("company_id", "in", self.ids)]
        )
        for policy in policies:
            policy._follow_company(amounts_before[policy.company_id])
