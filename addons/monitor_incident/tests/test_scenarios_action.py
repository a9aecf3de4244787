"""The acceptance scenarios of what follows from alerts, each under its number.

Alerts, incidents, escalation and messages are real, the clock is the test's. 44 is told
by two processes: ``tests/process/test_escalate.py``.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.exceptions import AccessError, ValidationError
from odoo.modules.registry import Registry
from odoo.tests import (
    BaseCase,
    HttpCase,
    TransactionCase,
    get_db_name,
    new_test_user,
    tagged,
)
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from ..tools import burn_rate
from ..tools.observation import Observation
from .escalation_case import FRI, MON, EscalationCase
from .escalation_case import at as on
from .incident_case import NOON, at
from .scenario_case import HALF_MINUTE, ActionCase

MODELS = "odoo.addons.monitor_incident.models"
INTAKE = f"{MODELS}.monitor_incident_intake"
ESCALATION = f"{MODELS}.monitor_incident_escalation"
SENDER = f"{MODELS}.monitor_notification"
MAIL = "odoo.addons.mail.models.mail_mail"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


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

        self.live(NOON, at(59), trickle)
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
        self.live(NOON, at(30), lambda now: self.two_hundred() if now == NOON else [])
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
        self.live(at(1), at(30), lambda n: self.two_hundred() if n == at(1) else [])
        self.assertEqual(self.incident_of().alert_count, 1)
        self.assertEqual(self.told(), [(at(1), "first")])
        mine = self.alerts.with_user(self.operator)
        explained = mine.search([("suppression", "=", "inhibited")])
        self.assertEqual(len(explained), 200)
        self.assertEqual(
            set(explained.mapped("suppressed_by")), {"Order to cash: Connector down"}
        )
        self.observe(at(31), self.seen(active=False, rule=down))
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
        self.live(at(92), at(120), flap)
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
        self.live(saturday - MINUTE, saturday + timedelta(hours=1))
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


@tagged("post_install", "-at_install", "monitor")
class TestScenario33Workers(BaseCase):
    """Fifty workers, each on a connection of its own; what they commit is removed."""

    WORKERS = 50

    def setUp(self):
        super().setUp()
        self.registry_ = Registry(get_db_name())
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            rule = env["monitor.rule"].create({"name": "Fifty", "kind": "failure"})
            self.rule_id = rule.id
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            rule = env["monitor.rule"].browse(self.rule_id)
            env["monitor.incident"].search([("rule_id", "=", rule.id)]).unlink()
            rule.alert_ids.unlink()
            rule.unlink()

    @mute_logger("odoo.sql_db")
    def test_33_fifty_workers_at_once(self):
        """All have begun before the first ends: one incident, and nothing is lost."""
        started = threading.Barrier(self.WORKERS)
        errors = []
        workers = [
            threading.Thread(target=self.work, args=(started, errors))
            for _number in range(self.WORKERS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(errors, [])
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            alert = env["monitor.rule"].browse(self.rule_id).alert_ids
            incident = env["monitor.incident"].search([("rule_id", "=", self.rule_id)])
            self.assertEqual((len(alert), alert.count), (1, self.WORKERS))
            self.assertEqual((len(incident), incident.count), (1, self.WORKERS))

    def work(self, started, errors):
        try:
            with self.registry_.cursor() as cr:
                cr.execute("SELECT 1 FROM monitor_alert LIMIT 1")  # its snapshot
                started.wait()
                while not self.take(cr):
                    cr.rollback()
        except Exception as error:  # a thread's own would not be seen
            started.abort()
            errors.append(error)

    def take(self, cr):
        """Return whether it was taken in; a lost race is run again, as Odoo does."""
        labels = {"rule": str(self.rule_id), "severity": "error", "error": "x"}
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        try:
            seen = Observation(self.rule_id, labels, True, NOON, 1)
            env["monitor.alert"]._take([seen], NOON)
            env.flush_all()
            cr.commit()
            return True
        except SerializationFailure:
            return False


@tagged("post_install", "-at_install", "monitor")
class TestScenariosEscalation(EscalationCase, MockEmail, HttpCase):
    """Who is told when nobody does anything, and what keeps that from working."""

    # 37: working time

    def test_37_weekend(self):
        incident = self.open_incident(on(FRI, 16))
        self.escalate(on(FRI, 16))
        self.assertEqual(incident.next_step_at, on(MON, 9))
        self.escalate(on(FRI, 18))
        self.escalate(on(MON, 8, 59))
        self.assertNotIn(("lena", "inbox"), self.told(incident))
        self.escalate(on(MON, 9))
        self.assertIn(("lena", "inbox"), self.told(incident))

    def test_37_critical_by_the_clock(self):
        self.policy.level_ids[1].delay_minutes = 15
        incident = self.open_incident(on(FRI, 16), severity="critical")
        self.assertEqual(incident.respond_by, on(FRI, 16, 15))
        self.escalate(on(FRI, 16))
        self.assertEqual(incident.next_step_at, on(FRI, 16, 15))
        self.escalate(on(FRI, 16, 15))
        self.assertIn(("lena", "inbox"), self.told(incident))

    def test_37_the_assignees_zone_and_holiday(self):
        """Lena works in Tokyo, her team in Paris: Tokyo's hours count."""
        self.team.calendar_id = self.make_calendar("Europe/Paris")
        self.policy.level_ids[1].write({"target": "user", "user_ids": self.lena.ids})
        resource = self.make_resource(self.lena, "Asia/Tokyo")
        incident = self.open_incident(on(FRI, 7))  # 16:00 in Tokyo
        self.escalate(on(FRI, 7))
        self.assertEqual(incident.next_step_at, on(MON, 0))  # 09:00 in Tokyo
        # A public holiday on Monday, there: Tuesday, 09:00.
        self.make_leave(resource.calendar_id, on(MON, -9), on(MON, 15))
        other = self.open_incident(on(FRI, 7))
        self.escalate(on(FRI, 7))
        self.assertEqual(other.next_step_at, on(MON, 24))

    # 38: nobody is there

    def test_38_owner_archived(self):
        incidents = [self.open_incident(on(MON, 12)) for _n in range(7)]
        self.escalate(on(MON, 12))
        self.olga.active = False
        self.escalate(on(MON, 12, 1))  # the next minute
        for incident in incidents:
            self.assertEqual(incident.user_id, self.lena)
            self.assertIn("leader of the team", incident.owner_reason)
            self.assertIn("olga: archived", incident.owner_reason)
            self.assertIn(("lena", "inbox"), self.told(incident))
        self.assertEqual(self.entries(incidents[0], "assigned"), ["owner_changed"])

    def test_38_the_order_of_who_takes_over(self):
        """Who is on call, then the leader, then a manager of the Monitor."""
        incident = self.open_incident(on(MON, 12))
        rotation = self.env["monitor.oncall.rotation"].create(
            {
                "name": "Days",
                "team_id": self.team.id,
                "start_date": MON.date(),
                "tz": "UTC",
                "member_ids": [(0, 0, {"user_id": self.operator.id})],
            }
        )
        self.operator.notification_type = "inbox"
        for gone, heir, role in (
            (self.olga, self.operator, "on call for the team"),
            (self.operator, self.lena, "leader of the team"),
            (self.lena, None, "manager of the Monitor"),
        ):
            gone.active = False
            self.escalate(on(MON, 14))
            if heir:
                self.assertEqual(incident.user_id, heir)
            self.assertIn(role, incident.owner_reason)
        self.assertTrue(
            incident.user_id.has_group("monitor_core.group_monitor_manager")
        )
        self.assertTrue(rotation.warning)

    def make_gone(self):
        """Return somebody who can be reached, by mail, until she goes."""
        return self.make_person("gone", notification_type="email")

    def policy_of(self, *people):
        levels = [
            (0, 0, {"target": "user", "user_ids": person.ids, "sequence": number})
            for number, person in enumerate(people)
        ]
        return self.env["monitor.escalation.policy"].create(
            {"name": "Nights", "level_ids": levels}
        )

    def test_38_a_policy_that_reaches_nobody_is_refused(self):
        gone = self.make_gone()
        policy = self.policy_of(gone)
        self.assertFalse(policy.warning)
        gone.active = False
        policy.invalidate_recordset()
        self.assertIn("level 1", policy.warning)
        policy.active = False
        with self.assertRaisesRegex(ValidationError, "would tell nobody"):
            policy.active = True
        for person, refused in (
            (gone, "“User” is empty"),
            (self.nobody, "would tell nobody"),  # she may not see incidents
        ):
            with self.assertRaisesRegex(ValidationError, refused):
                self.policy_of(person)

    def audited(self, policy):
        """Return the incidents that the audit of policies opened."""
        return self.incidents.search([("title", "like", f"“{policy.name}”")])

    def test_38_policies_are_audited_each_day(self):
        gone = self.make_gone()
        policy = self.policy_of(self.lena, gone)
        self.escalate(on(MON, 9))
        self.assertFalse(self.audited(policy))
        gone.active = False
        self.escalate(on(MON, 24 + 8, 59))
        self.assertFalse(self.audited(policy))

        self.escalate(on(MON, 24 + 9))

        incident = self.audited(policy)
        self.assertIn("level 2 reaches nobody", incident.title)
        self.assertEqual((incident.severity, incident.state), ("warning", "new"))
        manages = incident.user_id.has_group("monitor_core.group_monitor_manager")
        self.assertTrue(manages)
        self.escalate(on(MON, 24 + 9, 1))
        self.assertIn((incident.user_id.name, "activity"), self.told(incident))
        self.assertEqual(incident.count, 1)
        self.escalate(on(MON, 48 + 9))
        self.assertEqual((self.audited(policy), incident.count), (incident, 2))

        policy.level_ids[1].user_ids = self.olga
        self.escalate(on(MON, 72 + 9))
        self.assertEqual(
            (incident.state, incident.resolution), ("resolved", "recovered")
        )

    def test_38_a_change_of_a_policy_is_audited_at_once(self):
        gone = self.make_gone()
        policy = self.policy_of(gone)
        self.escalate(on(MON, 9))
        gone.active = False
        policy.repeat_count = 2
        self.escalate(on(MON, 9, 1))
        incident = self.audited(policy)
        self.assertEqual((incident.severity, incident.state), ("error", "new"))
        policy.active = False
        self.escalate(on(MON, 9, 2))
        self.assertEqual(incident.state, "resolved")

    # 39 and 40: on leave, forgotten

    def test_39_owner_on_leave(self):
        resource = self.make_resource(self.olga)
        self.make_leave(resource.calendar_id, on(MON, 0), on(MON, 24), resource)
        incident = self.open_incident(on(MON, 9))
        self.escalate(on(MON, 9))
        self.assertEqual(self.told(incident), {("lena", "activity"), ("lena", "inbox")})
        self.assertEqual(self.entries(incident, "skipped"), ["level_skipped"])
        skipped = incident.entry_ids.filtered(lambda line: line.kind == "skipped")
        self.assertEqual(skipped.text, "Not told: olga: on leave")
        user, _team, reason = self.incidents._choose_owner(
            self.env["monitor.rule"], self.workflow, on(MON, 9)
        )
        self.assertEqual(user, self.lena)
        self.assertIn("olga: on leave", reason)

    def test_40_acknowledged_and_forgotten(self):
        incident = self.open_incident(on(MON, 9), severity="critical")
        incident._plan_news(on(MON, 9))
        self.escalate(on(MON, 9, 1))
        self.set_clock(on(MON, 9, 10))
        incident.acknowledge()
        self.policy.level_ids.unlink()  # the running incident keeps its snapshot
        self.escalate(on(MON, 9, 10))
        self.assertEqual(incident.next_step_at, on(MON, 9, 40))
        self.escalate(on(MON, 9, 39))
        self.assertEqual(incident.state, "acknowledged")
        self.escalate(on(MON, 9, 40))
        self.assertEqual(incident.state, "new")
        self.assertEqual(self.entries(incident, "unacknowledged"), ["unacknowledged"])
        self.assertEqual(incident.escalation_level, 1)
        self.escalate(on(MON, 11, 39))
        self.assertEqual(self.told(incident), {("olga", "activity"), ("olga", "inbox")})
        self.escalate(on(MON, 11, 40))
        self.assertIn(("lena", "inbox"), self.told(incident))
        levels = Counter(incident.notification_ids.mapped("step_key"))
        self.assertEqual(levels, {"level.0.0": 2, "level.0.1": 2})

    def test_40_an_acknowledgement_stops_it(self):
        incident = self.open_incident(on(MON, 9))
        self.escalate(on(MON, 9))
        self.set_clock(on(MON, 9, 10))
        incident.acknowledge()
        self.escalate(on(MON, 16))
        self.assertEqual(self.told(incident), {("olga", "activity"), ("olga", "inbox")})

    def test_40_who_does_something_is_left_alone(self):
        incident = self.open_incident(on(MON, 9), severity="critical")
        self.escalate(on(MON, 9))
        incident.acknowledge()
        self.set_clock(on(MON, 9, 20))
        incident.add_note("The bank was called")
        self.escalate(on(MON, 9, 49))
        self.assertEqual(incident.state, "acknowledged")
        self.escalate(on(MON, 9, 50))
        self.assertEqual(incident.state, "new")

    # 43: nothing goes out

    def by_mail_alone(self):
        self.policy.level_ids[0].by_activity = False
        self.olga.notification_type = "email"
        self.mail_server_down()
        return self.open_incident(on(MON, 9))

    @mute_logger(SENDER, MAIL)
    def test_43_mail_server_down(self):
        incident = self.by_mail_alone()
        self.escalate(on(MON, 9))
        self.assertEqual(self.told(incident, "failed"), {("olga", "inbox")})
        self.assertEqual(self.told(incident), {("olga", "activity")})
        other = incident.notification_ids.filtered(lambda n: n.state == "sent")
        self.assertEqual(other.sent_at, on(MON, 9))  # in the same minute
        self.assertFalse(self.notifications._untold(on(MON, 9)))
        failed = incident.notification_ids - other
        self.assertFalse(failed.sent_at)
        self.assertEqual(failed.next_attempt_at, on(MON, 9, 1))
        self.assertIn("refused", failed.error_message)

    def broken(self, method):
        """Let a channel refuse everything."""
        refused = OSError("refused")
        return patch.object(type(self.notifications), method, side_effect=refused)

    @mute_logger(SENDER, MAIL)
    def test_43_none_left_shows_in_healthz(self):
        incident = self.by_mail_alone()
        with self.broken("_send_activity"), self.broken("_send_discuss"):
            self.escalate(on(MON, 9))
        self.assertFalse(self.told(incident))
        self.assertFalse(any(incident.notification_ids.mapped("sent_at")))
        self.assertEqual(self.notifications._untold(on(MON, 9)), incident)
        tick = self.env["monitor.tick"]
        tick._record(on(MON, 9), 0, {})
        self.assertIn("Nobody could be told of", tick._get().error)
        answer = self.url_open("/monitor/healthz")
        self.assertEqual(answer.status_code, 503)
        self.assertEqual(answer.json()["status"], "failing")

    # 44: see also tests/process/test_escalate.py

    def test_44_the_same_step_again_is_the_same_message(self):
        incident = self.open_incident(on(MON, 9))
        self.escalate(on(MON, 9))
        # the same step at once again: the unique index keeps it single
        incident.escalation_state = False
        incident.next_step_at = on(MON, 9)
        self.escalate(on(MON, 9))
        self.assertEqual(len(incident.notification_ids), 2)

    # 45: deadlines in working time

    def test_45_breach_at_the_exact_moment(self):
        incident = self.open_incident(on(MON, 9))
        self.assertEqual(incident.respond_by, on(MON, 10))
        self.escalate(on(MON, 10, 7))
        self.assertEqual(incident.respond_breached_at, on(MON, 10))
        self.escalate(on(MON, 10, 8))
        self.assertEqual(self.entries(incident, "breached"), ["respond_missed"])

    def test_45_a_pause_is_excluded(self):
        incident = self.open_incident(on(MON, 9))
        incident._pause_deadlines(on(MON, 9, 30))
        incident._resume_deadlines(on(MON, 16, 45))
        self.assertEqual(incident.respond_by, on(MON, 24 + 8, 15))
        self.assertFalse(incident.paused_rest)

    # 46: see also TestScenario46

    @mute_logger(ESCALATION)
    def test_46_one_that_cannot_be_escalated_keeps_no_other(self):
        broken, sound = (self.open_incident(on(MON, 9)) for _n in range(2))
        model = type(self.incidents)
        original = model._escalate_one

        def escalate_one(incident, now):
            if incident == broken:
                raise ValueError("poison")
            return original(incident, now)

        with patch.object(model, "_escalate_one", escalate_one):
            self.escalate(on(MON, 9))
        self.assertEqual(broken.next_step_at, on(MON, 10))
        self.assertIn("poison", broken.escalation_error)
        self.assertTrue(self.told(sound))
        errors = self.env["monitor.tick"]._capture_errors(on(MON, 9))
        self.assertTrue(any("cannot be escalated" in error for error in errors))
        self.escalate(on(MON, 9, 59))
        self.assertFalse(self.told(broken))
        self.escalate(on(MON, 10))
        self.assertTrue(self.told(broken))
        self.assertFalse(broken.escalation_error)


