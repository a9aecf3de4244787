from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class MonitorApprovalPolicy(models.Model):
    """Purchase orders that a manager has to approve (Odoo's double validation)."""

    _inherit = "monitor.approval.policy"

    adapter = fields.Selection(
        selection_add=[("purchase", "Purchase orders: double validation")],
        ondelete={"purchase": "set default"},
    )

    @api.model
    def _discover(self):
        """Make a policy for each company with double validation that has none."""
        made = super()._discover()
        # sudo: policies of all companies; part of a scheduled action
        companies = self.env["res.company"].sudo()
        policies = self.sudo().with_context(active_test=False)
        asking = companies.search([("po_double_validation", "=", "two_step")])
        known = policies.search([("adapter", "=", "purchase")]).company_id
        missing = asking - known
        return made | policies.create(
            [self._purchase_policy(company) for company in missing]
        )

    @api.model
    def _purchase_policy(self, company):
        """Return the values of the policy that says what Odoo asks in a company."""
        managers = self.env.ref("purchase.group_purchase_manager")
        name = self.env._("Purchase orders")
        if self.env["res.company"].sudo().search_count([], limit=2) > 1:
            name = f"{name} ({company.name})"
        return {
            "name": name,
            "company_id": company.id,
            "model_id": self.env["ir.model"]._get_id("purchase.order"),
            "adapter": "purchase",
            "workflow_id": self.env.ref("monitor_purchase.workflow_approval").id,
            "domain": f"[('company_id', '=', {company.id})]",
            "pending_domain": "[('state', '=', 'to approve')]",
            "approved_domain": "[('state', '=', 'purchase')]",
            # An order that is cancelled later was approved, and not rejected.
            "rejected_domain": "[('state', '=', 'cancel'), "
            "('date_approve', '=', False)]",
            "requester_path": "user_id",
            "amount_path": "amount_total",
            "currency_path": "currency_id",
            "date_path": "date_order",
            "material_paths": "partner_id, payment_term_id, order_line.product_id, "
            "order_line.product_qty, order_line.price_unit",
            "tier_ids": [
                Command.create(
                    {
                        "name": self.env._("Purchase manager"),
                        "approver": "group",
                        "group_id": managers.id,
                        "amount_from": company.po_double_validation_amount,
                    }
                )
            ],
        }

    def _follow_company(self, amount_before):
        """Take over what a company's settings say now; what was edited here stays."""
        for policy in self:
            company = policy.company_id
            asks = company.po_double_validation == "two_step"
            if policy.active != asks:
                policy.active = asks
            tier = policy.tier_ids.filtered(
                lambda one, amount=amount_before: one.amount_from == amount
            )
            if tier and amount_before != company.po_double_validation_amount:
                tier.amount_from = company.po_double_validation_amount

    def _decide_in_documents(self, approvals, verb, comment):
        """Approve or cancel the orders, as the user and with the user's rights."""
        if self.sudo().adapter != "purchase":  # sudo: approvers need not read policies
            return super()._decide_in_documents(approvals, verb, comment)
        orders = self._documents(approvals)
        if verb == "approve":
            orders.button_approve()
            left = orders.filtered(lambda order: order.state == "to approve")
            if left:
                raise UserError(
                    self.env._(
                        "Odoo does not let you approve “%s”: ask a purchase manager.",
                        left[0].display_name,
                    )
                )
        else:
            orders.button_cancel()
        return self._tell_documents(orders, comment)
