"""The acceptance scenarios of what follows from alerts, each under its number.

Alerts, incidents and messages are real, the clock is the test's. Here are 33 to 36, 41,
42, 45 and 48; 37 to 40 and 43 to 46 in ``test_scenarios_escalation``, 33 and 46 in
``test_scenarios_races``, 47 in ``test_scenarios_burn``. 44 is told by two processes:
``tests/process/test_escalate.py``.
"""

from datetime import datetime, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

from .escalation_case import at as on
from .incident_case import NOON, at
from .scenario_case import HALF_MINUTE, ActionCase

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install", "monitor")
class TestScenariosAction(ActionCase, TransactionCase):
    """One problem is one incident, told once, in time, to whom it concerns."""

    # 33: ten thousand of the same

    def test_33_dedup_ten_thousand(self):
        """From runs that fail to the message, through the tick."""
        for minute in range(10):
            self.ran(at(minute), "failed", count=1000, error="The bank is down")
            self.look(at(minute))
            self.look(at(minute) + HALF_MINUTE)
        incident = self.flow.incident_ids
        self.assertEqual((len(incident), incident.count), (1, 10_000))
        self.assertEqual(incident.alert_ids.count, 10_000)
        for moment in (at(30), at(hours=4), at(hours=4, seconds=30), at(hours=5)):
            self.look(moment)
        self.assertEqual(
            self.told(incident),
            [(at(seconds=30), "first"), (at(hours=4, seconds=30), "repeat")],
        )
        self.assertEqual(self.milestones(incident), [100, 1000, 10_000])

    def milestones(self, incident):
        lines = incident.entry_ids.sorted("id")
        lines = lines.filtered(lambda line: line.text_code == "milestone")
        return [line.text_params["count"] for line in lines]

    def test_33_samples_are_kept_not_all_runs(self):
        runs = iter(range(1, 20_000))

        def failures(now):
            if now > at(9) or now.second:
                return []
            ids = tuple(next(runs) for _run in range(7))
            return [self.seen(count=1000, since=NOON, run_ids=ids)]

        self.live(NOON, at(10), failures)
        incident = self.incident_of()
        self.assertEqual(incident.count, 10_000)
        alert = incident.alert_ids
        self.assertEqual((alert.first_run_id, alert.last_run_id), (1, 65))
        self.assertEqual(alert.sample_run_ids, [3, 4, 5, 6, 7])

    def test_33_fifty_errors_that_trickle_in_are_told_thrice(self):
        def trickle(now):
            number = (now - NOON) // MINUTE
            if number >= 10 or now.second:
                return []
            return [
                self.seen(error=f"e{number * 5 + n}", count=1, since=now)
                for n in range(5)
            ]

        self.live(NOON, at(20), trickle)
        self.assertEqual(self.incident_of().alert_count, 50)
        self.assertEqual(
            self.told(),
            [
                (at(seconds=30), "first"),
                (at(5, seconds=30), "firing"),
                (at(10, seconds=30), "firing"),
            ],
        )

    def test_33_the_last_failure_costs_what_the_first_did(self):
        self.observe(NOON, self.seen(count=1))
        costs = []
        for minute, count in ((1, 1), (2, 9_900), (3, 1), (4, 1)):
            before = self.env.cr.sql_log_count
            self.alerts._take([self.seen(count=count)], at(minute))
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(costs[2], costs[3])
        self.assertLessEqual(costs[3], costs[0])

    def test_33_the_row_of_the_incident_is_written_by_the_tick_alone(self):
        """A tick comes once a second at most; what fails only adds its own rows."""
        self.ran(NOON, "failed", error="x")
        self.look(NOON)
        api_ = self.api_of(self.service)
        self.set_clock(at(1))
        before = self.version()
        for number in range(50):
            api_.run_start(self.flow.code, f"again-{number}", {})
            api_.run_finish(self.flow.code, f"again-{number}", "failed", "x")
        self.assertEqual(self.version(), before)
        self.look(at(1))
        self.assertNotEqual(self.version(), before)

    def version(self):
        """Return what changes with each write of the incident's row."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT ctid::text FROM monitor_incident WHERE workflow_id = %s",
            [self.flow.id],
        )
        return self.env.cr.fetchall()

    # 34 to 36: groups, flapping, self-resolved

    def test_34_two_hundred_failures_are_one_message(self):
        self.live(NOON, at(10), lambda now: self.two_hundred() if now == NOON else [])
        self.assertEqual(self.incident_of().alert_count, 200)
        self.assertEqual(self.told(), [(at(seconds=30), "first")])

    def two_hundred(self):
        return [self.seen(error=f"e{n}", since=at(1)) for n in range(200)]

    def test_34_what_the_connector_explains_is_listed(self):
        self.env["monitor.inhibition"].create(
            {
                "name": "The connector is down",
                "source_matchers": 'kind="misconfigured"',
                "target_matchers": 'kind="failure"',
                "equal_labels": "workflow",
            }
        )
        down = self.make_rule(
            name="Connector down",
            kind="misconfigured",
            escalation_policy_id=self.policy.id,
        )
        self.live(NOON, NOON, lambda _now: [self.seen(rule=down)])
        self.live(at(1), at(10), lambda n: self.two_hundred() if n == at(1) else [])
        self.assertEqual(self.incident_of().alert_count, 1)
        self.assertEqual(self.told(), [(at(1), "first")])
        mine = self.alerts.with_user(self.operator)
        explained = mine.search([("suppression", "=", "inhibited")])
        self.assertEqual(len(explained), 200)
        self.assertEqual(
            set(explained.mapped("suppressed_by")), {"Order to cash: Connector down"}
        )
        self.observe(at(11), self.seen(active=False, rule=down))
        self.assertFalse(self.alerts.search([("state", "=", "suppressed")]))

    def test_35_flapping(self):
        """Up and down every two minutes for an hour, then well."""

        def flap(now):
            minute = (now - NOON) // MINUTE
            if now.second or minute > 62 or minute % 2:
                return []
            return [self.seen(active=minute % 4 == 0, since=now, count=1)]

        self.live(NOON, at(60), flap)
        incident = self.incident_of()
        self.assertTrue(incident.flapping)
        self.assertEqual(incident.state, "new")
        self.assertEqual(self.lines(incident).count("flapping"), 1)
        self.live(at(61), at(91), flap)  # it ended for the last time at 62
        self.assertEqual(self.incident_of().state, "new")
        self.live(at(92), at(100), flap)
        self.assertEqual((incident.state, incident.resolved_at), ("resolved", at(92)))
        self.assertEqual(self.told(), [(at(seconds=30), "first"), (at(92), "resolved")])

    def test_36_over_within_the_group_wait(self):
        self.observe(NOON, self.seen(since=NOON))
        self.escalate(NOON)
        self.observe(at(seconds=20), self.seen(active=False, since=at(seconds=20)))
        self.live(at(seconds=30), at(hours=5), every=10 * MINUTE)
        incident = self.incident_of()
        self.assertEqual(
            (incident.state, incident.resolution), ("resolved", "self_resolved")
        )
        self.assertIn("self_resolved", self.lines(incident))
        self.assertFalse(incident.notification_ids)

    # 41 and 42: silences and maintenance

    def test_41_a_silence_ends_on_saturday_while_it_fires(self):
        friday, saturday = datetime(2026, 3, 6, 9), datetime(2026, 3, 7, 10)
        silence = self.make_silence(ends_at=saturday)
        self.live(at(5), at(5), lambda _now: [self.seen()])
        alert = self.alerts.search([])
        self.assertEqual((alert.state, alert.suppression), ("suppressed", "silence"))
        self.assertEqual(alert.suppressed_by, "Bank is down")
        self.assertEqual(silence.last_match_at, at(5))
        self.live(friday - MINUTE, friday - MINUTE)
        self.assertFalse(silence.reminded_at)
        self.live(friday, friday + 10 * MINUTE, every=MINUTE)
        self.assertEqual(silence.reminded_at, friday)
        reminder = silence.message_ids.filtered(lambda m: m.create_uid == self.env.user)
        self.assertEqual(len(reminder.filtered("partner_ids")), 1)
        self.assertEqual(reminder.notified_partner_ids, self.operator.partner_id)
        self.assertFalse(self.incidents.search([]))
        self.live(saturday - MINUTE, saturday + 10 * MINUTE)
        self.assertEqual(alert.state, "firing")
        self.assertIn("alert_released", self.lines(self.incident_of()))
        self.assertEqual(self.told(), [(saturday + HALF_MINUTE, "released")])

    def test_41_of_what_was_told_before(self):
        self.live(NOON, at(1), lambda now: [self.seen()] if now == NOON else [])
        self.make_silence(starts_at=at(10), ends_at=at(60))
        self.live(at(10), at(70))
        self.assertEqual(self.told(), [(at(seconds=30), "first"), (at(60), "released")])
        label = dict(self.env["monitor.notification"]._fields["reason"].selection)
        self.assertEqual(label["released"], "Silence expired")

    def test_41_without_end_or_too_long_is_refused(self):
        """More than seven days are for managers; without end is for nobody."""
        for user, ends_at, refused in (
            (self.operator, False, True),
            (self.manager, False, True),
            (self.operator, at(hours=7 * 24, seconds=1), True),
            (self.operator, at(hours=7 * 24), False),
            (self.manager, at(hours=30 * 24), False),
            (self.operator, at(-5), True),
        ):
            with self.subTest(user=user.login, ends_at=ends_at):
                if not refused:
                    self.make_silence(user=user, ends_at=ends_at)
                    continue
                with self.assertRaises(ValidationError):
                    self.make_silence(user=user, ends_at=ends_at)

    def test_42_maintenance(self):
        """From 2 to 4 on Tuesday: 40 alerts, of which 10 are still there at its end."""
        night = datetime(2026, 3, 3)
        window = self.make_window(
            tuesday=True, matchers='workflow=~"w.*"', start_hour=2, workflow_ids=[]
        )
        flows = [
            self.make_flow(
                code=f"w{n}", name=f"W{n}", technical_owner_id=self.operator.id
            )
            for n in range(41)
        ]
        before, flows = flows[0], flows[1:]

        def night_work(now):
            if now == on(night, 1, 50):
                return [self.seen(workflow=before)]
            if now == on(night, 2, 10):
                return [self.seen(workflow=flow) for flow in flows]
            if now == on(night, 2, 20):
                return [self.seen(active=False, workflow=before)]
            if now == on(night, 2, 30):
                return [self.seen(active=False, workflow=flow) for flow in flows[10:]]
            return []

        self.live(on(night, 1, 50), on(night, 2, 10), night_work)
        muted = self.alerts.search([("silence_id", "=", window.id)])
        self.assertEqual(window.alert_ids, muted)
        self.assertEqual(set(muted.mapped("suppression")), {"maintenance"})
        self.assertEqual(len(muted - before.incident_ids.alert_ids), 40)
        self.live(on(night, 2, 11), on(night, 3, 59), night_work)
        began = on(night, 1, 50) + HALF_MINUTE
        self.assertEqual(
            self.told(), [(began, "first"), (on(night, 2, 20), "resolved")]
        )
        self.assertEqual(self.incident_of().state, "resolved")
        self.live(on(night, 4), on(night, 5))
        left = self.incidents.search([("state", "=", "new")])
        self.assertEqual((len(left), left.alert_count), (1, 10))
        self.assertEqual(left.title, "10 alerts still there after “Backup”")
        self.assertEqual(self.told(left), [(on(night, 4) + HALF_MINUTE, "released")])
        self.assertEqual(len(self.incidents.search([])), 2)

    # 45: deadlines of a rule

    def test_45_it_reopens_and_its_clock_continues(self):
        self.rule.write(
            {"respond_minutes": 60, "resolve_minutes": 240, "working_time": False}
        )
        self.live(NOON, at(1), lambda _now: [self.seen()])
        self.observe(at(30), self.seen(active=False, since=at(30)))
        self.observe(at(90), self.seen(since=at(90)))
        incident = self.incident_of()
        self.assertEqual((incident.state, incident.reopen_count), ("new", 1))
        # An hour during which it was over does not count.
        self.assertEqual(incident.respond_by, at(120))
        self.assertEqual(incident.resolve_by, at(300))
        self.assertEqual(len(incident.alert_ids), 2)

    def test_45_after_a_day_it_is_another(self):
        self.observe(NOON, self.seen())
        self.observe(at(30), self.seen(active=False, since=at(30)))
        first = self.incident_of()
        self.observe(at(30, hours=24, seconds=1), self.seen())
        second = self.incidents.search([]) - first
        self.assertEqual(second.previous_id, first)
        self.assertEqual((first.state, first.reopen_count), ("closed", 0))

    def test_45_a_breach_is_of_the_moment_it_was_due(self):
        self.rule.write({"respond_minutes": 15, "working_time": False})
        self.observe(NOON, self.seen())
        self.observe(at(22))  # seven minutes later
        incident = self.incident_of()
        self.assertEqual(incident.respond_breached_at, at(15))
        self.assertIn("respond_missed", self.lines(incident))
        self.observe(at(23))
        self.assertEqual(self.lines(incident).count("respond_missed"), 1)

    def test_45_a_snooze_does_not_count(self):
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

    # 48: companies

    def test_48_companies_do_not_see_each_other(self):
        """What is of company B is nothing to people of A, whatever their group."""
        beta = self.env["res.company"].create({"name": "Beta"})
        berta = new_test_user(
            self.env,
            "berta",
            groups="monitor_core.group_monitor_operator",
            company_id=beta.id,
            company_ids=beta.ids,
        )
        self.make_silence(company_id=beta.id, user=self.env.user)
        self.live(NOON, at(1), lambda _n: [self.seen(company_id=beta.id, error="b")])
        self.env["monitor.silence"].search([]).active = False
        self.live(at(2), at(3))
        theirs = self.incident_of()
        self.assertTrue(theirs.notification_ids)
        models = (
            "monitor.incident",
            "monitor.alert",
            "monitor.incident.entry",
            "monitor.notification",
            "monitor.silence",
        )
        for user in (self.operator, self.manager, self.auditor, self.viewer):
            for model in models:
                records = self.env[model].with_user(user)
                if not records.has_access("read"):
                    continue
                with self.subTest(user=user.login, model=model):
                    found = records.with_context(active_test=False).search([])
                    self.assertFalse(found)
        for model in models:
            records = self.env[model].with_user(berta)
            with self.subTest(user=berta.login, model=model):
                self.assertTrue(records.with_context(active_test=False).search([]))

    def test_48_nobody_acts_on_those_of_another_company(self):
        self.observe(NOON, self.seen(error="a"))
        theirs = self.incident_of()
        theirs.company_id = self.env["res.company"].create({"name": "Beta"})
        theirs.alert_ids.company_id = theirs.company_id
        other = self.make_flow(code="other", name="Other")
        self.observe(at(1), self.seen(workflow=other))
        mine = other.incident_ids
        rpc = self.api_of(self.operator, "monitor.incident")
        with self.assertRaises(AccessError):
            rpc.acknowledge(theirs.ids)
        with self.assertRaises(AccessError):
            rpc.merge(theirs.ids, theirs.id)
        with self.assertRaises(AccessError):
            rpc.merge(mine.ids, theirs.id)
        with self.assertRaises(AccessError):
            theirs.with_user(self.operator).read(["title"])
