"""Alerts: what is stored, when they fire, and two that look at the same moment."""

import psycopg2
from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools.observation import Observation
from .committed_case import CommittedRuleCase
from .incident_case import NOON, IncidentCase, at


@tagged("post_install", "-at_install")
class TestAlert(IncidentCase, TransactionCase):
    def test_records_of_one_rule_are_one_incident(self):
        """A rule about records has no workflow to group by."""
        self.observe(
            NOON,
            *(
                self.seen(workflow=False, labels={"record": f"res.partner,{number}"})
                for number in range(3)
            ),
        )
        incident = self.env["monitor.incident"].search([])
        self.assertEqual((len(incident), incident.alert_count), (1, 3))

    def alert(self):
        alert = self.alerts.search([])
        self.assertEqual(len(alert), 1)
        return alert

    def test_what_is_stored(self):
        team = self.env["monitor.team"].create({"name": "Sales"})
        self.flow.team_id = team
        self.observe(
            NOON,
            self.seen(
                error="x",
                since=at(-1),
                count=2,
                value=0.5,
                code="failed_plain",
                params={"since": at(-1)},
                model="res.partner",
                res_id=3,
                run_ids=(11, 12, 13),
                company_id=self.env.company.id,
            ),
        )
        alert = self.alert()
        self.assertEqual(alert.state, "firing")
        self.assertEqual(alert.severity, "error")
        self.assertEqual(alert.name, "Order to cash: A run failed")
        self.assertEqual(
            alert.labels,
            {
                "alertname": "A run failed",
                "company": str(self.env.company.id),
                "error": "x",
                "kind": "failure",
                "rule": str(self.rule.id),
                "severity": "error",
                "team": "Sales",
                "team_id": str(team.id),
                "workflow": "order-to-cash",
            },
        )
        self.assertEqual((alert.count, alert.value), (2, 0.5))
        self.assertEqual((alert.model, alert.res_id), ("res.partner", 3))
        self.assertEqual((alert.first_run_id, alert.last_run_id), (11, 12))
        self.assertEqual(alert.sample_run_ids, [13])
        self.assertEqual((alert.first_seen_at, alert.fired_at), (at(-1), at(-1)))
        self.assertEqual(alert.last_seen_at, NOON)
        self.assertFalse(alert.next_check_at)

    def test_it_waits_until_it_lasted(self):
        self.rule.for_minutes = 10
        self.observe(NOON, self.seen(since=NOON))
        alert = self.alert()
        self.assertEqual((alert.state, alert.suppression), ("suppressed", "pending"))
        self.assertEqual(alert.next_check_at, at(10))
        self.assertFalse(self.incidents.search([]))
        self.observe(at(9))
        self.assertEqual(alert.state, "suppressed")
        self.observe(at(17))
        self.assertEqual((alert.state, alert.fired_at), ("firing", at(10)))
        self.assertEqual(self.incident_of().opened_at, at(10))

    def test_what_never_lasted_tells_nobody(self):
        self.rule.for_minutes = 10
        self.observe(NOON, self.seen())
        self.observe(at(5), self.seen(active=False))
        self.assertEqual(
            (self.alert().state, self.alert().fired_at), ("resolved", False)
        )
        self.assertFalse(self.incidents.search([]))

    def test_a_rule_that_is_edited_while_it_fires(self):
        self.observe(NOON, self.seen())
        self.rule.write({"for_minutes": 60, "recover_minutes": 20})
        self.observe(at(5), self.seen(active=False, since=at(5)))
        self.assertEqual(self.alert().state, "firing")
        self.assertEqual(self.alert().next_check_at, at(25))
        self.observe(at(400))
        self.assertEqual(self.alert().resolved_at, at(25))

    def test_rules_with_a_window_look_again(self):
        rule = self.make_rule(name="Rate", kind="failure_rate", window_minutes=60)
        self.observe(NOON, self.seen(rule=rule))
        self.assertEqual(self.alert().next_check_at, at(6))
        self.observe(at(6))
        self.assertEqual(self.alert().next_check_at, at(12))

    def test_several_of_the_same_in_one_batch(self):
        self.observe(
            NOON,
            self.seen(count=2, since=at(-2), run_ids=(1, 2)),
            self.seen(count=3, since=at(-1), run_ids=(3, 4)),
        )
        alert = self.alert()
        self.assertEqual((alert.count, alert.first_seen_at), (5, at(-2)))
        self.assertEqual(alert.sample_run_ids, [3, 4])
        self.observe(at(1), self.seen(count=1), self.seen(active=False))
        self.assertEqual(alert.state, "resolved")

    def test_an_alert_without_rule_or_workflow(self):
        """From outside: it is listed; who takes it in says what becomes of it."""
        one = Observation(
            rule_id=0, labels={"alertname": "Disk", "severity": "warning"}, active=True
        )
        self.observe(NOON, one)
        self.assertEqual(self.alert().name, "Disk")
        self.assertEqual(self.alert().severity, "warning")
        self.assertFalse(self.incidents.search([]))

    def test_nothing_new_writes_nothing(self):
        self.observe(NOON, self.seen())
        self.env.cr.execute("SELECT xmin::text, ctid::text FROM monitor_alert")
        before = self.env.cr.fetchall()
        self.observe(at(1))
        self.env.cr.execute("SELECT xmin::text, ctid::text FROM monitor_alert")
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_the_tick_reviews_alerts_and_incidents(self):
        self.rule.for_minutes = 10
        self.alerts._take([self.seen(since=NOON)], NOON)
        self.set_clock(at(10))
        self.alerts._review(at(10))
        self.assertEqual(self.alert().state, "firing")
        names = [name for name, _stage in self.env["monitor.tick"]._stages()]
        self.assertLess(names.index("health"), names.index("alerts"))
        self.assertLess(names.index("alerts"), names.index("incidents"))


@tagged("post_install", "-at_install")
class TestTwoAtOnce(CommittedRuleCase):
    """Two processes, each on a cursor of its own."""

    rule_values = {"name": "Two at once", "kind": "failure", "group_by": "rule"}

    def observations(self):
        labels = {"rule": str(self.rule_id), "severity": "error"}
        return [
            Observation(self.rule_id, {**labels, "error": str(n)}, True, NOON, 1)
            for n in range(20)
        ]

    def take(self, cr):
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        env["monitor.alert"]._take(self.observations(), NOON)
        env.flush_all()

    def test_one_alert_and_one_incident(self):
        """The later of two fails as a whole, is tried again, and only counts."""
        with self.registry_.cursor() as first, self.registry_.cursor() as second:
            second.execute("SET lock_timeout = '100ms'")
            second.execute("SELECT 1 FROM monitor_alert LIMIT 1")  # its snapshot
            self.take(first)
            first.commit()
            with (
                self.assertRaises(psycopg2.Error) as caught,
                mute_logger("odoo.sql_db"),
            ):
                self.take(second)
            self.assertIsInstance(caught.exception, SerializationFailure)
            second.rollback()
            self.take(second)
            second.commit()
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            rule = env["monitor.rule"].browse(self.rule_id)
            self.assertEqual(len(rule.alert_ids), 20)
            self.assertEqual(set(rule.alert_ids.mapped("count")), {2})
            incidents = env["monitor.incident"].search([("rule_id", "=", rule.id)])
            self.assertEqual((len(incidents), incidents.count), (1, 40))
