from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .enrichment_case import NOON, EnrichmentCase

DAYS = {date(2026, 1, 1): 2.0, date(2026, 1, 10): 4.0}


@tagged("post_install", "-at_install", "monitor")
class TestEnrichmentMoney(EnrichmentCase):
    """Amounts are copied with their currency, or in that of the company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.unlink()
        cls.add_field("x_currency_id", ttype="many2one", relation="res.currency")
        cls.add_field("x_amount", ttype="monetary")
        cls.add_field("x_day", ttype="date")
        cls.home = cls.env.company.currency_id
        cls.francs = cls.make_currency("XFR", rounding=0.05)
        cls.make_rates(cls.francs, DAYS)

    @classmethod
    def add_field(cls, name, **values):
        cls.env["ir.model.fields"].create(
            {
                "name": name,
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "field_description": name,
                "state": "manual",
                **values,
            }
        )

    @classmethod
    def make_currency(cls, name, **values):
        return cls.env["res.currency"].create(
            {"name": name, "symbol": name, "active": True, **values}
        )

    @classmethod
    def make_rates(cls, currency, rates, company=None):
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "name": day,
                    "rate": rate,
                    "company_id": (company or cls.env.company).id,
                }
                for day, rate in rates.items()
            ]
        )

    def make_value_rule(self, convert=True, **values):
        line = {"key": "value", "path": "x_amount", "convert": convert}
        return self.env["monitor.enrichment"].create(
            {
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "line_ids": [Command.create(line)],
                **values,
            }
        )

    def context_of(self, **values):
        self.set_clock(NOON)
        action = self.make_action()
        partner = self.make_partner(
            **{"x_amount": 100, "x_currency_id": self.francs.id, **values}
        )
        self.run_on(action, partner)
        return self.runs_of(action).context

    def test_an_amount_is_copied_with_its_currency(self):
        self.make_value_rule(convert=False)

        self.assertEqual(self.context_of(), {"value": 100, "currency": "XFR"})

    def test_an_amount_is_converted_at_the_rate_of_that_day(self):
        self.make_value_rule()

        self.assertEqual(self.context_of(), {"value": 50, "currency": self.home.name})

    def test_the_records_own_day_decides_where_one_is_chosen(self):
        self.make_value_rule(rate_date_path="x_day")

        self.assertEqual(self.context_of(x_day="2026-01-12")["value"], 25)
        self.assertEqual(self.context_of(x_day=False)["value"], 50)

    def test_it_converts_as_odoo_does(self):
        self.make_value_rule(rate_date_path="x_day")
        odd = self.make_currency("XOD")
        self.make_rates(odd, {date(2025, 3, 1): 3.7, date(2025, 9, 1): 0.37})

        for day in "2024-01-01", "2025-03-01", "2025-08-31", "2026-01-01":
            with self.subTest(day):
                expected = odd._convert(
                    77.77, self.home, self.env.company, date.fromisoformat(day)
                )
                context = self.context_of(
                    x_amount=77.77, x_currency_id=odd.id, x_day=day
                )
                self.assertAlmostEqual(context["value"], expected, places=6)

    def test_the_rates_and_the_rounding_are_those_of_the_records_company(self):
        company = self.env["res.company"].create(
            {"name": "Geneva", "currency_id": self.francs.id}
        )
        self.make_rates(self.francs, {date(2026, 1, 1): 3.0}, company)
        self.make_rates(self.home, {date(2026, 1, 1): 1.0}, company)
        self.make_value_rule()
        action = self.make_action()
        partner = self.make_partner(
            x_amount=1.01, x_currency_id=self.home.id, company_id=company.id
        )
        self.env.user.company_ids |= company

        self.run_on(action, partner, allowed_company_ids=company.ids)

        self.assertEqual(
            self.runs_of(action).context, {"value": 3.05, "currency": "XFR"}
        )

    def test_a_branch_uses_the_rates_of_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.env.company.id}
        )
        self.env.user.company_ids |= branch
        self.make_value_rule()
        action = self.make_action()
        partner = self.make_partner(
            x_amount=100, x_currency_id=self.francs.id, company_id=branch.id
        )
        self.set_clock(NOON)

        self.run_on(action, partner, allowed_company_ids=branch.ids)

        self.assertEqual(self.runs_of(action).context["value"], 50)

    def test_an_amount_without_a_currency_is_the_companys(self):
        self.make_value_rule()

        self.assertEqual(
            self.context_of(x_currency_id=False),
            {"value": 100, "currency": self.home.name},
        )

    def test_the_preview_follows_no_path_that_she_may_not_follow(self):
        self.add_field("x_log_id", ttype="many2one", relation="ir.logging")
        log = self.env["ir.logging"].create(
            {
                "name": "secret of the house",
                "type": "server",
                "message": "-",
                "path": "-",
                "func": "-",
                "line": "-",
            }
        )
        partner = self.make_partner(x_log_id=log.id, ref="gold")
        rule = self.make_rule("res.partner", note="x_log_id.name", tier="ref")
        self.env.flush_all()

        for user, seen in (self.manager, False), (self.env.user, True):
            theirs = rule.with_user(user)
            theirs.sample_id = partner.id
            self.assertIn("gold", theirs.preview)
            self.assertEqual("secret of the house" in theirs.preview, seen)

    def test_the_form_knows_amounts(self):
        rule = self.make_value_rule()
        self.assertTrue(rule.has_amount)

        rule.line_ids.write({"convert": False, "path": "ref"})

        self.assertFalse(rule.has_amount)

    def test_only_an_amount_is_converted(self):
        with self.refused("no amount with a currency"):
            self.make_value_rule().line_ids.path = "color"

    def test_only_a_date_says_the_day(self):
        with self.refused("a date is expected"):
            self.make_value_rule(rate_date_path="name")
        with self.refused("has no field"):
            self.make_value_rule(rate_date_path="x_gone")

    def test_choosing_the_records_proposes_fields_and_a_day(self):
        rule = self.env["monitor.enrichment"].new(
            {"model_id": self.env["ir.model"]._get_id("res.partner")}
        )

        rule._onchange_model_id()

        lines = {line.key: line.path for line in rule.line_ids}
        self.assertEqual(lines, {"approval_owner": "user_id"})
        self.assertEqual(rule.rate_date_path, "create_date")
