"""OCA's tier validation of purchase orders: its reviews as they come and go."""

from unittest import skipUnless

from odoo.fields import Command
from odoo.modules.module import get_manifest
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.monitor_approvals.tests.approval_case import ApprovalCase

LIMIT = 1000
GROUPS = "purchase.group_purchase_user"
PEER = bool(get_manifest("purchase_tier_validation"))


@skipUnless(PEER, "purchase_tier_validation is not there")
class TierCase(ApprovalCase):
    """Use as ``class TestX(TierCase, TransactionCase)``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quiet = {"no_reset_password": True, "tracking_disable": True}
        for login in ("buyer", "first", "second", "third", "mallory"):
            user = new_test_user(cls.env, f"tier_{login}", groups=GROUPS, context=quiet)
            setattr(cls, login, user)
        cls.env["tier.definition"].search([]).active = False
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        cls.product = cls.env["product.product"].create({"name": "Steel"})
        cls.policy = cls.make_definitions()

    @classmethod
    def make_definitions(cls, **values):
        """Have three people validate, one after the other; return the policy."""
        for place, user in enumerate((cls.first, cls.second, cls.third)):
            cls.env["tier.definition"].create(
                {
                    "name": user.name,
                    "model_id": cls.env["ir.model"]._get_id("purchase.order"),
                    "review_type": "individual",
                    "reviewer_id": user.id,
                    "definition_domain": f"[('amount_total', '>=', {LIMIT})]",
                    "sequence": 30 - place,
                    "approve_sequence": True,
                    **values,
                }
            )
        policies = cls.env["monitor.approval.policy"].with_context(active_test=False)
        domain = [("adapter", "=", "tier_validation"), ("model", "=", "purchase.order")]
        policies._discover()
        policy = policies.search(domain)
        policy.write({"active": True, "window": "none", "rubber_seconds": 0})
        return policy.with_context(active_test=True)

    def order(self, amount=2 * LIMIT, user=None):
        orders = self.env["purchase.order"].with_user(user or self.buyer)
        order = orders.create(
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
            }
        )
        self.take()
        return order

    def requested(self, **values):
        """Make an order and ask; return it and its approval."""
        order = self.order(**values)
        order.request_validation()
        self.take()
        return order, self.approval_of(order)

    def validate(self, order, *users):
        for user in users:
            order.with_user(user).validate_tier()
            self.take()


@tagged("post_install", "-at_install")
class TestTierValidation(TierCase, TransactionCase):
    def test_tiers_are_those_of_the_reviews(self):
        order, approval = self.requested()
        self.assertEqual(approval.requester_id, self.buyer)
        self.assertEqual(
            approval.tier_ids.sorted("level").approver_ids,
            self.first + self.second + self.third,
        )
        self.assertEqual(approval.holder_ids, self.first)

    def test_validated_one_after_the_other(self):
        order, approval = self.requested()
        self.validate(order, self.first)
        self.assertEqual(approval.tier, 2)
        self.assertEqual(approval.holder_ids, self.second)
        self.validate(order, self.second, self.third)
        self.assertEqual(approval.state, "approved")
        self.assertEqual(
            approval.tier_ids.decided_by_id.ids,
            [self.first.id, self.second.id, self.third.id],
        )
        decisions = approval.event_ids.filtered(lambda one: one.kind == "approved")
        self.assertEqual(sorted(decisions.mapped("tier")), [1, 2, 3])
        self.assertFalse(approval.exception_ids)
        order.button_confirm()
        self.take()
        self.assertEqual(order.state, "purchase")
        self.assertEqual(self.approval_of(order), approval)

    def test_rejected(self):
        order, approval = self.requested()
        self.validate(order, self.first)
        order.with_user(self.second).reject_tier()
        self.take()
        self.assertEqual(approval.state, "rejected")
        states = approval.tier_ids.sorted("level").mapped("state")
        self.assertEqual(states, ["approved", "rejected", "cancelled"])

    def test_decided_in_the_monitor(self):
        order, approval = self.requested()
        answer = approval.with_user(self.first).approve(comment="Fine")
        self.assertEqual(answer[0]["pending_tier"], 2)
        self.assertEqual(
            order.review_ids.mapped("status"),
            ["approved", "pending", "waiting"]
            if order.review_ids[1].status == "pending"
            else ["approved", "waiting", "waiting"],
        )
        approval.with_user(self.second).reject(comment="Too dear")
        self.assertEqual(approval.state, "rejected")
        self.assertEqual(order.validation_status, "rejected")

    def test_a16_history_outlives_a_restart(self):
        order, first_round = self.requested()
        self.validate(order, self.first, self.second)
        order.restart_validation()
        self.take()
        order.request_validation()
        self.take()
        self.validate(order, self.first, self.second, self.third)
        self.assertEqual(first_round.state, "cancelled")
        second_round = self.approval_of(order)
        self.assertEqual(second_round.round, 2)
        self.assertEqual(second_round.state, "approved")
        decided = (first_round + second_round).tier_ids.filtered("decided_by_id")
        self.assertEqual(len(decided), 5)
        order.review_ids.unlink()  # as back to draft does
        self.assertEqual(len(decided.exists()), 5)

    def test_asked_anew_in_one_act(self):
        order, first_round = self.requested()
        self.validate(order, self.first)
        order.restart_validation()
        order.request_validation()
        self.take()
        self.assertEqual(first_round.state, "cancelled")
        second_round = self.approval_of(order)
        self.assertEqual((second_round.round, second_round.state), (2, "pending"))
        self.assertEqual(second_round.holder_ids, self.first)

    def test_a12_several_tiers_in_one_act(self):
        definitions = self.env["tier.definition"].search([])
        definitions.write(
            {"reviewer_id": self.first.id, "approve_sequence_bypass": True}
        )
        order, approval = self.requested()
        self.validate(order, self.first)
        self.assertEqual(approval.state, "approved")
        self.assertEqual(self.kinds(approval), ["auto_bypass"])

    def test_a22_forged(self):
        order, approval = self.requested()
        review = order.review_ids.filtered(lambda one: one.sequence == 1)
        review.with_user(self.mallory).write(
            {"status": "approved", "done_by": self.first.id}
        )
        self.take()
        self.assertEqual(self.kinds(approval), ["forged"])
        found = approval.exception_ids
        self.assertEqual(found.person_ids, self.mallory)
        self.assertIn(self.first.name, found.text)
        self.assertEqual(approval.state, "pending")

    def test_a22_forged_as_a_whole(self):
        order, approval = self.requested()
        order.review_ids.with_user(self.mallory).write(
            {"status": "approved", "done_by": self.first.id}
        )
        self.take()
        self.assertEqual(approval.state, "approved")
        self.assertEqual(self.kinds(approval), ["forged"])

    def test_a22_by_sql_is_found_by_the_sweep(self):
        order, approval = self.requested()
        self.env.cr.execute(
            "UPDATE tier_review SET status = 'approved', done_by = %s WHERE res_id = %s"
            " AND model = 'purchase.order' AND sequence = 1",
            [self.first.id, order.id],
        )
        self.env.invalidate_all()
        self.sweep(self.policy)
        self.assertEqual(self.kinds(approval), ["skipped_tier"])
        self.assertEqual(self.sweep(self.policy), 0)

    def test_validated_by_who_is_not_asked(self):
        order, approval = self.requested()
        review = order.review_ids.filtered(lambda one: one.sequence == 1)
        review.with_user(self.mallory).write(
            {"status": "approved", "done_by": self.mallory.id}
        )
        self.take()
        self.assertEqual(self.kinds(approval), ["skipped_tier"])

    def test_state_reached_without_reviews(self):
        order = self.order()
        self.env.cr.execute(
            "UPDATE purchase_order SET state = 'purchase' WHERE id = %s", [order.id]
        )
        self.env.invalidate_all()
        self.sweep(self.policy)
        approval = self.approval_of(order)
        self.assertEqual(self.kinds(approval), ["bypass"])
        self.assertEqual(len(approval.tier_ids), 3)

    def test_small_orders_need_nobody(self):
        order = self.order(LIMIT - 1)
        order.button_confirm()
        self.take()
        self.assertFalse(self.approval_of(order))

    def test_t7_four_eyes_leave_nobody(self):
        self.env["tier.definition"].search([]).write(
            {"reviewer_id": self.buyer.id, "exclude_requester": True}
        )
        _order, approval = self.requested()
        self.assertIn("no_approver", self.kinds(approval))

    def test_t3_an_edited_definition_changes_no_request(self):
        order, approval = self.requested()
        self.env["tier.definition"].search([]).reviewer_id = self.mallory
        self.sweep(self.policy)
        self.assertEqual(
            approval.tier_ids.approver_ids, self.first + self.second + self.third
        )

    def test_a_new_definition_judges_nothing_older(self):
        self.env["tier.definition"].search([]).active = False
        order = self.order()
        order.button_confirm()
        self.take()
        self.make_definitions()
        self.sweep(self.policy)
        self.assertFalse(self.approval_of(order))

    def test_a24_changed_under_validation(self):
        order, approval = self.requested()
        order.with_user(self.buyer).with_context(
            skip_validation_check=True, tracking_disable=True, mail_notrack=True
        ).order_line.price_unit = 5 * LIMIT
        self.take()
        event = approval.event_ids.filtered(lambda one: one.kind == "amended")
        self.assertEqual(event.actor_id, self.buyer)
        self.assertEqual(event.values["amount"], [2 * LIMIT, 5 * LIMIT])

    def test_cancelled_and_drafted(self):
        order, approval = self.requested()
        order.with_context(skip_validation_check=True).button_cancel()
        self.take()
        self.assertEqual(approval.state, "cancelled")

    def test_an_archived_policy_is_not_made_again(self):
        self.policy.active = False
        policies = self.env["monitor.approval.policy"].with_context(active_test=False)
        policies._discover()
        found = policies.search([("adapter", "=", "tier_validation")])
        self.assertEqual(len(found), 1)


@tagged("post_install", "-at_install")
class TestReviewCheckpoints(TierCase, TransactionCase):
    """Each automation rule that is shipped; archiving one stops just its effect."""

    def steps(self):
        order = self.order()
        order.request_validation()
        order.with_user(self.first).validate_tier()
        self.env.cr.flush()
        review = order.review_ids.filtered(lambda one: one.sequence == 1)
        events = self.env["monitor.event"].search(
            [
                ("workflow_id", "=", self.policy.workflow_id.id),
                ("kind", "=", "checkpoint"),
                ("res_id", "=", review.id),
            ]
        )
        return sorted(events.mapped("step"))

    def test_both(self):
        self.assertEqual(self.steps(), ["asked", "decided"])

    def test_asked_archived(self):
        self.env.ref("monitor_tier_validation.automation_asked").active = False
        self.assertEqual(self.steps(), ["decided"])

    def test_decided_archived(self):
        self.env.ref("monitor_tier_validation.automation_decided").active = False
        self.assertEqual(self.steps(), ["asked"])


@tagged("post_install", "-at_install")
class TestBesideOtherAddons(TierCase, TransactionCase):
    """Other addons of OCA that hang on the same records go on working."""

    def test_auditlog_writes_and_we_see(self):
        if "auditlog.rule" not in self.env:
            self.skipTest("auditlog is not there")
        rule = self.env["auditlog.rule"].create(
            {
                "name": "Orders",
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "log_write": True,
                "log_create": True,
                "log_type": "fast",
            }
        )
        rule.set_to_confirmed()
        self.addCleanup(rule.set_to_draft)
        order, approval = self.requested()
        self.validate(order, self.first, self.second, self.third)
        order.button_confirm()
        self.take()
        self.assertEqual(approval.state, "approved")
        self.assertFalse(approval.exception_ids)
        logs = self.env["auditlog.log"].search(
            [("model_id.model", "=", "purchase.order"), ("res_id", "=", order.id)]
        )
        self.assertIn("create", logs.mapped("method"))
        self.assertIn("write", logs.mapped("method"))

    def test_what_a_job_decides_is_seen(self):
        if "queue.job" not in self.env:
            self.skipTest("queue_job is not there")
        from odoo.addons.queue_job.job import Job

        order, approval = self.requested()
        delayed = order.with_user(self.first).with_delay()
        delayed.validate_tier()
        stored = self.env["queue.job"].search([], order="id desc", limit=1)
        Job.load(self.env, stored.uuid).perform()
        self.take()
        self.assertEqual(approval.tier, 2)
        tier = approval.tier_ids.sorted("level")[0]
        self.assertEqual(tier.decided_by_id, self.first)
