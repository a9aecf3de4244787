"""From alerts to incidents: one for one problem, told once, over when it is over."""

from datetime import timedelta
from unittest.mock import patch

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

    def test_scenario_33_ten_thousand_failures_are_one_incident(self):
        """10,000 identical failures in ten minutes: one incident, told once."""
        runs = iter(range(1, 20_000))

        def failures(now):
            if now > at(9):
                return []
            ids = tuple(next(runs) for _run in range(7))
            return [self.seen(count=1000, since=NOON, run_ids=ids)]

        told = self.run_through(NOON, at(hours=5), failures)
        incident = self.incident_of()
        self.assertEqual(incident.count, 10_000)
        self.assertEqual(told, [(at(1), "first"), (at(hours=4, minutes=1), "repeat")])
        marks = [
            entry.text_params["count"]
            for entry in incident.entry_ids.sorted("id")
            if entry.text_code == "milestone"
        ]
        self.assertEqual(marks, [100, 1000, 10_000])
        alert = incident.alert_ids
        self.assertEqual((alert.first_run_id, alert.last_run_id), (1, 65))
        self.assertEqual(alert.sample_run_ids, [3, 4, 5, 6, 7])

    def test_scenario_33_the_last_failure_costs_what_the_first_did(self):
        self.observe(NOON, self.seen(count=1))
        costs = []
        for minute, count in ((1, 1), (2, 9_900), (3, 1), (4, 1)):
            before = self.env.cr.sql_log_count
            self.alerts._take([self.seen(count=count)], at(minute))
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(costs[2], costs[3])
        self.assertLessEqual(costs[3], costs[0])

    def test_scenario_33_fifty_errors_that_trickle_in_are_told_thrice(self):
        def trickle(now):
            number = (now - NOON) // timedelta(minutes=1)
            if number >= 10:
                return []
            return [
                self.seen(error=f"e{number * 5 + n}", count=1, since=now)
                for n in range(5)
            ]

        told = self.run_through(NOON, at(59), trickle)
        self.assertEqual(self.incident_of().alert_count, 50)
        self.assertLessEqual(len(told), 3)
        self.assertEqual([reason for _at, reason in told][0], "first")

    def test_scenario_34_a_source_that_is_down_explains_its_failures(self):
        """200 failures of one connector: told once, the explained ones are listed."""
        self.env["monitor.inhibition"].create(
            {
                "name": "The connector is down",
                "source_matchers": 'kind="misconfigured"',
                "target_matchers": 'kind="failure"',
                "equal_labels": "workflow",
            }
        )
        down = self.make_rule(name="Connector down", kind="misconfigured")
        self.observe(NOON, self.seen(rule=down))
        failures = [self.seen(error=f"e{n}", since=at(1)) for n in range(200)]
        self.observe(at(1), *failures)
        self.assertEqual(self.incident_of().alert_count, 1)
        explained = self.alerts.search([("suppression", "=", "inhibited")])
        self.assertEqual(len(explained), 200)
        self.assertEqual(
            set(explained.mapped("suppressed_by")), {"Order to cash: Connector down"}
        )
        self.observe(at(5), self.seen(active=False, rule=down))
        self.assertFalse(self.alerts.search([("state", "=", "suppressed")]))

    def test_scenario_35_flapping_is_one_incident(self):
        """Up and down every two minutes for an hour, then well."""

        def flap(now):
            minute = (now - NOON) // timedelta(minutes=1)
            if minute > 60 or minute % 2:
                return []
            return [self.seen(active=minute % 4 == 0, since=now, count=1)]

        told = self.run_through(NOON, at(60), flap)
        incident = self.incident_of()
        self.assertTrue(incident.flapping)
        self.assertIn(incident.state, ("new", "acknowledged"))
        self.assertIn("flapping", self.lines(incident))
        told += self.run_through(at(61), at(hours=2), flap)
        # At 60 it began for the last time: it is well from 62 on.
        self.observe(at(hours=2, minutes=1), self.seen(active=False, since=at(62)))
        self.assertEqual(self.incident_of().state, "resolved")
        self.assertLessEqual(len(told), 2)

    def test_scenario_36_over_within_the_group_wait_is_not_told(self):
        self.observe(NOON, self.seen(since=NOON))
        self.observe(at(seconds=20), self.seen(active=False, since=at(seconds=20)))
        incident = self.incident_of()
        self.assertEqual(incident.state, "resolved")
        self.assertEqual(incident.resolution, "self_resolved")
        self.assertFalse(incident.notify_at)
        self.assertFalse(self.tell(at(hours=5)))

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

    def test_scenario_45_it_reopens_and_its_clock_continues(self):
        self.rule.write(
            {"respond_minutes": 60, "resolve_minutes": 240, "working_time": False}
        )
        self.observe(NOON, self.seen())
        self.tell(at(1))
        self.observe(at(30), self.seen(active=False, since=at(30)))
        self.observe(at(90), self.seen(since=at(90)))
        incident = self.incident_of()
        self.assertEqual((incident.state, incident.reopen_count), ("new", 1))
        # An hour during which it was over does not count.
        self.assertEqual(incident.respond_by, at(120))
        self.assertEqual(incident.resolve_by, at(300))
        self.assertEqual(len(incident.alert_ids), 2)

    def test_scenario_45_a_breach_is_of_the_moment_it_was_due(self):
        self.rule.write({"respond_minutes": 15, "working_time": False})
        self.observe(NOON, self.seen())
        self.observe(at(22))
        incident = self.incident_of()
        self.assertEqual(incident.respond_breached_at, at(15))
        self.assertIn("respond_missed", self.lines(incident))
        self.observe(at(23))
        self.assertEqual(self.lines(incident).count("respond_missed"), 1)

    def test_what_becomes_known_late_is_due_from_then_on(self):
        self.rule.write({"respond_minutes": 15, "working_time": False})
        self.observe(NOON, self.seen(since=at(hours=-72)))
        incident = self.incident_of()
        self.assertEqual(incident.opened_at, at(hours=-72))
        self.assertEqual(incident.respond_by, at(15))
        self.assertFalse(incident.respond_breached_at)

    def test_scenario_45_a_snooze_does_not_count(self):
        self.rule.write(
            {"respond_minutes": 60, "resolve_minutes": 240, "working_time": False}
        )
        self.observe(NOON, self.seen())
        self.set_clock(at(30))
        incident = self.incident_of()
        incident.snooze(str(at(90)))
        self.assertFalse(incident.notify_at)
        self.observe(at(89))
        self.assertEqual(
            (incident.state, incident.respond_breached_at), ("snoozed", False)
        )
        self.observe(at(90))
        self.assertEqual(incident.state, "new")
        self.assertEqual(incident.respond_by, at(120))
        self.assertEqual(self.tell(at(90)), {incident: "first"})

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

    def test_scenario_46_one_that_cannot_be_opened_keeps_no_other(self):
        self.make_rule(name="Defect", kind="defect", group_by="rule")
        other = self.make_flow(code="other", name="Other")
        true_title = type(self.incidents)._title

        def title(model, key, alerts, lead):
            if lead.workflow_id == self.flow:
                raise ZeroDivisionError("odd record")
            return true_title(model, key, alerts, lead)

        with (
            patch.object(type(self.incidents), "_title", title),
            mute_logger(INTAKE),
        ):
            self.observe(NOON, self.seen(), self.seen(workflow=other))
        opened = self.incidents.search([])
        self.assertEqual(sorted(opened.rule_id.mapped("kind")), ["defect", "failure"])
        broken = self.alerts.search([("incident_id", "=", False)])
        self.assertEqual(broken.next_check_at, at(hours=1))
        self.observe(at(59))
        self.assertFalse(broken.incident_id)
        self.observe(at(hours=1))
        self.assertTrue(broken.incident_id)

    def test_scenario_46_one_that_cannot_be_followed_keeps_no_other(self):
        self.make_rule(name="Defect", kind="defect", group_by="rule")
        other = self.make_flow(code="other", name="Other")
        self.observe(NOON, self.seen(), self.seen(workflow=other))
        true_lines = type(self.incidents)._log_alerts

        def lines(model, changed, now):
            if self.flow in model.workflow_id:
                raise ZeroDivisionError("odd record")
            return true_lines(model, changed, now)

        with (
            patch.object(type(self.incidents), "_log_alerts", lines),
            mute_logger(INTAKE),
        ):
            self.observe(at(1), self.seen(count=5), self.seen(workflow=other, count=5))
        counts = {
            incident.workflow_id: incident.count
            for incident in self.incidents.search([("rule_id.kind", "=", "failure")])
        }
        self.assertEqual(counts, {self.flow: 1, other: 6})
        self.assertTrue(self.incidents.search([("rule_id.kind", "=", "defect")]))
        self.observe(at(hours=1, minutes=1))
        self.assertEqual(self.flow.incident_ids.count, 6)

    def test_scenario_46_one_that_could_not_be_resolved_is_later(self):
        self.observe(NOON, self.seen())

        def fail(model, now):
            raise ZeroDivisionError("odd record")

        with (
            patch.object(type(self.incidents), "_resolve_recovered", fail),
            mute_logger(INTAKE),
        ):
            self.observe(at(1), self.seen(active=False))
        incident = self.incident_of()
        self.assertEqual(incident.state, "new")
        self.observe(at(59))
        self.assertEqual(incident.state, "new")
        self.observe(at(60))
        self.assertEqual((incident.state, incident.resolved_at), ("resolved", at(1)))

    def test_scenario_46_one_alert_that_cannot_be_read_keeps_no_other(self):
        self.make_rule(name="Defect", kind="defect", group_by="rule")
        self.observe(NOON, self.seen(error="odd"), self.seen(error="b"))
        odd = self.alerts.search([]).filtered(lambda a: a.labels["error"] == "odd")
        odd.flips = ["no moment"]
        with mute_logger("odoo.addons.monitor_incident.models.monitor_alert_take"):
            self.observe(
                at(1), self.seen(error="odd", count=1), self.seen(error="b", count=1)
            )
        fine = self.alerts.search([("count", "=", 2)])
        self.assertEqual(fine.labels["error"], "b")
        self.assertEqual(odd.next_check_at, at(hours=1, minutes=1))
        self.assertTrue(self.incidents.search([("rule_id.kind", "=", "defect")]))

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
