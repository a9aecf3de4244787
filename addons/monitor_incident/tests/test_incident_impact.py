from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.monitor_core.tools import enrichment

from ..models import monitor_incident_impact
from .incident_case import NOON, IncidentCase, at


class ImpactCase(IncidentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([("id", "!=", cls.env.company.id)]).active = False
        cls.home = cls.env.company.currency_id
        cls.francs = cls.env["res.currency"].create(
            {"name": "XFR", "symbol": "F", "rounding": 0.05}
        )
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.francs.id, "name": "2026-01-01", "rate": 4.0}
        )
        cls.add_field("x_currency_id", "many2one", relation="res.currency")
        cls.add_field("x_amount", "monetary")

    @classmethod
    def add_field(cls, name, kind, **values):
        cls.env["ir.model.fields"].create(
            {
                "name": name,
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "field_description": name,
                "ttype": kind,
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        suggested = {**enrichment.SUGGESTED, "value": ("x_amount",)}
        self.patch(enrichment, "SUGGESTED", suggested)
        self.env.registry.clear_cache("stable")
        self.addCleanup(self.env.registry.clear_cache, "stable")

    def partner(self, amount=0, currency=None, **values):
        currency = currency or self.home
        values = {"name": "Ana", "x_amount": amount, **values}
        return self.env["res.partner"].create({**values, "x_currency_id": currency.id})

    def failed(self, about=None, minutes=0, context=None, **values):
        """Return a run of the flow that failed, on a record if there is one."""
        moment = at(minutes)
        values = {
            "workflow_id": self.flow.id,
            "correlation_id": f"{minutes} {about}",
            "source_ref": "ir.actions.server,1",
            "state": "failed",
            "started_at": moment,
            "finished_at": moment,
            "fingerprint": "abc",
            "model": about and about._name,
            "res_id": about and about.id,
            "record_count": 1 if about else 0,
            "context": context,
            **values,
        }
        return self.env["monitor.run"].create(values)

    def incident_after(self, *runs, minutes=0, **values):
        """Return the incident of an alert that these runs raised."""
        ids = tuple(run.id for run in runs)
        values = {"since": NOON, "run_ids": ids, **values}
        if "rule" not in values:
            values["error"] = "abc"
        self.observe(at(minutes), self.seen(count=len(ids) or 1, **values))
        return self.incidents.search([], order="id desc", limit=1)

    def impact(self, incident):
        return (
            incident.record_count,
            incident.customer_count,
            incident.value_at_stake,
        )


@tagged("post_install", "-at_install", "monitor")
class TestIncidentImpact(ImpactCase, TransactionCase):
    """What is at stake is measured, and counts for the priority."""

    def test_records_customers_and_money_of_failed_runs(self):
        acme = self.partner(100, is_company=True)
        shop = self.partner(20, parent_id=acme.id)
        other = self.partner(400, self.francs)

        incident = self.incident_after(
            *(self.failed(one) for one in (acme, shop, other, shop))
        )

        self.assertEqual(self.impact(incident), (3, 2, 220.0))
        self.assertEqual(incident.currency_id, self.home)
        self.assertIn("3 records", incident.impact_line)
        self.assertIn("2 customers", incident.impact_line)

    def test_later_failures_count_and_others_do_not(self):
        one, two, strange = self.partner(1), self.partner(2), self.partner(4)
        incident = self.incident_after(self.failed(one))
        self.assertEqual(self.impact(incident), (1, 1, 1.0))
        self.failed(strange, 1, fingerprint="def")
        self.failed(strange, 1, state="succeeded", fingerprint=False)
        self.failed(strange, -10)

        self.incident_after(self.failed(two, 2), minutes=3)

        self.assertEqual(self.impact(incident), (2, 2, 3.0))

    def test_what_was_copied_when_it_ran_counts_before_what_is_now(self):
        run = self.failed(self.partner(5), context={"value": 80, "currency": "XFR"})
        self.assertEqual(self.impact(self.incident_after(run)), (1, 1, 20.0))

    def test_transactions_of_other_systems_count_once_each(self):
        told = {"value": "30.00", "currency": "XYZ1", "customer": "Acme"}
        runs = [
            self.failed(correlation_id="A1", context=told),
            self.failed(correlation_id="A1", context=told),
            self.failed(correlation_id="B2", context={**told, "value": 12}),
            self.failed(correlation_id="C3", context={"value": 5, "currency": "QQQ"}),
        ]
        self.assertEqual(self.impact(self.incident_after(*runs)), (0, 1, 42.0))

    def test_a_run_over_many_records_counts_them(self):
        many = {"model": "res.partner", "record_count": 40}
        source = self.env["ir.cron"].search([], limit=1)
        cron = {"source_ref": f"ir.cron,{source.id}", "record_count": 900}
        incident = self.incident_after(
            self.failed(**many), self.failed(**many), self.failed(**cron)
        )
        self.assertEqual(incident.record_count, 40)

    def test_records_that_wait_and_a_backlog(self):
        about = {"model": "res.partner", "run_ids": ()}
        partners = [self.partner(7), self.partner(8)]
        seen = [
            self.seen(labels={"record": str(p.id)}, res_id=p.id, **about)
            for p in partners
        ]
        self.observe(NOON, *seen)
        incident = self.incident_of()
        self.assertEqual(self.impact(incident), (2, 2, 15.0))
        incident.close()

        backlog = self.make_rule(
            name="Backlog",
            kind="backlog",
            group_by="rule",
            model_id=self.env["ir.model"]._get_id("res.partner"),
        )
        params = {"count": 250, "what": "Partner"}
        incident = self.incident_after(
            rule=backlog, code="backlog", params=params, value=250.0, **about
        )
        self.assertEqual(incident.record_count, 250)

    def test_suppliers_are_no_customers(self):
        ranks = ("x_supplier_rank", "x_customer_rank")
        for name in ranks:
            self.add_field(name, "integer")
        self.patch(monitor_incident_impact, "RANKS", ranks)
        seller = self.partner(1, x_supplier_rank=3)
        both = self.partner(1, x_supplier_rank=1, x_customer_rank=2)
        incident = self.incident_after(self.failed(seller), self.failed(both))
        self.assertEqual(self.impact(incident), (2, 1, 2.0))

    def test_who_sells_to_us_by_a_document_is_no_customer(self):
        bill = self.partner(1)
        answers = {
            ("purchase.order", 1, 1): {"customer_id": 7, "value": 1},
            ("account.move", 1, 1): {"customer_id": 7, "kind": "in_invoice"},
            ("account.move", 2, 1): {"customer_id": bill.id, "kind": "out_invoice"},
            ("sale.order", 2, 1): {"customer_id": bill.id},
        }
        self.incidents._forget_suppliers(answers)
        left = [key for key, found in answers.items() if "customer_id" in found]
        self.assertEqual(left, [("account.move", 2, 1), ("sale.order", 2, 1)])

    def test_runs_that_wait_count_while_they_do(self):
        rule = self.make_rule(name="Waits", kind="stalled")
        waits = {"state": "stalled", "finished_at": False, "fingerprint": False}
        self.failed(self.partner(10), **waits)
        self.failed(self.partner(90), **{**waits, "state": "running"})
        incident = self.incident_after(rule=rule, run_ids=())
        self.assertEqual(self.impact(incident), (1, 1, 10.0))

    def test_a_higher_impact_raises_the_priority_and_is_explained(self):
        incident = self.incident_after(self.failed(self.partner(5)))
        self.assertEqual(incident.priority, "3")
        self.assertIn("Impact: medium", incident.priority_reason)

        self.incident_after(self.failed(self.partner(50_000), 1), minutes=1)
        self.assertEqual(incident.priority, "2")
        self.assertIn("priority", self.lines(incident))
        self.assertIn("high (value at stake)", incident.priority_reason)

    def test_merging_counts_a_record_of_both_once(self):
        shared, own = self.partner(10), self.partner(1)
        first = self.incident_after(self.failed(shared), self.failed(own))
        flow = self.make_flow(code="other", technical_owner_id=self.operator.id)
        run = self.failed(shared, workflow_id=flow.id)
        self.rule.workflow_ids |= flow
        second = self.incident_after(run, workflow=flow)
        self.assertNotEqual(first, second)
        second.write({"model": "res.partner", "res_id": self.partner(3).id})

        second.merge(first.id)

        self.assertEqual(self.impact(first), (3, 3, 14.0))

    def test_failures_of_all_kinds_and_those_that_the_alert_names(self):
        one, two, lost = self.partner(1), self.partner(2), self.partner(4)
        runs = [
            self.failed(one, fingerprint="abc"),
            self.failed(two, fingerprint="def"),
            self.failed(lost, state="lost", fingerprint=False),
        ]
        rule = self.make_rule(name="In a row", kind="consecutive_failures")
        incident = self.incident_after(runs[-1], rule=rule)
        self.assertEqual(self.impact(incident), (3, 3, 7.0))

    def test_samples_count(self):
        partners = [self.partner(1) for _number in range(4)]
        runs = [self.failed(p, state="lost", fingerprint=False) for p in partners]
        rule = self.make_rule(name="Lost", kind="lost")
        incident = self.incident_after(*runs, rule=rule)
        self.assertEqual(self.impact(incident), (4, 4, 4.0))

    def test_what_cannot_be_measured_holds_up_nothing(self):
        run = self.failed(self.partner(5))
        broken = patch.object(
            monitor_incident_impact, "compile_plan", side_effect=ZeroDivisionError
        )
        with broken, mute_logger("odoo.addons.monitor_core.models.monitor_recorder"):
            incident = self.incident_after(run)
        self.assertEqual(incident.state, "new")
        self.assertEqual(self.impact(incident), (0, 0, 0.0))

    def test_a_kind_of_record_that_is_gone(self):
        run = self.failed(model="no.such", res_id=7, record_count=1)
        self.assertEqual(self.impact(self.incident_after(run)), (1, 0, 0.0))

    def test_it_takes_as_many_statements_for_many_as_for_one(self):
        runs = [self.failed(self.partner(1)) for _number in range(30)]
        incident = self.incident_after(runs[0])
        counts = []
        for found in (runs[:1], runs):
            incident.alert_ids.first_run_id = found[0]
            self.env.invalidate_all()
            with self.profile_count() as counted:
                incident._measure(at(1))
            counts.append(counted())
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 8)

    def test_no_statement_reads_all_runs(self):
        params = {"ids": (1,), "runs": 10, "failing": monitor_incident_impact.FAILING}
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = f"EXPLAIN {monitor_incident_impact.TOUCHED}"
        self.env.cr.execute(query, params)
        plan = [line for (line,) in self.env.cr.fetchall()]
        self.assertFalse([line for line in plan if "Seq Scan on monitor_run" in line])

    def profile_count(self):
        cr = self.env.cr

        class Count:
            def __enter__(self):
                self.before = cr.sql_log_count
                return lambda: self.found

            def __exit__(self, *_error):
                self.found = cr.sql_log_count - self.before

        return Count()


@tagged("post_install", "-at_install", "monitor")
class TestImpactOfCompanies(ImpactCase, TransactionCase):
    """Who sees an incident does not learn what another company has at stake."""

    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "Other"})

    def failed_of(self, company):
        partner = self.partner(100, company_id=company.id)
        return self.failed(partner, company_id=company.id)

    def test_amounts_of_its_own_company_only(self):
        here = self.env.company
        runs = self.failed_of(here), self.failed_of(self.other)
        incident = self.incident_after(*runs, company_id=here.id)
        self.assertEqual(self.impact(incident), (2, 1, 100.0))

    def test_an_incident_of_all_companies_tells_no_amounts_of_one(self):
        told = self.failed(self.partner(7), context={"value": 9, "customer": "Acme"})
        runs = self.failed_of(self.env.company), self.failed_of(self.other), told
        self.assertEqual(self.impact(self.incident_after(*runs)), (3, 1, 9.0))

    def test_a_record_of_another_company_is_not_asked(self):
        partner = self.partner(100, company_id=self.other.id)
        run = self.failed(partner, company_id=self.env.company.id)
        incident = self.incident_after(run, company_id=self.env.company.id)
        self.assertEqual(self.impact(incident), (1, 0, 0.0))