@tagged("post_install", "-at_install", "monitor")
class TestScenario46(ActionCase, TransactionCase):
    """What raises on one record rests for an hour, is told, and stops no other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_rule(name="Defect", kind="defect", group_by="rule")
        cls.other = cls.make_flow(code="other", name="Other")

    def failing(self, method, wanted):
        """Let a method of incidents raise where ``wanted(its arguments)``."""
        model = type(self.incidents)
        true_method = getattr(model, method)

        def fail(*args):
            if wanted(*args):
                raise ZeroDivisionError("odd record")
            return true_method(*args)

        return patch.object(model, method, fail)

    def defects(self):
        return self.incidents.search([("rule_id.kind", "=", "defect")])

    @mute_logger(INTAKE)
    def test_46_one_that_cannot_be_opened(self):
        def of_flow(_model, _key, _alerts, lead):
            return lead.workflow_id == self.flow

        with self.failing("_title", of_flow):
            self.observe(NOON, self.seen(), self.seen(workflow=self.other))
        self.assertEqual(len(self.defects()), 1)
        self.assertEqual(self.other.incident_ids.state, "new")
        broken = self.alerts.search([("incident_id", "=", False)])
        self.assertEqual(broken.next_check_at, at(hours=1))
        self.observe(at(59))
        self.assertFalse(broken.incident_id)
        self.observe(at(hours=1))
        self.assertTrue(broken.incident_id)

    @mute_logger(INTAKE)
    def test_46_one_that_cannot_be_followed(self):
        self.observe(NOON, self.seen(), self.seen(workflow=self.other))

        def of_flow(incidents, _changed, _now):
            return self.flow in incidents.workflow_id

        more = self.seen(count=5), self.seen(workflow=self.other, count=5)
        with self.failing("_log_alerts", of_flow):
            self.observe(at(1), *more)
        self.assertEqual(self.flow.incident_ids.count, 1)
        self.assertEqual(self.other.incident_ids.count, 6)
        self.assertEqual(len(self.defects()), 1)
        self.observe(at(hours=1, minutes=1))
        self.assertEqual(self.flow.incident_ids.count, 6)

    @mute_logger(INTAKE)
    def test_46_one_that_could_not_be_resolved_is_later(self):
        self.observe(NOON, self.seen())
        with self.failing("_resolve_recovered", lambda *_args: True):
            self.observe(at(1), self.seen(active=False))
        incident = self.flow.incident_ids
        self.assertEqual(incident.state, "new")
        self.observe(at(59))
        self.assertEqual(incident.state, "new")
        self.observe(at(60))
        self.assertEqual((incident.state, incident.resolved_at), ("resolved", at(1)))

    @mute_logger(f"{MODELS}.monitor_alert_take")
    def test_46_one_alert_that_cannot_be_read(self):
        self.observe(NOON, self.seen(error="odd"), self.seen(error="b"))
        odd = self.alerts.search([]).filtered(lambda a: a.labels["error"] == "odd")
        odd.flips = ["no moment"]
        self.observe(
            at(1), self.seen(error="odd", count=1), self.seen(error="b", count=1)
        )
        fine = self.alerts.search([("count", "=", 2)])
        self.assertEqual(fine.labels["error"], "b")
        self.assertEqual(odd.next_check_at, at(hours=1, minutes=1))
        self.assertEqual(len(self.defects()), 1)


@tagged("post_install", "-at_install", "monitor")
class TestScenario47(ActionCase, TransactionCase):
    """The burn of an error budget: 99.5 %, at least 10 events."""

    def setUp(self):
        super().setUp()
        self.rule.write({"kind": "slo_burn", "slo_target": 99.5, "threshold": 10})

    def history(self, *figures):
        """Record ``(minutes before noon, good, bad)``, and have the tick look."""
        for minutes, good, bad in figures:
            moment = NOON - timedelta(minutes=minutes)
            for state, count in (("succeeded", good), ("failed", bad)):
                if count:
                    self.ran(moment, state, count, error=state)
        self.look(NOON)
        self.look(at(seconds=30))
        return self.flow.incident_ids

    def alert_of(self, incident):
        self.assertEqual(len(incident.alert_ids), 1)
        return incident.alert_ids

    def test_47_an_hour_and_five_minutes_page(self):
        """7.2 % of errors in both: 928 and 72, of which in five minutes 116 and 9."""
        incident = self.history((30, 812, 63), (4, 116, 9))
        alert = self.alert_of(incident)
        self.assertEqual(incident.severity, self.rule.severity)
        self.assertAlmostEqual(alert.value, 14.4, 1)
        self.assertEqual(self.told(incident), [(at(seconds=30), "first")])

    def test_47_an_hour_below_does_not_page(self):
        """7.1 % in the hour; in six hours 2.4 %: no page, a ticket."""
        incident = self.history((300, 1942, 0), (40, 813, 62), (4, 116, 9))
        self.assertEqual(incident.severity, "warning")

    def test_47_the_errors_of_an_hour_ago_do_not_page(self):
        """20 % in the hour, none in the last half of it: no page, a ticket."""
        incident = self.history((45, 80, 20), (4, 10, 0))
        self.assertEqual(incident.severity, "warning")

    def test_47_nine_events_are_too_few(self):
        self.assertFalse(self.history((4, 0, 9)))
        self.ran(NOON, "failed", error="x")
        self.look(at(1))
        self.assertTrue(self.flow.incident_ids)

    def test_47_one_of_two_at_night_does_not_page(self):
        self.assertFalse(self.history((40, 1, 0), (4, 0, 1)))

    def test_47_six_hours_and_half_an_hour_page(self):
        """3 % in both, and less than 7.2 % in the last five minutes."""
        incident = self.history((300, 485, 15), (20, 97, 3), (4, 97, 3))
        alert = self.alert_of(incident)
        self.assertEqual(incident.severity, self.rule.severity)
        self.assertAlmostEqual(alert.value, 6, 1)
        self.assertEqual(self.told(incident), [(at(seconds=30), "first")])

    def test_47_three_days_and_six_hours_are_a_ticket(self):
        """0.5 % in both: a warning, not a page."""
        incident = self.history((2 * 24 * 60, 796, 4), (300, 199, 1))
        alert = self.alert_of(incident)
        self.assertEqual((incident.severity, alert.severity), ("warning", "warning"))
        self.assertAlmostEqual(alert.value, 1, 1)

    def test_47_less_is_nothing(self):
        self.assertFalse(self.history((2 * 24 * 60, 797, 3), (300, 199, 1)))

    def test_47_the_thresholds_are_those_of_the_workbook(self):
        tiers = [
            (tier.long, tier.short, round(tier.rate * 0.5, 3), tier.page)
            for tier in burn_rate.TIERS
        ]
        hour = timedelta(hours=1)
        self.assertEqual(
            tiers,
            [
                (hour, 5 * MINUTE, 7.2, True),
                (6 * hour, 30 * MINUTE, 3, True),
                (3 * DAY, 6 * hour, 0.5, False),
            ],
        )
