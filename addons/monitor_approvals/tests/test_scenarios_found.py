"""Acceptance scenarios A19 to A34: found, aged, in several companies."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .approval_case import MONDAY, ScenarioCase


@tagged("post_install", "-at_install")
class TestFound(ScenarioCase, TransactionCase):
    def test_a19_who_is_asked_is_archived(self):
        documents = self.env["res.partner"]
        for _number in range(12):
            documents += self.make_document()
        self.move(documents, "waiting", self.ada)
        self.ben.active = False
        self.env["monitor.approval.age"]._look_for_people(self.clock)
        found = self.exceptions.search([("kind", "=", "orphaned")])
        self.assertEqual(found.mapped("count"), [12])
        self.ben.active = True
        self.env["monitor.approval.age"]._look_for_people(self.clock)
        self.assertEqual(found.state, "resolved")

    def test_a20_nobody_is_left(self):
        self.policy.tier_ids.user_ids = self.ada
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.assertEqual(self.kinds(self.approval_of(document)), ["no_approver"])

    def test_a21_the_record_is_deleted(self):
        self.policy.tier_ids.user_ids = self.ada
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        document.unlink()
        self.take()
        self.assertEqual(approval.state, "orphaned")
        self.assertEqual(self.kinds(approval), [])
        self.assertIn("requested", self.story(approval))
        self.assertEqual(self.sweep(self.policy), 0)
        self.assertTrue(approval.display_name)

    def test_a21_deleted_behind_our_back(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", [document.id])
        self.env.invalidate_all()
        self.assertEqual(self.sweep(self.policy), 1)
        self.assertEqual(approval.state, "orphaned")

    def test_a23_by_sql_and_by_import(self):
        documents = self.env["res.partner"]
        for number in range(25):
            state = "waiting" if number % 2 else False
            documents += self.make_document(function=state)
        self.sql(documents, function="approved")
        rows = [[f"Imported {number}", "approved"] for number in range(10)]
        loaded = (
            self.env["res.partner"]
            .with_user(self.ada)
            .with_context(import_file=True)
            .load(["name", "function"], rows)
        )
        self.assertEqual(len(loaded["ids"]), 10)
        self.sweep(self.policy)
        found = self.exceptions.search([("policy_id", "=", self.policy.id)])
        self.assertEqual(found.mapped("kind"), ["bypass"] * 35)
        self.assertEqual(self.sweep(self.policy), 0)
        self.assertEqual(
            self.exceptions.search_count([("policy_id", "=", self.policy.id)]), 35
        )

    def test_a26_500_at_once(self):
        self.policy.write({"burst_count": 20, "rubber_seconds": 5})
        documents = (
            self.env["res.partner"]
            .with_user(self.ada)
            .create(
                [{"name": f"Paper {n}", "user_id": self.ada.id} for n in range(550)]
            )
        )
        self.move(documents, "waiting", self.ada)
        queries = []
        for part in (documents[:50], documents[50:]):
            self.at(self.clock + timedelta(hours=2))
            part.with_user(self.ben).function = "approved"
            self.env.cr.flush()
            before = self.cr.sql_log_count
            self.env["monitor.approval.take"]._take(self.clock)
            queries.append(self.cr.sql_log_count - before)
        approvals = self.approvals.search([("policy_id", "=", self.policy.id)])
        self.assertEqual(set(approvals.mapped("state")), {"approved"})
        found = self.exceptions.search([("policy_id", "=", self.policy.id)])
        self.assertEqual(sorted(found.mapped("count")), [50, 500])
        self.assertEqual(set(found.mapped("kind")), {"mass_approval"})
        self.assertFalse(
            self.env["mail.mail"].search([("model", "=", "monitor.approval")])
        )
        self.assertLessEqual(queries[1], queries[0] + 10, queries)

    def test_a33_reminders_reach_everything(self):
        documents = (
            self.env["res.partner"]
            .with_user(self.ada)
            .create(
                [{"name": f"Paper {n}", "user_id": self.ada.id} for n in range(180)]
            )
        )
        self.move(documents, "waiting", self.ada)
        self.at(MONDAY + timedelta(days=1))
        age = self.env["monitor.approval.age"]
        runs = []
        for _run in range(5):
            runs.append(len([row for row in age._age(self.clock, limit=50) if row[1]]))
        self.assertEqual(runs, [50, 50, 50, 30, 0])
        reminded = self.env["monitor.approval.event"].search(
            [("policy_id", "=", self.policy.id), ("kind", "=", "reminded")]
        )
        self.assertEqual(len(reminded.approval_id), 180)
        self.move(documents[0], "approved", self.ben)
        self.at(MONDAY + timedelta(days=30))
        self.assertEqual(len(age._age(self.clock)), 179)

    def test_a34_one_warning_one_escalation(self):
        self.policy.write(
            {
                "warn_amount": 7,
                "warn_unit": "days",
                "escalate_amount": 14,
                "escalate_unit": "days",
            }
        )
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        age = self.env["monitor.approval.age"]
        for day in (1, 6, 10, 11, 17, 18, 30):  # down from the 6th to the 10th
            self.at(MONDAY + timedelta(days=day))
            age._age(self.clock)
        story = self.story(approval)
        self.assertEqual(story.count("reminded"), 1)
        self.assertEqual(story.count("escalated"), 1)
        self.assertEqual(approval.escalation_level, 1)
        escalated = approval.event_ids.filtered(lambda one: one.kind == "escalated")
        self.assertEqual(escalated.occurred_at, MONDAY + timedelta(days=14))

    def test_the_age_is_that_of_now(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        for days, bucket in ((0.9, "lt_1d"), (1, "1_3d"), (8, "7_14d"), (14, "gt_14d")):
            self.at(MONDAY + timedelta(days=days))
            self.env["monitor.approval.age"]._age(self.clock)
            self.assertEqual(approval.aging_bucket, bucket)


@tagged("post_install", "-at_install")
class TestCompanies(ScenarioCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        (cls.ada + cls.ben).write({"company_ids": [Command.link(cls.other.id)]})

    def test_a28_each_company_sees_its_own(self):
        document = self.make_document()
        document.company_id = self.other
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        self.assertEqual(approval.company_id, self.other)
        seen = self.approvals.with_user(self.operator)
        self.assertFalse(seen.search([("id", "=", approval.id)]))
        both = self.approvals.with_user(self.ben).with_context(
            allowed_company_ids=(self.env.company + self.other).ids
        )
        self.assertTrue(both.search([("id", "=", approval.id)]))

    def test_a29_a30_amounts_in_the_company_s_currency(self):
        euro = self.env.ref("base.EUR")
        dollar = self.env.ref("base.USD")
        (euro + dollar).active = True
        self.other.currency_id = euro
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "company_id": self.other.id,
                "name": "2026-02-01",
                "rate": 1.1,
            }
        )
        policy = self.make_policy(
            [{"user_ids": self.ben.ids, "amount_from": 50}],
            currency_path="country_id.currency_id",
        )
        for amount, levels in ((54, []), (56, [1])):
            document = self.make_document(
                partner_latitude=amount, country_id=self.env.ref("base.us").id
            )
            document.company_id = self.other
            self.move(document, "waiting", self.ada)
            approval = self.approvals.search(
                [("policy_id", "=", policy.id), ("res_id", "=", document.id)]
            )
            self.assertEqual(approval.tier_ids.mapped("level"), levels)
            self.assertEqual(approval.currency_id, dollar)
            self.assertAlmostEqual(approval.amount_company, amount / 1.1, places=2)
        known = approval.amount_company
        self.env["res.currency.rate"].search([("currency_id", "=", dollar.id)]).rate = 2
        self.sweep(policy)
        self.assertEqual(approval.amount_company, known)

    def test_judged_by_a_version_made_later(self):
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        self.at(5)
        self.policy.due_amount = 99
        later = self.policy.version_ids.sorted("number")[-1]
        self.approvals._judge_versions(self.clock)
        self.assertFalse(approval.exception_ids)
        self.env.cr.execute(
            "UPDATE monitor_approval SET version_id = %s, policy_version = 2 "
            "WHERE id = %s",
            [later.id, approval.id],
        )
        self.env.invalidate_all()
        for _night in range(2):
            self.approvals._judge_versions(self.clock)
        self.assertEqual(self.kinds(approval), ["retroactive"])
        self.env.cr.execute(
            "UPDATE monitor_approval SET version_id = %s WHERE id = %s",
            [(self.policy.version_ids - later).id, approval.id],
        )
        self.env.invalidate_all()
        self.approvals._judge_versions(self.clock)
        self.assertEqual(self.kinds(approval), [])
