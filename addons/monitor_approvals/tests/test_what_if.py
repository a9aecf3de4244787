"""What another version of a policy would have said of the past."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from .approval_case import MONDAY, ApprovalCase


@tagged("post_install", "-at_install")
class TestWhatIf(ApprovalCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # approved before there is a policy
        cls.older = cls.env["res.partner"].create(
            {"name": "Older", "function": "approved", "partner_latitude": 60}
        )
        cls.env.cr.flush()
        cls.policy = cls.make_policy(
            tiers=[
                {"user_ids": [Command.set(cls.ben.ids)]},
                {"user_ids": [Command.set(cls.cleo.ids)], "amount_from": 80},
            ]
        )
        cls.manager = new_test_user(
            cls.env, "what_if_manager", groups="monitor_core.group_monitor_manager"
        )
        cls.auditor = new_test_user(
            cls.env, "what_if_auditor", groups="monitor_core.group_monitor_auditor"
        )

    def approved(self, count=1, user=None, amount=50):
        documents = self.env["res.partner"].concat(
            *(self.make_document(partner_latitude=amount) for _ in range(count))
        )
        self.move(documents, "waiting", self.ada)
        self.move(documents, "approved", user or self.ben)
        return documents

    def look(self, user=None, **values):
        """Compare with the newest version as somebody."""
        what_if = (
            self.env["monitor.approval.what.if"]
            .with_user(user or self.manager)
            .with_context(**(user.env.context if user else {}))
            .create({"policy_id": self.policy.id, **values})
        )
        what_if.action_look()
        return what_if

    def lower(self, amount=10):
        """Have the second tier asked from another amount on."""
        self.policy.tier_ids[1].amount_from = amount

    def test_a17_what_a_lower_limit_would_have_asked(self):
        documents = self.approved(40)
        self.at(MONDAY + timedelta(days=30))
        self.lower()
        self.sweep(self.policy)
        self.assertFalse(self.exceptions.search([("policy_id", "=", self.policy.id)]))
        new = self.make_document(partner_latitude=50)
        self.move(new, "waiting", self.ada)
        self.assertEqual(self.approval_of(new).tier_ids.mapped("level"), [1, 2])
        what_if = self.look()
        lines = what_if.line_ids.filtered(lambda line: not line.before_policy)
        self.assertEqual(set(lines.approval_id.mapped("res_id")), set(documents.ids))
        self.assertEqual(set(lines.mapped("added")), {"2 T2"})
        self.assertIn("Of 41 approvals", what_if.summary)
        self.assertIn("40 would have asked 2 T2 as well", what_if.summary)
        self.assertIn("2,000", what_if.summary)
        self.assertFalse(self.exceptions.search([("policy_id", "=", self.policy.id)]))

    def test_amounts_of_currencies_are_not_added_up(self):
        currency = self.env["res.currency"].create({"name": "TKN", "symbol": "TK"})
        abroad = self.env["res.company"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        (self.ada + self.ben + self.manager).company_ids += abroad
        self.approved(2, amount=30)
        documents = self.make_document(partner_latitude=40, company_id=abroad.id)
        self.move(documents, "waiting", self.ada)
        self.move(documents, "approved", self.ben)
        self.lower()
        companies = (self.env.company + abroad).ids
        manager = self.manager.with_context(allowed_company_ids=companies)
        summary = self.look(manager).summary
        self.assertIn("3 would have asked 2 T2 as well", summary)
        self.assertIn("60.00", summary)
        self.assertIn("TK", summary)
        self.assertNotIn("100", summary)

    def test_the_same_version_says_nothing_else(self):
        self.approved(3)
        lines = self.look().line_ids
        self.assertFalse(lines.filtered(lambda line: not line.before_policy))

    def test_documents_older_than_the_policy(self):
        today = self.clock + timedelta(days=1)
        line = self.look(date_to=today).line_ids
        self.assertEqual(line.name, "Older")
        self.assertTrue(line.before_policy)
        self.assertEqual(line.added, "1 T1")
        self.assertFalse(line.approval_id)

    def test_breaches_that_would_not_be_any(self):
        self.policy.tier_ids[0].user_ids = self.ada
        self.approved(user=self.ada)
        self.policy.self_limit = 60
        self.policy.tier_ids[0].user_ids = self.ben
        line = self.look().line_ids.filtered("approval_id")
        self.assertFalse(line)  # told, below the limit: the same kind, only noted
        self.policy.write({"self_limit": 0, "different_persons": False})
        self.assertFalse(self.look().line_ids.filtered("approval_id"))

    def test_tiers_that_would_not_have_been_asked(self):
        documents = self.make_document(partner_latitude=90)
        self.move(documents, "waiting", self.ada)
        self.move(documents, "approved", self.ben)  # skips the second
        self.lower(100)
        line = self.look().line_ids.filtered("approval_id")
        self.assertEqual((line.removed, line.cleared), ("2", "Tier skipped"))

    def test_a_period_and_a_version(self):
        self.approved()
        self.lower()
        first = self.policy.version_ids.sorted("number")[0]
        self.assertFalse(self.look(version_id=first.id).line_ids.approval_id)
        self.assertTrue(self.look().line_ids.approval_id)
        later = self.clock + timedelta(days=1)
        self.at(later)
        self.assertFalse(self.look(date_from=later).line_ids.approval_id)

    def test_statements_do_not_grow_with_approvals(self):
        counts = []
        for number in (5, 45):
            self.approved(number)
            if len(counts) == 0:
                self.lower()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.look()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 10, counts)

    def test_who_may_read_it(self):
        self.approved()
        self.lower()
        mine = self.look()
        self.assertTrue(self.look(self.auditor).line_ids)
        with self.assertRaises(AccessError):
            mine.with_user(self.auditor).read(["summary"])
        with self.assertRaises(AccessError):
            mine.line_ids.with_user(self.auditor).read(["name"])
        with self.assertRaises(AccessError):
            self.look(self.ada)

    def test_its_parts_open(self):
        self.approved()
        self.lower()
        opened = self.policy.with_user(self.manager).action_what_if()
        what_if = self.env[opened["res_model"]].browse(opened["res_id"])
        self.assertIn("1 differ", what_if.summary)
        action = what_if.action_open_lines()
        self.assertTrue(self.env[action["res_model"]].search(action["domain"]))
        line = what_if.line_ids.filtered("approval_id")[0]
        self.assertEqual(line.action_open_approval()["res_id"], line.approval_id.id)
