"""Many approvals decided here in one act, and terms of many days."""

from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from .test_decide import DecideCase


@tagged("post_install", "-at_install")
class TestDecideMany(DecideCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(mode="decide")

    def request_many(self, count):
        """Request as many approvals as Ada; return them."""
        documents = self.make_document()
        for number in range(1, count):
            documents |= self.make_document(ref=f"number {number}")
        return self.request(self.policy, documents)

    def statements(self, approvals):
        """Return how many SQL statements Ben's one act on these takes."""
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        approvals.with_user(self.ben).sudo(False).approve()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_statements_of_an_act_do_not_grow_with_its_approvals(self):
        self.statements(self.request_many(2))
        few, many = self.request_many(5), self.request_many(25)
        self.assertEqual(self.statements(many), self.statements(few))

    def test_each_keeps_what_its_own_document_was(self):
        approvals = self.request_many(3)
        documents = self.env["res.partner"].browse(approvals.mapped("res_id"))
        approvals.with_user(self.ben).sudo(False).approve()
        self.take()
        self.assertEqual(
            [one.snapshot.get("ref") for one in approvals],
            [ref or None for ref in documents.mapped("ref")],
        )
        documents[1].with_user(self.ada).ref = "another"
        self.take()
        self.assertEqual([self.kinds(one) for one in approvals], [[], ["stale"], []])
        documents[1].with_user(self.ada).ref = "number 1"
        self.take()
        self.assertEqual([self.kinds(one) for one in approvals], [[], [], []])

    def test_what_is_approved_again_is_known_as_it_is_then(self):
        approval = self.request_many(1)
        document = self.env["res.partner"].browse(approval.res_id)
        approval.with_user(self.ben).sudo(False).approve()
        document.with_user(self.ada).ref = "second"
        self.take()
        again = self.request(self.policy, document)
        again.with_user(self.ben).sudo(False).approve()
        known = self.env["monitor.approval.document"].search(
            [("policy_id", "=", self.policy.id), ("res_id", "=", document.id)]
        )
        self.assertRecordValues(known, [{"round": 2, "values": {"ref": "second"}}])

    def test_a_document_that_is_gone_is_not_approved(self):
        approvals = self.request_many(2)
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM res_partner WHERE id = %s", [approvals[0].res_id]
        )
        self.env.invalidate_all()
        with self.assertRaises(UserError), self.cr.savepoint():
            approvals.with_user(self.ben).sudo(False).approve()
        approvals[1].with_user(self.ben).sudo(False).approve()
        self.assertEqual(approvals.mapped("state"), ["pending", "approved"])

    def test_terms_longer_than_what_is_read_of_calendars_at_first(self):
        policy = self.make_policy(
            mode="decide", due_amount=60, due_unit="working_days", name="Slow"
        )
        approval = self.request(policy)
        # twelve weeks later at the same hour, in summer time
        self.assertEqual(approval.due_at, datetime(2026, 5, 25, 8))
