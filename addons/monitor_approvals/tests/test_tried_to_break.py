"""What somebody tried who wanted to get past: each of these once worked."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ..models.monitor_approval_policy_versioning import LATER
from .test_decide import DecideCase


@tagged("post_install", "-at_install")
class TestDelegationsTried(DecideCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(mode="decide")

    def delegate(self, giver, to, **values):
        return (
            self.env["monitor.approval.delegation"]
            .with_user(giver)
            .create(
                {
                    "user_id": giver.id,
                    "delegate_id": to.id,
                    "date_from": self.clock,
                    "date_to": self.clock + timedelta(days=2),
                    **values,
                }
            )
        )

    def test_a_delegate_cannot_widen_it(self):
        later = self.clock + timedelta(days=1)
        for begin in (self.clock, later):
            given = self.delegate(self.ben, self.eve, max_amount=100, date_from=begin)
            for name in ("max_amount", "approval_id"):
                with self.assertRaises(UserError), self.cr.savepoint():
                    given.with_user(self.eve).write({name: False})
            self.assertEqual(given.with_user(self.eve).max_amount, 100)

    def test_who_gave_it_only_ends_it(self):
        given = self.delegate(self.ben, self.eve, max_amount=100)
        self.at(1)
        for values in (
            {"max_amount": 0},
            {"date_to": self.clock + timedelta(days=9)},
            {"date_to": self.clock - timedelta(hours=1)},
            {"delegate_id": self.cleo.id},
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                given.write(values)
        given.date_to = self.clock + timedelta(hours=1)
        given.active = False
        with self.assertRaises(UserError), self.cr.savepoint():
            given.active = True

    def test_one_to_come_may_still_change(self):
        later = self.clock + timedelta(days=1)
        given = self.delegate(self.ben, self.eve, date_from=later)
        given.max_amount = 5
        self.assertEqual(given.max_amount, 5)

    def test_nobody_delegates_into_the_past(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.delegate(self.ben, self.eve, date_from=self.clock - timedelta(hours=1))

    def test_a_new_delegation_counts_at_once_and_ends_in_time(self):
        approval = self.request(self.policy)
        mine = self.approvals.with_user(self.eve)
        self.assertFalse(mine.search([]))
        self.delegate(self.ben, self.eve)
        self.env.invalidate_all()
        self.assertEqual(mine.search([]), approval)
        self.at(48.05)
        self.env["monitor.approval.delegation"]._follow_time(self.clock)
        self.env.invalidate_all()
        self.assertFalse(mine.search([]))

    def test_handed_on_twice(self):
        approval = self.request(self.policy)
        self.delegate(self.ben, self.cleo, max_amount=100)
        self.delegate(self.cleo, self.dan)
        self.assertEqual(
            self.api_of(self.dan, "monitor.approval").pending_for_me()["count"], 1
        )
        big = self.request(self.policy, self.make_document(partner_latitude=101))
        self.assertNotIn(
            big, self.approvals.with_user(self.dan).search([("is_mine", "=", True)])
        )
        approval.with_user(self.dan).approve()
        self.assertEqual(approval.on_behalf_of_id, self.ben)

    def test_reassigned_to_who_does_not_work_there(self):
        approval = self.request(self.policy)
        abroad = self.env["res.company"].create({"name": "Abroad"})
        other = new_test_user(
            self.env,
            "approval_abroad",
            company_id=abroad.id,
            company_ids=[Command.set(abroad.ids)],
        )
        self.assertIn("work in", self.refused(approval, self.ben, "reassign", other.id))


@tagged("post_install", "-at_install")
class TestDocumentsTried(DecideCase, TransactionCase):
    def test_raised_while_it_waits(self):
        policy = self.make_policy(
            mode="decide",
            pending_domain="[]",
            tiers=[
                {"user_ids": [Command.set(self.ben.ids)]},
                {"user_ids": [Command.set(self.cleo.ids)], "amount_from": 80},
            ],
        )
        document = self.make_document(partner_latitude=9)
        self.take()
        approval = self.request(policy, document)
        document.with_user(self.ada).partner_latitude = 85
        self.assertIn("changed", self.refused(approval, self.ben))
        self.take()
        self.assertEqual(approval.amount_company, 85)
        self.assertIn("amended", self.story(approval))
        approval.with_user(self.ben).approve()
        self.assertEqual(approval.state, "pending")
        self.assertEqual(approval.holder_ids, self.cleo)

    def test_lowered_while_it_waits(self):
        policy = self.make_policy(
            tiers=[
                {"user_ids": [Command.set(self.ben.ids)]},
                {"user_ids": [Command.set(self.cleo.ids)], "amount_from": 80},
            ],
        )
        document = self.make_document(partner_latitude=85)
        self.move(document, "waiting", self.ada)
        document.with_user(self.ada).partner_latitude = 10
        self.take()
        self.move(document, "approved", self.ben)
        approval = self.approval_of(document)
        self.assertEqual(approval.policy_id, policy)
        self.assertEqual(self.kinds(approval), [])
        states = approval.tier_ids.sorted("level").mapped("state")
        self.assertEqual(states, ["approved", "cancelled"])

    def test_the_last_editor_of_a_draft_approves(self):
        self.make_policy()
        document = self.make_document(partner_latitude=9)
        self.take()
        document.with_user(self.ben).partner_latitude = 70
        self.take()
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.ben)
        self.assertEqual(self.kinds(self.approval_of(document)), ["self_approval"])

    def test_alone_where_several_are_asked(self):
        both = {"user_ids": [Command.set((self.ben + self.cleo).ids)], "quorum": "all"}
        self.make_policy(tiers=[both])
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.ben)
        approval = self.approval_of(document)
        self.assertEqual(self.kinds(approval), ["skipped_tier"])
        self.assertIn("alone", approval.exception_ids.text)

    def test_accepted_once_is_not_accepted_for_ever(self):
        self.make_policy()
        document = self.make_document(partner_latitude=9)
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.ben)
        document.with_user(self.eve).partner_latitude = 14
        self.take()
        found = self.approval_of(document).exception_ids
        self.assertEqual(found.person_ids, self.eve)
        found.write({"state": "waived", "waived_until": self.clock + timedelta(days=9)})
        self.sweep()
        self.assertEqual(found.state, "waived")
        document.with_user(self.eve).partner_latitude = 85
        self.take()
        self.assertEqual(found.state, "open")

    def test_who_stood_in_is_concerned_as_well(self):
        self.make_policy(tiers=[self.ada])
        self.env["monitor.approval.delegation"].create(
            {
                "user_id": self.ada.id,
                "delegate_id": self.eve.id,
                "date_from": self.clock,
                "date_to": self.clock + timedelta(days=1),
            }
        )
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.eve)
        found = self.approval_of(document).exception_ids
        found = found.filtered(lambda one: one.kind == "self_approval")
        self.assertEqual(found.person_ids, self.ada + self.eve)

    def test_archiving_a_policy_ends_its_requests(self):
        policy = self.make_policy()
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        policy.active = False
        self.assertEqual(approval.state, "cancelled")
        self.assertFalse(approval.holder_ids)
        document.with_user(self.ben).function = "approved"
        self.env.cr.flush()
        policy.active = True
        self.take()
        self.sweep(policy)
        self.assertFalse(self.approval_of(document).exception_ids)

    def test_a_policy_without_material_fields_is_noted_once(self):
        policy = self.make_policy(material_paths=False)
        documents = self.make_document() + self.make_document()
        self.move(documents, "waiting", self.ada)
        self.assertEqual([self.sweep(policy) for _night in range(2)], [0, 0])

    def test_versions_cannot_be_put_off_from_outside(self):
        policy = self.make_policy()
        policy.with_context(monitor_version_later=True).due_amount = 77
        self.assertEqual(policy.version, 2)
        policy.with_context(monitor_version_later=LATER).due_amount = 78
        self.assertEqual(policy.version, 2)

    def test_documents_of_another_company(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        policy = self.make_policy(company_id=abroad.id)
        home = self.make_document(company_id=self.env.company.id)
        self.move(home, "waiting", self.ada)
        self.assertFalse(self.approval_of(home))
        nowhere = self.make_document()
        self.move(nowhere, "waiting", self.ada)
        self.assertEqual(self.approval_of(nowhere).company_id, abroad)
        self.assertEqual(self.approval_of(nowhere).policy_id, policy)

    def test_moved_to_another_company_while_it_waits(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        home = self.env.company
        self.ada.company_ids += abroad
        self.cleo.write(
            {"company_id": abroad.id, "company_ids": [Command.set(abroad.ids)]}
        )
        asked = self.make_policy(tiers=[self.ben + self.cleo])
        here = self.make_policy(tiers=[self.ben + self.cleo], mode="decide")
        document = self.make_document(company_id=home.id)
        self.move(document, "waiting", self.ada)
        self.request(here, document)
        for policy in asked + here:
            first = self.approvals.search([("policy_id", "=", policy.id)])
            self.assertEqual((first.company_id, first.holder_ids), (home, self.ben))
        document.with_user(self.ada).company_id = abroad
        self.take()
        for policy in asked + here:
            with self.subTest(mode=policy.mode):
                first, second = self.approvals.search(
                    [("policy_id", "=", policy.id)], order="round"
                )
                self.assertEqual(first.state, "cancelled")
                self.assertEqual(second.state, "pending")
                self.assertEqual(second.company_id, abroad)
                self.assertEqual(second.holder_ids, self.cleo)
                self.assertFalse(second.exception_ids)
        self.take()
        self.assertEqual(self.approvals.search_count([("state", "=", "pending")]), 2)

    def test_documents_without_a_company_do_not_follow_who_looks_first(self):
        policy = self.make_policy()
        abroad = self.env["res.company"].create({"name": "Abroad"})
        main = self.env["res.company"].search([], order="id", limit=1)
        policy._forget_readings()
        policy.with_company(abroad)._reading()
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.assertEqual(self.approval_of(document).company_id, main)

    def test_refused_again_within_a_minute(self):
        policy = self.make_policy(mode="decide", enforce=True)
        document = self.make_document(partner_latitude=9)
        self.request(policy, document).with_user(self.ben).approve()
        self.move(document, "approved", self.ada)
        document.with_user(self.ada).function = "draft"
        document.with_user(self.ada).partner_latitude = 85
        with self.assertRaises(UserError), self.cr.savepoint():
            document.with_user(self.ada).function = "approved"

    def test_an_automation_rule_does_not_decide(self):
        approval = self.request(self.make_policy(mode="decide"))
        marked = approval.with_user(self.ben).with_context(__action_done={})
        with self.assertRaises(AccessError), self.cr.savepoint():
            marked.approve()
