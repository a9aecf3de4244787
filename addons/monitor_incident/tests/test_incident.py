"""From alerts to incidents: one for one problem, told once, over when it is over."""

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .incident_case import NOON, IncidentCase, at

INTAKE = "odoo.addons.monitor_incident.models.monitor_incident_intake"


@tagged("post_install", "-at_install")
class TestIncident(IncidentCase, TransactionCase):
    def test_a_failure_opens_an_incident(self):
        self.observe(NOON, self.seen(since=at(-2), count=1))
        incident = self.incident_of()
        self.assertRegex(incident.name, r"INC-\d+")
        self.assertEqual(incident.state, "new")
        self.assertEqual(incident.user_id, self.operator)
        self.assertEqual(incident.title, "Order to cash: A run failed")
        self.assertEqual(incident.workflow_id, self.flow)
        self.assertEqual(incident.priority, "3")
        self.assertEqual(incident.detect_ms, 120_000)
        self.assertEqual(incident.opened_at, at(-2))
        self.assertEqual(incident.notify_at, at(seconds=30))
        self.assertEqual(self.lines(incident), ["opened", "owner"])

    def test_an_informational_rule_opens_none(self):
        self.rule.action_required = False
        self.observe(NOON, self.seen())
        self.assertEqual(self.alerts.search([]).state, "firing")
        self.assertFalse(self.incidents.search([]))

    def test_recovery_resolves_with_the_evidence(self):
        self.observe(NOON, self.seen(since=NOON, count=3))
        self.tell(at(1))
        self.flow.run_start("order-to-cash", "ok")
        self.set_clock(at(9))
        self.flow.run_finish("order-to-cash", "ok", "succeeded")
        self.env.flush_all()
        self.observe(at(10), self.seen(active=False, since=at(9)))
        incident = self.incident_of()
        self.assertEqual(incident.state, "resolved")
        self.assertEqual(incident.resolution, "recovered")
        self.assertEqual(incident.resolved_at, at(9))
        self.assertEqual(incident.resolve_ms, 540_000)
        self.assertEqual(incident.evidence["count"], 3)
        self.assertTrue(incident.evidence["run_id"])
        self.assertEqual(self.lines(incident)[-1], "recovered_runs")
        self.assertEqual(self.tell(at(11)), {incident: "resolved"})

    def test_one_of_two_alerts_over_is_not_all(self):
        self.observe(NOON, self.seen(error="a"), self.seen(error="b"))
        self.observe(at(10), self.seen(active=False, error="a"))
        incident = self.incident_of()
        self.assertEqual(incident.state, "new")
        self.assertEqual(self.lines(incident)[-1], "alert_over")

    def test_what_becomes_known_late_is_due_from_then_on(self):
        self.rule.write({"respond_minutes": 15, "working_time": False})
        self.observe(NOON, self.seen(since=at(hours=-72)))
        incident = self.incident_of()
        self.assertEqual(incident.opened_at, at(hours=-72))
        self.assertEqual(incident.respond_by, at(15))
        self.assertFalse(incident.respond_breached_at)

    def test_after_a_day_it_is_a_new_one_with_the_earlier(self):
        self.observe(NOON, self.seen())
        self.observe(at(1), self.seen(active=False))
        self.observe(at(hours=26))
        first = self.incident_of()
        self.assertEqual(first.state, "closed")
        self.assertEqual(first.closed_at, at(hours=24, minutes=1))
        self.assertEqual(first.noise_ratio, 1.0)
        self.observe(at(hours=27), self.seen())
        second = self.incidents.search([]) - first
        self.assertEqual(second.previous_id, first)
        self.assertEqual(self.lines(second)[0], "opened_again")

    def test_one_that_is_open_for_a_day_takes_nothing_new(self):
        """Otherwise the next storm goes unnoticed in it (Keep, issue 5175)."""
        self.observe(NOON, self.seen(error="a"))
        first = self.incident_of()
        self.observe(at(hours=25), self.seen(error="a", count=5))
        self.assertEqual(self.incident_of().count, 6)
        self.observe(at(hours=26), self.seen(error="b"))
        second = self.incidents.search([]) - first
        self.assertEqual(second.previous_id, first)
        self.assertEqual(first.frozen_at, at(hours=26))
        self.assertEqual(second.alert_ids.labels["error"], "b")

    def test_a_worse_alert_raises_severity_and_wakes(self):
        self.observe(NOON, self.seen())
        incident = self.incident_of()
        incident.snooze(str(at(hours=5)))
        worse = self.make_rule(name="Lost", kind="lost", severity="critical")
        self.observe(at(5), self.seen(rule=worse))
        self.assertEqual(incident.severity, "critical")
        self.assertEqual(incident.state, "new")
        self.assertEqual(incident.priority, "2")
        self.assertTrue(incident.postmortem_required)

    def test_what_people_resolved_and_still_fails_is_open_again(self):
        self.observe(NOON, self.seen(count=1))
        incident = self.incident_of()
        self.set_clock(at(10))
        incident.resolve("restarted it")
        self.observe(at(11), self.seen(count=1))
        self.assertEqual(self.incident_of().state, "new")
        self.assertIn("reopened_auto", self.lines(incident))

    def test_what_people_resolved_and_still_holds_is_open_again_later(self):
        self.observe(NOON, self.seen())
        incident = self.incident_of()
        incident.resolve()
        self.observe(at(hours=3, minutes=59))
        self.assertEqual(incident.state, "resolved")
        self.observe(at(hours=4))
        self.assertEqual(incident.state, "new")

    def test_a_rule_that_was_archived_ends_its_alerts(self):
        self.observe(NOON, self.seen())
        self.rule.active = False
        self.observe(at(1))
        self.assertEqual(self.incident_of().state, "resolved")

    def test_group_by(self):
        other = self.make_flow(code="other", name="Other")
        for group_by, count in (("rule", 1), ("workflow", 2)):
            with self.subTest(group_by):
                self.incidents.search([]).unlink()
                self.alerts.search([]).unlink()
                self.rule.group_by = group_by
                self.observe(NOON, self.seen(), self.seen(workflow=other))
                self.assertEqual(self.incidents.search_count([]), count)

    def test_a_severity_that_is_not_known_is_the_rules(self):
        self.rule.severity = "warning"
        self.observe(NOON, self.seen(labels={"severity": "page"}))
        self.assertEqual(self.incident_of().severity, "warning")

    def test_a_server_action_that_fails_is_shown(self):
        self.rule.server_action_id = self.env["ir.actions.server"].create(
            {
                "name": "Break",
                "model_id": self.env["ir.model"]._get_id("monitor.incident"),
                "state": "code",
                "code": "record.write({'resolution_note': 'x'}); 1 / 0",
            }
        )
        with mute_logger(INTAKE):
            self.observe(NOON, self.seen())
        incident = self.incident_of()
        self.assertIn("server_action_failed", self.lines(incident))
        self.assertFalse(incident.resolution_note)
        self.rule.server_action_id.code = "record.write({'resolution_note': 'x'})"
        self.observe(at(hours=25), self.seen(error="new"))
        new = self.incidents.search([]) - incident
        self.assertEqual(new.resolution_note, "x")

    def test_each_reader_reads_in_her_time_zone(self):
        self.observe(NOON, self.seen(code="late", params={"expected": NOON}))
        incident = self.incident_of()
        incident._log("snoozed", "snoozed", {"until": NOON, "user": "Ana"}, now=NOON)
        for zone, hour in (("UTC", "12:00"), ("Asia/Tokyo", "21:00")):
            with self.subTest(zone):
                alert = incident.alert_ids.with_context(tz=zone)
                self.assertIn(hour, alert.summary)
                line = incident.entry_ids.with_context(tz=zone).filtered(
                    lambda e: e.text_code == "snoozed"
                )
                self.assertIn(hour, line.text)

    def test_a_tick_costs_as_much_with_many_open_alerts(self):
        """50 changes among 5,000 open alerts: as many statements as among 500."""
        rule = self.make_rule(name="Info", kind="late", action_required=False)
        counts = []
        for size in (500, 5000):
            known = self.alerts.search_count([])
            self.alerts._take(
                [
                    self.seen(rule=rule, error=f"n{number}")
                    for number in range(known, size)
                ],
                NOON,
            )
            self.observe(at(1))
            flow = self.make_flow(code=f"flow{size}", name="Of this round")
            changes = [
                self.seen(error=f"c{n}", count=1, workflow=flow) for n in range(50)
            ]
            self.observe(at(2), *changes)
            self.observe(at(3), *changes)  # the hundredth is a milestone
            before = self.env.cr.sql_log_count
            self.observe(at(4), *changes)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
