"""Approvals that are decided elsewhere are seen as they happen."""

from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .approval_case import ApprovalCase


@tagged("post_install", "-at_install")
class TestObserve(ApprovalCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy()

    def test_requested_and_approved(self):
        document = self.make_document(partner_latitude=50)
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        self.assertRecordValues(
            approval,
            [
                {
                    "state": "pending",
                    "tier": 1,
                    "round": 1,
                    "requester_id": self.ada.id,
                    "holder_ids": self.ben.ids,
                    "amount": 50,
                    "origin": "screen",
                    "policy_version": 1,
                }
            ],
        )
        self.at(2)
        self.move(document, "approved", self.ben)
        self.assertRecordValues(
            approval,
            [
                {
                    "state": "approved",
                    "decided_by_id": self.ben.id,
                    "decided_at": self.clock,
                    "holder_ids": [],
                    "elapsed_hours": 2,
                    "working_hours": 2,
                }
            ],
        )
        self.assertEqual(
            self.story(approval), ["requested", "became_actionable", "approved"]
        )
        self.assertFalse(approval.exception_ids)

    def test_a_transaction_only_inserts(self):
        document = self.make_document()
        self.env.cr.flush()
        document.with_user(self.ada).function = "waiting"
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env.cr.precommit.run()
        self.assertFalse(self.approval_of(document))
        self.take()
        self.assertTrue(self.approval_of(document))

    def test_a_write_costs_no_statement_where_nothing_is_enforced(self):
        document = self.make_document()

        def statements(function):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            document.with_user(self.ada).function = function
            self.env.flush_all()
            return self.cr.sql_log_count - before

        statements("draft")  # what is kept in memory is read
        governed = statements("waiting")
        self.policy.active = False
        statements("draft")
        self.assertEqual(governed, statements("waiting"))

    def test_what_nobody_governs_costs_nothing(self):
        self.policy.active = False
        document = self.make_document()
        self.env.cr.flush()
        document.with_user(self.ada).function = "waiting"
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.env.cr.precommit.run()

    def test_what_odoo_forgets_is_not_asked_again(self):
        self.policy.active = False
        document = self.make_document()
        self.env.cr.flush()
        self.env.registry.clear_cache()
        with self.assertQueryCount(0):
            self.env["monitor.approval.capture"]._watch(document._name)

    def test_rejected(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.move(document, "refused", self.ben)
        approval = self.approval_of(document)
        self.assertEqual(approval.state, "rejected")
        self.assertEqual(approval.decided_by_id, self.ben)
        self.assertEqual(approval.tier_ids.state, "rejected")

    def test_withdrawn(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.move(document, "draft", self.ada)
        approval = self.approval_of(document)
        self.assertEqual(approval.state, "cancelled")
        self.assertEqual(self.story(approval)[-1], "withdrawn")

    def test_a_new_round_for_each_request(self):
        document = self.make_document()
        for _round in range(2):
            self.move(document, "waiting", self.ada)
            self.move(document, "refused", self.ben)
        rounds = self.approvals.search([("res_id", "=", document.id)], order="round")
        self.assertEqual(rounds.mapped("round"), [1, 2])

    def test_several_steps_at_once_are_taken_in_order(self):
        document = self.make_document()
        for state, user in (("waiting", self.ada), ("approved", self.ben)):
            document.with_user(user).function = state
            self.env.cr.flush()
        self.take()
        self.assertEqual(self.approval_of(document).state, "approved")

    def test_approved_by_nobody_who_is_asked(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.eve)
        approval = self.approval_of(document)
        self.assertEqual(self.kinds(approval), ["bypass"])
        self.assertEqual(approval.exception_ids.person_ids, self.eve)
        self.assertIn("no approver", approval.exception_ids.text)

    def test_made_approved(self):
        document = self.make_document(function="approved")
        self.take()
        self.assertEqual(self.kinds(self.approval_of(document)), ["bypass"])

    def test_approved_directly_by_who_may(self):
        document = self.make_document()
        self.take()
        self.move(document, "approved", self.ben)
        approval = self.approval_of(document)
        self.assertEqual(approval.decided_by_id, self.ben)
        self.assertFalse(approval.exception_ids)

    def test_what_is_older_than_the_policy_is_not_judged(self):
        document = self.make_document(function="approved")
        waiting = self.make_document(function="waiting")
        self.env.cr.flush()
        policy = self.make_policy(name="Later")
        self.env["monitor.approval.take"]._take(self.clock)
        found = self.approvals.search([("policy_id", "=", policy.id)])
        self.assertEqual(found.res_id, waiting.id)
        self.assertNotIn(document.id, found.mapped("res_id"))
        self.assertFalse(found.exception_ids)

    def test_a_document_more_is_one_statement_more(self):
        counts = []
        for number in (5, 45):
            documents = self.env["res.partner"].concat(
                *(self.make_document(partner_latitude=9) for _ in range(number))
            )
            documents.with_user(self.ada).function = "waiting"
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["monitor.approval.take"]._take(self.clock)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        # who is asked is linked to each
        self.assertLessEqual(counts[1] - counts[0], 40 + 5, counts)

    def test_deleted_before_anybody_looked(self):
        self.policy.tier_ids.write({"approver": "field", "approver_path": "user_id"})
        document, other = self.make_document(), self.make_document()
        (document + other).with_user(self.ada).function = "waiting"
        self.env.cr.flush()
        res_id = document.id
        document.sudo().unlink()
        self.take()
        gone = self.approvals.search([("res_id", "=", res_id)])
        self.assertEqual(gone.state, "orphaned")
        self.assertFalse(gone.approver_ids)
        self.assertEqual(self.approval_of(other).state, "pending")

    def test_one_that_cannot_be_taken_in_keeps_no_other_from_it(self):
        documents = self.make_document() + self.make_document()
        bad = documents[0]
        take = self.env.registry["monitor.approval.take"]
        as_before = take._round_values

        def failing(self, case):
            if case.seen.res_id == bad.id:
                raise ValueError("odd")
            return as_before(self, case)

        with (
            patch.object(take, "_round_values", failing),
            self.assertLogs("odoo.addons.monitor_core", "WARNING"),
        ):
            for state in ("waiting", "refused"):
                documents.with_user(self.ada).function = state
                self.env.cr.flush()
            self.take()
        self.assertEqual(self.approval_of(documents[1]).state, "rejected")
        self.assertFalse(self.approval_of(bad))
        left = self.env["monitor.approval.observation"].search([])
        self.assertEqual(left.mapped("res_id"), [bad.id] * 2)
        self.assertIn("odd", left[0].error)
        self.take()
        self.assertTrue(left.exists())
        self.env["monitor.approval.take"]._try_again()
        self.take()
        self.assertEqual(self.approval_of(bad).state, "rejected")
        self.assertFalse(left.exists())

    def test_the_app_of_the_documents_is_uninstalled(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_approval_policy SET model_id = NULL, model = 'gone.app' "
            "WHERE id = %s",
            [self.policy.id],
        )
        self.env.invalidate_all()
        self.policy._forget_readings()
        self.assertEqual(self.sweep(self.policy), 0)
        document.with_user(self.ada).ref = "Something"
        self.take()
        self.assertEqual(self.approval_of(document).state, "pending")
        self.policy.active = False
        self.assertEqual(self.approval_of(document).state, "cancelled")

    def test_uninstalling_an_app_is_not_refused_by_its_policies(self):
        self.env.cr.execute(
            "SELECT confdeltype FROM pg_constraint WHERE conrelid = "
            "'monitor_approval_policy'::regclass AND conname LIKE '%%model_id%%'"
        )
        self.assertEqual(self.env.cr.fetchall(), [("n",)])  # set null
        values = {"name": "Of nothing", "tier_ids": [Command.create({"name": "T"})]}
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env["monitor.approval.policy"].create(values)

    def test_a_policy_begins_with_one_version(self):
        self.assertEqual(self.policy.version_ids.mapped("number"), [1])
        self.policy.write({"due_amount": 9, "tier_ids": [Command.clear()]})
        self.assertEqual(sorted(self.policy.version_ids.mapped("number")), [1, 2])
        self.policy.name = "Only another name"
        self.assertEqual(len(self.policy.version_ids), 2)
