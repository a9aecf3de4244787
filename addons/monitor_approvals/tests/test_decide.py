"""Approvals that are requested and decided here."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from odoo.addons.monitor_core.tools.span import Span, current_span

from .approval_case import ApprovalCase


class DecideCase(ApprovalCase):
    """Use as ``class TestX(DecideCase, TransactionCase)``."""

    def request(self, policy, document=None, user=None):
        """Request an approval as somebody; a new document unless one is given."""
        user = user or self.ada
        document = document or self.make_document(user, partner_latitude=50)
        return policy.with_user(user).sudo(False)._request(document.with_user(user))

    def refused(self, approval, user, act="approve", *args):
        """Do what must be refused; return the message."""
        with self.assertRaises(UserError) as caught:
            getattr(approval.with_user(user), act)(*args)
        self.env.invalidate_all()
        return str(caught.exception)


@tagged("post_install", "-at_install")
class TestDecide(DecideCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(mode="decide")

    def test_approve(self):
        approval = self.request(self.policy)
        self.at(1)
        answer = self.api_of(self.ben, "monitor.approval").approve(
            approval.ids, comment="Fine"
        )
        self.assertEqual(
            answer, [{"id": approval.id, "state": "approved", "pending_tier": False}]
        )
        event = approval.event_ids.filtered(lambda one: one.kind == "approved")
        self.assertRecordValues(
            event,
            [
                {
                    "actor_id": self.ben.id,
                    "tier": 1,
                    "comment": "Fine",
                    "elapsed_seconds": 3600,
                    "amount": 50,
                }
            ],
        )
        self.assertFalse(approval.exception_ids)

    def test_reject_needs_a_reason(self):
        approval = self.request(self.policy)
        self.assertIn("why", self.refused(approval, self.ben, "reject"))
        self.api_of(self.ben, "monitor.approval").reject(approval.ids, comment="No")
        self.assertEqual(approval.state, "rejected")
        self.assertEqual(approval.comment, "No")

    def test_who_is_not_asked_is_refused(self):
        approval = self.request(self.policy)
        self.refused(approval, self.eve)
        self.assertEqual(approval.state, "pending")

    def test_decided_already(self):
        approval = self.request(self.policy)
        approval.with_user(self.ben).approve()
        self.assertIn("decided already", self.refused(approval, self.ben))

    def test_what_waits_is_not_asked_again(self):
        document = self.make_document()
        first = self.request(self.policy, document)
        self.assertEqual(self.request(self.policy, document), first)

    def test_a_new_round_after_a_rejection(self):
        document = self.make_document()
        first = self.request(self.policy, document)
        first.with_user(self.ben).reject("No")
        second = self.request(self.policy, document)
        self.assertEqual(second.round, 2)
        self.assertEqual(first.state, "rejected")

    def test_tiers_in_sequence(self):
        self.policy.tier_ids = [
            Command.create({"name": "T2", "level": 2, "user_ids": self.cleo.ids})
        ]
        approval = self.request(self.policy)
        self.assertIn("not your turn", self.refused(approval, self.cleo))
        self.at(3)
        approval.with_user(self.ben).approve()
        self.assertEqual(approval.tier, 2)
        self.assertEqual(approval.holder_ids, self.cleo)
        self.assertEqual(approval.pending_since, self.clock)
        approval.with_user(self.cleo).approve()
        self.assertEqual(approval.state, "approved")

    def test_tiers_at_once(self):
        self.policy.write(
            {
                "parallel": True,
                "tier_ids": [
                    Command.create(
                        {"name": "T2", "level": 2, "user_ids": self.cleo.ids}
                    )
                ],
            }
        )
        approval = self.request(self.policy)
        self.assertEqual(approval.holder_ids, self.ben + self.cleo)
        approval.with_user(self.cleo).approve()
        self.assertEqual(approval.holder_ids, self.ben)
        approval.with_user(self.ben).approve()
        self.assertEqual(approval.state, "approved")

    def test_a_quorum_of_two(self):
        self.policy.tier_ids.write(
            {
                "quorum": "count",
                "quorum_count": 2,
                "user_ids": (self.ben + self.cleo + self.dan).ids,
            }
        )
        approval = self.request(self.policy)
        approval.with_user(self.ben).approve()
        self.assertEqual(approval.state, "pending")
        self.assertIn("another", self.refused(approval, self.ben))
        approval.with_user(self.dan).approve()
        self.assertEqual(approval.state, "approved")

    def test_nobody_approves_their_own(self):
        self.policy.tier_ids.user_ids += self.ada
        approval = self.request(self.policy)
        self.assertEqual(approval.holder_ids, self.ben)
        self.assertIn("your own", self.refused(approval, self.ada))

    def test_small_ones_may_be_approved_by_oneself(self):
        self.policy.self_limit = 100
        self.policy.tier_ids.user_ids += self.ada
        approval = self.request(self.policy)
        approval.with_user(self.ada).approve()
        self.assertRecordValues(
            approval.exception_ids, [{"kind": "self_approval", "severity": "info"}]
        )

    def test_nobody_is_left(self):
        self.policy.tier_ids.user_ids = self.ada
        approval = self.request(self.policy)
        self.assertEqual(self.kinds(approval), ["no_approver"])

    def test_reassign(self):
        approval = self.request(self.policy)
        approval.with_user(self.ben).reassign(self.cleo.id, "On leave")
        self.assertEqual(approval.holder_ids, self.cleo)
        self.refused(approval, self.ben)
        approval.with_user(self.cleo).approve()
        self.assertEqual(approval.state, "approved")

    def test_not_to_the_requester(self):
        approval = self.request(self.policy)
        self.refused(approval, self.ben, "reassign", self.ada.id)

    def test_sent_to_and_fro(self):
        approval = self.request(self.policy)
        approval.with_user(self.ben).reassign(self.cleo.id)
        approval.with_user(self.cleo).reassign(self.ben.id)
        self.assertEqual(self.kinds(approval), ["ping_pong"])

    def test_delegate_one(self):
        approval, other = self.request(self.policy), self.request(self.policy)
        approval.with_user(self.ben).delegate(self.cleo.id)
        self.refused(other, self.cleo)
        approval.with_user(self.cleo).approve()
        self.assertEqual(approval.decided_by_id, self.cleo)
        self.assertEqual(approval.on_behalf_of_id, self.ben)

    def test_cancel(self):
        approval = self.request(self.policy)
        self.refused(approval, self.ben, "cancel")
        approval.with_user(self.ada).cancel("Not needed")
        self.assertEqual(approval.state, "cancelled")
        self.assertFalse(approval.holder_ids)

    def test_ask_and_answer(self):
        approval = self.request(self.policy)
        approval.with_user(self.ben).ask("What for?")
        self.assertEqual(approval.asked_id, self.ada)
        approval.with_user(self.ada).answer("For the fair.")
        self.assertEqual(approval.comment, "For the fair.")
        self.assertEqual(self.story(approval)[-2:], ["asked", "answered"])

    def test_what_follows_is_done_as_who_approved(self):
        self.policy.approved_action_id = self.env["ir.actions.server"].create(
            {
                "name": "Mark",
                "model_id": self.policy.model_id.id,
                "state": "code",
                "code": "records.write({'function': 'approved', 'comment': uid})",
            }
        )
        approval = self.request(self.policy)
        approval.with_user(self.ben).approve()
        document = self.env["res.partner"].browse(approval.res_id)
        self.assertEqual(document.write_uid, self.ben)
        self.take()
        self.assertFalse(approval.exception_ids)

    def test_only_people_decide(self):
        approval = self.request(self.policy)
        for source in ("ir.cron", "base.automation"):
            span = Span(
                source=(source, 1),
                trace_id="1" * 32,
                span_id="1" * 16,
                started_at=self.clock,
                started_ms=0,
                sql_start=0,
            )
            token = current_span.set(span)
            try:
                self.assertIn("Only people", self.refused(approval, self.ben))
            finally:
                current_span.reset(token)
        self.assertEqual(approval.state, "pending")

    def test_the_superuser_does_not_decide(self):
        approval = self.request(self.policy)
        self.refused(approval, self.env.ref("base.user_root"))

    def test_an_approval_is_not_edited(self):
        approval = self.request(self.policy)
        for values in ({"state": "approved"}, {"decided_by_id": self.ben.id}):
            with self.assertRaises(AccessError), self.cr.savepoint():
                approval.with_user(self.manager).write(values)
        with self.assertRaises(UserError), self.cr.savepoint():
            approval.event_ids[:1].sudo().write({"kind": "approved"})
        with self.assertRaises(UserError), self.cr.savepoint():
            approval.event_ids[:1].sudo().unlink()
        with self.assertRaises(UserError), self.cr.savepoint():
            approval.sudo().unlink()

    # Enforcement

    def test_what_nobody_approved_is_refused(self):
        self.policy.enforce = True
        document = self.make_document()
        with (
            self.assertRaisesRegex(UserError, "needs an approval"),
            self.cr.savepoint(),
        ):
            document.with_user(self.ada).function = "approved"
        approval = self.request(self.policy, document)
        with self.assertRaises(UserError), self.cr.savepoint():
            document.with_user(self.ada).sudo().function = "approved"
        approval.with_user(self.ben).approve()
        self.move(document, "approved", self.ada)
        self.assertEqual(document.function, "approved")
        self.assertFalse(approval.exception_ids)
        document.with_user(self.ada).name = "Still approved"

    def test_an_approval_of_something_else_does_not_count(self):
        self.policy.enforce = True
        document = self.make_document()
        self.request(self.policy, document).with_user(self.ben).approve()
        with self.assertRaisesRegex(UserError, "says now"), self.cr.savepoint():
            document.with_user(self.ada).write(
                {"function": "approved", "partner_latitude": 80}
            )
        self.move(document, "approved", self.ada)
        self.move(document, "draft", self.ada, ref="Another account")
        with self.assertRaisesRegex(UserError, "says now"), self.cr.savepoint():
            document.with_user(self.ada).function = "approved"
        self.request(self.policy, document).with_user(self.ben).approve()
        self.move(document, "approved", self.ada)
        self.assertEqual(document.function, "approved")

    def test_what_is_enforced_no_more_is_refused_no_more(self):
        self.policy.enforce = True
        document = self.make_document()
        with self.assertRaises(UserError), self.cr.savepoint():
            document.with_user(self.ada).function = "approved"
        self.policy.enforce = False
        document.with_user(self.ada).function = "approved"
        self.assertEqual(document.function, "approved")

    def test_what_gets_past_is_found(self):
        self.policy.enforce = True
        document = self.make_document()
        self.request(self.policy, document)
        self.sql(document, function="approved")
        self.assertEqual(self.sweep(self.policy), 1)
        self.assertEqual(self.kinds(self.approval_of(document)), ["bypass"])
        self.assertEqual(self.sweep(self.policy), 0)

    def test_imported_as_approved_is_found_without_any_request(self):
        document = self.make_document()
        self.take()
        document.with_user(self.ada).with_context(
            import_file=True
        ).function = "approved"
        self.take()
        self.assertEqual(self.kinds(self.approval_of(document)), ["bypass"])

    # Waiting for me

    def test_waiting_for_me(self):
        approval = self.request(self.policy)
        self.env["monitor.approval.delegation"].create(
            {
                "user_id": self.ben.id,
                "delegate_id": self.cleo.id,
                "date_from": self.clock,
                "date_to": self.clock + timedelta(days=1),
                "max_amount": 100,
            }
        )
        for user, expected in ((self.ben, 1), (self.cleo, 1), (self.eve, 0)):
            mine = self.approvals.with_user(user).search([("is_mine", "=", True)])
            self.assertEqual(len(mine), expected)
            counted = self.api_of(user, "monitor.approval").pending_for_me()
            self.assertEqual(counted, {"count": expected, "late": 0})
        self.assertTrue(approval.with_user(self.cleo).is_mine)
        big = self.request(self.policy, self.make_document(partner_latitude=101))
        self.assertFalse(big.with_user(self.cleo).sudo().is_mine)
