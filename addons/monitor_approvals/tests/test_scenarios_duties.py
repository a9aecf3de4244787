"""Acceptance scenarios A10 to A18, A24 and A31: duties, changes, policies."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .approval_case import MONDAY, ScenarioCase


@tagged("post_install", "-at_install")
class TestDuties(ScenarioCase, TransactionCase):
    def test_a10_own_ones(self):
        self.policy.self_limit = 50
        self.policy.tier_ids.user_ids += self.ada
        documents = self.env["res.partner"]
        for number in range(20):
            documents += self.make_document(partner_latitude=10 if number < 3 else 50)
        self.move(documents, "waiting", self.ada)
        self.move(documents[:7], "approved", self.ada)
        self.move(documents[7:], "approved", self.ben)
        found = self.exceptions.search([("kind", "=", "self_approval")])
        self.assertEqual(sorted(found.mapped("severity")), ["error"] * 4 + ["info"] * 3)

    def test_a11_who_has_the_benefit(self):
        boss = self.ben.partner_id
        policy = self.make_policy(beneficiary_path="parent_id.user_id")
        boss.user_id = self.ben
        document = self.make_document(parent_id=boss.id)
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.ben)
        approval = self.approvals.search([("policy_id", "=", policy.id)])
        self.assertEqual(approval.beneficiary_id, self.ben)
        self.assertEqual(self.kinds(approval), ["self_approval"])

    def two_tiers(self, user, **values):
        domain = "[('function', 'in', ('first', 'approved'))]"
        tiers = [
            {"user_ids": [Command.set(user.ids)], "domain": domain},
            {"user_ids": [Command.set(user.ids)]},
        ]
        return self.make_policy(
            tiers,
            pending_domain="[('function', 'in', ('waiting', 'first'))]",
            **values,
        )

    def through_two(self, policy, *states):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        for state in states:
            self.at(self.clock + timedelta(minutes=5))
            self.move(document, state, self.ben)
        return self.approvals.search([("policy_id", "=", policy.id)])

    def test_a12_the_same_person_twice(self):
        approval = self.through_two(self.two_tiers(self.ben), "first", "approved")
        self.assertEqual(self.story(approval).count("approved"), 2)
        self.assertEqual(self.kinds(approval), ["same_person"])

    def test_a12_two_tiers_in_one_act(self):
        approval = self.through_two(self.two_tiers(self.ben), "approved")
        self.assertEqual(self.kinds(approval), ["auto_bypass"])

    def test_a12_where_that_is_allowed(self):
        policy = self.two_tiers(self.ben, different_persons=False)
        approval = self.through_two(policy, "first", "approved")
        self.assertFalse(approval.exception_ids)

    def test_over_the_limit(self):
        self.env["monitor.approval.limit"].create(
            {"user_id": self.ben.id, "max_amount": 60}
        )
        for amount, kinds in ((60, []), (60.01, ["over_limit"])):
            approval = self.run_through(0, 1, partner_latitude=amount)
            self.assertEqual(self.kinds(approval), kinds)

    def test_approved_within_seconds(self):
        self.policy.rubber_seconds = 5
        fast = self.run_through(MONDAY, MONDAY + timedelta(seconds=4))
        self.assertEqual(self.kinds(fast), ["rubber_stamp"])
        slow = self.run_through(MONDAY, MONDAY + timedelta(seconds=5))
        self.assertFalse(slow.exception_ids)

    def test_a_tier_that_nobody_decided(self):
        policy = self.two_tiers(self.ben)
        policy.tier_ids[0].user_ids = self.cleo
        approval = self.through_two(policy, "approved")
        self.assertEqual(self.kinds(approval), ["skipped_tier"])
        self.assertEqual(approval.exception_ids.evidence["levels"], [1])


@tagged("post_install", "-at_install")
class TestChanged(ScenarioCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.tier_ids = [
            Command.create(
                {
                    "name": "T2",
                    "level": 2,
                    "user_ids": cls.cleo.ids,
                    "amount_from": 70,
                }
            )
        ]

    def approved(self, **values):
        return self.run_through(
            0, 1, **{"partner_latitude": 50, "ref": "BE1", **values}
        )

    def document_of(self, approval):
        return self.env["res.partner"].browse(approval.res_id)

    def test_a13_more_after_the_approval(self):
        for how in ("orm", "sql"):
            approval = self.approved()
            document = self.document_of(approval)
            if how == "orm":
                document.with_user(self.ada).partner_latitude = 80
                self.take()
            else:
                self.sql(document, partner_latitude=80)
                self.assertEqual(self.sweep(self.policy), 1)
            self.assertEqual(self.kinds(approval), ["stale"])
            self.assertEqual(approval.exception_ids.evidence["levels"], [2])
            document.with_user(self.ada).partner_latitude = 50
            self.take()
            self.assertEqual(self.kinds(approval), [])
            self.assertEqual(self.kinds(approval, "resolved"), ["stale"])
            changes = approval.event_ids.filtered(
                lambda one: one.kind == "amended_after_approval"
            )
            self.assertEqual(
                changes.sorted("id").mapped("values"),
                [{"amount": [50, 80]}, {"amount": [80, 50]}],
            )

    def test_a14_material_fields_only(self):
        approval = self.approved()
        document = self.document_of(approval)
        document.with_user(self.ada).comment = "A note"
        self.take()
        self.assertFalse(approval.exception_ids)
        document.with_user(self.ada).ref = "BE2"
        self.take()
        self.assertEqual(self.kinds(approval), ["stale"])
        self.assertEqual(approval.exception_ids.evidence["fields"], ["ref"])

    def test_a15_rejected_after_the_approval(self):
        first = self.approved()
        events = self.story(first)
        self.move(self.document_of(first), "refused", self.cleo)
        second = self.approval_of(self.document_of(first))
        self.assertEqual(second.round, 2)
        self.assertEqual(second.state, "rejected")
        self.assertEqual(first.state, "approved")
        self.assertEqual(self.story(first), [*events, "reopened"])

    def test_a17_a_policy_is_never_retroactive(self):
        old = [self.approved() for _number in range(4)]
        self.at(MONDAY + timedelta(days=30))
        self.policy.tier_ids[1].amount_from = 10
        self.sweep(self.policy)
        self.assertFalse(self.exceptions.search([("policy_id", "=", self.policy.id)]))
        new = self.make_document(partner_latitude=50)
        self.move(new, "waiting", self.ada)
        self.assertEqual(self.approval_of(new).tier_ids.mapped("level"), [1, 2])
        self.assertEqual(
            self.approval_of(new).policy_version, old[0].policy_version + 1
        )

    def test_a18_who_approved_may_leave(self):
        approval = self.approved()
        self.policy.tier_ids[0].user_ids = self.dan
        self.sweep(self.policy)
        self.assertFalse(approval.exception_ids)
        self.assertEqual(approval.tier_ids[0].approver_ids, self.ben)
        self.assertTrue(approval.tier_ids[0].role)

    def test_a24_nothing_in_the_caller_s_hands_hides_it(self):
        document = self.make_document(partner_latitude=50)
        self.move(document, "waiting", self.ada)
        quiet = {"tracking_disable": True, "mail_notrack": True, "tier_skip": True}
        document.with_user(self.eve).with_context(**quiet).partner_latitude = 75
        self.take()
        approval = self.approval_of(document)
        event = approval.event_ids.filtered(lambda one: one.kind == "amended")
        self.assertEqual(event.actor_id, self.eve)
        self.assertEqual(event.values, {"amount": [50, 75]})
        self.assertEqual(approval.tier_ids.mapped("level"), [1, 2])

    def test_a31_exactly_the_limit(self):
        for bound, amount, levels in (
            ("ge", 70, [1, 2]),
            ("gt", 70, [1]),
            ("ge", 69.9999999, [1, 2]),
            ("ge", 69.99, [1]),
        ):
            self.policy.amount_bound = bound
            document = self.make_document(partner_latitude=amount)
            self.move(document, "waiting", self.ada)
            found = self.approval_of(document).tier_ids.mapped("level")
            self.assertEqual(found, levels, (bound, amount))