@tagged("post_install", "-at_install", "monitor")
class TestPriority(IncidentCase, TransactionCase):
    """The priority follows the deadline, and what people say."""

    def setUp(self):
        super().setUp()
        self.rule.write({"resolve_minutes": 600, "working_time": False})
        self.observe(NOON, self.seen())
        self.incident = self.incident_of()

    def test_a_deadline_that_comes_near_raises_it_once(self):
        incident = self.incident
        self.assertEqual(incident.resolve_by, at(hours=10))
        self.assertEqual(incident.priority, "3")
        self.assertEqual(incident.priority_review_at, at(hours=6))
        for hours, priority in ((5.9, "3"), (6, "3"), (9, "2"), (20, "2")):
            with self.subTest(hours):
                self.incidents._advance(at(hours=hours))
                self.assertEqual(incident.priority, priority)
        self.assertFalse(incident.priority_review_at)
        self.assertEqual(self.lines(incident).count("priority"), 1)

    def test_a_snooze_stops_that_clock(self):
        self.set_clock(at(hours=1))
        self.incident.with_user(self.operator).snooze("2026-03-03 12:00:00")
        self.assertFalse(self.incident.priority_review_at)
        self.incidents._advance(at(hours=23))
        self.assertEqual(self.incident.priority, "3")
        self.incidents._advance(at(hours=24))
        self.assertEqual(self.incident.priority_review_at, at(hours=24 + 5))

    def test_who_finds_it_worse_brings_its_deadlines_forward(self):
        self.rule.resolve_minutes = 0
        incident = self.incident.with_user(self.operator)
        due = incident.resolve_by
        incident.severity = "critical"
        self.assertLess(incident.resolve_by, due)
        self.assertTrue(incident.postmortem_required)
        self.assertEqual(incident.action_count, 1)
        self.assertEqual(self.lines(incident)[-1], "severity_set")
        due = incident.resolve_by
        incident.severity = "info"
        self.assertEqual(incident.resolve_by, due)
        self.assertTrue(incident.postmortem_required)
        with self.assertRaisesRegex(UserError, "critical"):
            incident.severity = "fatal"

    def test_the_same_asked_for_as_worse_is_worse(self):
        values = {"title": "Look", "severity": "warning", "user_id": self.operator.id}
        asked = self.incidents._open_directly("asked:1", values, NOON)
        due = asked.resolve_by
        again = {**values, "severity": "critical"}
        self.assertEqual(self.incidents._open_directly("asked:1", again, at(1)), asked)
        self.assertEqual(asked.severity, "critical")
        self.assertTrue(asked.postmortem_required)
        self.assertLess(asked.resolve_by, due)
        self.assertEqual(asked.priority, "2")
