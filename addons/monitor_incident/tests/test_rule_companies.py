from odoo.tests import TransactionCase, tagged

from .rule_case import RuleCase


@tagged("post_install", "-at_install", "monitor")
class TestRuleCompanies(RuleCase, TransactionCase):
    """An error that one company met is not told to another."""

    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "Other"})
        self.flow = self.make_flow(steps=(), code="orders", kind="external")

    def test_a_workflow_of_all_companies_quotes_no_error(self):
        self.make_rule("consecutive_failures")
        self.report("orders", "failed")
        (seen,) = self.look(5)
        self.assertEqual(seen.code, "failures_in_a_row_plain")

    def test_a_workflow_of_one_company_does(self):
        self.flow.company_id = self.env.company
        self.make_rule("consecutive_failures")
        self.report("orders", "failed")
        (seen,) = self.look(5)
        self.assertEqual(seen.params["error"], "no stock")

    def test_each_failure_is_of_its_company(self):
        self.make_rule("failure")
        self.report("orders", "failed")
        (seen,) = self.look(5)
        self.assertEqual(seen.company_id, self.env.company.id)
