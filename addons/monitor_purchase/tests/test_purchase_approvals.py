"""Odoo's double validation of purchase orders, as it happens and as it should not."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.monitor_approvals.tests.approval_case import ApprovalCase

LIMIT = 5000


class PurchaseCase(ApprovalCase):
    """Use as ``class TestX(PurchaseCase, TransactionCase)``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quiet = {"no_reset_password": True, "tracking_disable": True}
        cls.buyer = new_test_user(
            cls.env, "buyer", groups="purchase.group_purchase_user", context=quiet
        )
        cls.manager, cls.other = (
            new_test_user(
                cls.env, login, groups="purchase.group_purchase_manager", context=quiet
            )
            for login in ("purchase_manager", "purchase_manager_2")
        )
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        cls.product = cls.env["product.product"].create({"name": "Steel"})
        cls.env.company.write(
            {
                "po_double_validation": "two_step",
                "po_double_validation_amount": LIMIT,
            }
        )
        cls.env["monitor.approval.policy"]._discover()
        cls.policy = cls.env["monitor.approval.policy"].search(
            [("adapter", "=", "purchase"), ("company_id", "=", cls.env.company.id)]
        )
        cls.policy.write({"window": "none", "rubber_seconds": 5})

    def order(self, amount=2 * LIMIT, user=None, **values):
        """Make a draft order as somebody."""
        orders = self.env["purchase.order"].with_user(user or self.buyer)
        return orders.create(
            {
                "partner_id": self.vendor.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_qty": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    def waiting_order(self, **values):
        """Make an order that waits; return it and its approval."""
        order = self.order(**values)
        order.button_confirm()
        self.take()
        return order, self.approval_of(order)


@tagged("post_install", "-at_install")
class TestPurchaseApprovals(PurchaseCase, TransactionCase):
    def test_what_the_settings_say_is_the_policy(self):
        tier = self.policy.tier_ids
        self.assertEqual(tier.group_id, self.env.ref("purchase.group_purchase_manager"))
        self.assertEqual(tier.amount_from, LIMIT)

    def test_waits_and_is_approved_in_odoo(self):
        order, approval = self.waiting_order()
        self.assertEqual(order.state, "to approve")
        self.assertEqual(approval.requester_id, self.buyer)
        self.assertEqual(approval.amount_company, 2 * LIMIT)
        self.assertLessEqual(self.manager | self.other, approval.holder_ids)
        order.with_user(self.manager).button_approve()
        self.take()
        self.assertEqual(approval.state, "approved")
        self.assertEqual(approval.decided_by_id, self.manager)
        self.assertFalse(approval.exception_ids)

    def test_approved_in_the_monitor(self):
        order, approval = self.waiting_order()
        answer = approval.with_user(self.manager).approve(comment="Needed in May")
        self.assertEqual(order.state, "purchase")
        self.assertEqual(answer[0]["state"], "approved")
        self.assertIn("Needed in May", "".join(order.message_ids.mapped("body")))
        self.assertFalse(approval.exception_ids)

    def test_rejected_in_the_monitor(self):
        order, approval = self.waiting_order()
        approval.with_user(self.manager).reject(comment="Too dear")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(approval.state, "rejected")
        self.assertEqual(approval.decided_by_id, self.manager)

    def test_only_who_is_asked_decides_in_the_monitor(self):
        order, approval = self.waiting_order()
        with self.assertRaises(UserError):
            approval.with_user(self.buyer).approve()
        self.assertEqual(order.state, "to approve")

    def test_small_orders_need_nobody(self):
        order = self.order(LIMIT - 1)
        order.button_confirm()
        self.take()
        self.assertEqual(order.state, "purchase")
        self.assertFalse(self.approval_of(order))

    def test_a_manager_who_confirms_their_own_is_found(self):
        order = self.order(user=self.manager)
        self.take()
        order.button_confirm()
        self.take()
        approval = self.approval_of(order)
        self.assertEqual(self.story(approval)[-1], "auto_approved")
        self.assertEqual(self.kinds(approval), ["self_approval"])

    def test_an_order_cancelled_later_was_not_rejected(self):
        order, approval = self.waiting_order()
        order.with_user(self.manager).button_approve()
        self.take()
        order.with_user(self.buyer).button_cancel()
        self.take()
        self.assertEqual(self.approval_of(order), approval)
        self.assertEqual(approval.state, "approved")
        self.assertEqual(self.story(approval)[-1], "reopened")

    def test_a23_state_by_sql_and_import(self):
        orders = self.env["purchase.order"].concat(*(self.order() for _ in range(25)))
        self.take()
        self.env.cr.execute(
            "UPDATE purchase_order SET state = 'purchase' WHERE id = ANY(%s)",
            [orders.ids],
        )
        self.env.invalidate_all()
        rows = [
            [f"Vendor {place}", self.vendor.name, "purchase"] for place in range(10)
        ]
        result = (
            self.env["purchase.order"]
            .with_user(self.buyer)
            .with_context(import_file=True)
            .load(["partner_ref", "partner_id", "state"], rows)
        )
        self.assertTrue(result["ids"], result["messages"])
        imported = self.env["purchase.order"].browse(result["ids"])
        for order in imported:  # an import of lines brings the amount
            self.env["purchase.order.line"].with_user(self.buyer).with_context(
                import_file=True
            ).create(
                {
                    "order_id": order.id,
                    "product_id": self.product.id,
                    "product_qty": 1,
                    "price_unit": 2 * LIMIT,
                    "tax_ids": [Command.clear()],
                }
            )
        self.sweep(self.policy)
        found = self.exceptions.search(
            [("res_id", "in", (orders + imported).ids), ("kind", "=", "bypass")]
        )
        self.assertEqual(len(found), 35)
        self.assertEqual(self.sweep(self.policy), 0)
        self.assertEqual(len(self.exceptions.search([("id", ">", max(found.ids))])), 0)

    def test_raised_above_the_limit_after_it_was_confirmed(self):
        order = self.order(LIMIT - 1)
        order.button_confirm()
        self.take()
        order.order_line.price_unit = LIMIT + 1
        self.take()
        approval = self.approval_of(order)
        self.assertEqual(self.kinds(approval), ["bypass"])
        self.assertEqual(approval.exception_ids.person_ids, self.buyer)

    def test_a24_changed_while_it_waits_without_a_trace_in_the_chatter(self):
        order, approval = self.waiting_order()
        order.with_user(self.buyer).with_context(
            skip_validation_check=True, tracking_disable=True, mail_notrack=True
        ).order_line.price_unit = 5 * LIMIT
        self.take()
        event = approval.event_ids.filtered(lambda one: one.kind == "amended")
        self.assertEqual(event.actor_id, self.buyer)
        self.assertEqual(event.values["amount"], [2 * LIMIT, 5 * LIMIT])
        self.assertEqual(approval.amount_company, 5 * LIMIT)

    def test_a30_the_active_company_does_not_matter(self):
        dear = self.env["res.currency"].create(
            {"name": "DEA", "symbol": "D", "rounding": 0.01}
        )
        self.env["res.currency.rate"].create(
            {"name": "2026-01-01", "rate": 100, "currency_id": dear.id}
        )
        abroad = self.env["res.company"].create(
            {"name": "Abroad", "currency_id": dear.id}
        )
        self.buyer.write({"company_ids": [Command.link(abroad.id)]})
        companies = (abroad + self.env.company).ids
        order = self.order().with_context(allowed_company_ids=companies)
        order.button_confirm()  # Odoo asks the active company's currency
        self.take()
        approval = self.approval_of(order)
        self.assertEqual(approval.amount_company, 2 * LIMIT)
        self.assertTrue(approval.tier_ids)


@tagged("post_install", "-at_install")
class TestPurchasePolicy(PurchaseCase, TransactionCase):
    def test_another_limit_is_a_new_version(self):
        order, approval = self.waiting_order()
        self.env.company.po_double_validation_amount = 2 * LIMIT
        self.assertEqual(self.policy.tier_ids.amount_from, 2 * LIMIT)
        self.assertLess(approval.policy_version, self.policy.version)

    def test_a_limit_that_was_edited_here_stays(self):
        self.policy.tier_ids.amount_from = 77
        self.env.company.po_double_validation_amount = 2 * LIMIT
        self.assertEqual(self.policy.tier_ids.amount_from, 77)

    def test_no_double_validation_no_policy(self):
        self.env.company.po_double_validation = "one_step"
        self.assertFalse(self.policy.active)
        self.env["monitor.approval.policy"]._discover()
        self.env.company.po_double_validation = "two_step"
        self.assertTrue(self.policy.active)

    def test_an_archived_policy_is_not_made_again(self):
        self.policy.active = False
        count = self.env["monitor.approval.policy"].with_context(active_test=False)
        before = count.search_count([("adapter", "=", "purchase")])
        self.env["monitor.approval.policy"]._discover()
        self.assertEqual(count.search_count([("adapter", "=", "purchase")]), before)

    def test_settings_are_saved_though_the_policy_cannot_follow(self):
        self.patch(
            self.env.registry["monitor.approval.policy"],
            "_follow_company",
            lambda *args: 1 / 0,
        )
        with self.assertLogs("odoo.addons.monitor_core", "WARNING"):
            self.env.company.po_double_validation_amount = 1
        self.assertEqual(self.env.company.po_double_validation_amount, 1)


@tagged("post_install", "-at_install")
class TestPurchaseCheckpoints(PurchaseCase, TransactionCase):
    """Each automation rule that is shipped; archiving one stops just its effect."""

    def steps(self, order):
        self.env.cr.flush()
        events = self.env["monitor.event"].search(
            [
                ("workflow_id", "=", self.policy.workflow_id.id),
                ("kind", "=", "checkpoint"),
                ("model", "=", "purchase.order"),
                ("res_id", "=", order.id),
            ]
        )
        return sorted(events.mapped("step"))

    def approved_order(self):
        order, _approval = self.waiting_order()
        order.with_user(self.manager).button_approve()
        return order

    def test_both(self):
        self.assertEqual(self.steps(self.approved_order()), ["asked", "decided"])

    def test_asked_archived(self):
        self.env.ref("monitor_purchase.automation_asked").active = False
        self.assertEqual(self.steps(self.approved_order()), ["decided"])

    def test_decided_archived(self):
        self.env.ref("monitor_purchase.automation_decided").active = False
        self.assertEqual(self.steps(self.approved_order()), ["asked"])
