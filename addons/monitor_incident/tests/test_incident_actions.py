"""What people do with incidents, and what they may not."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .incident_case import NOON, IncidentCase, at


@tagged("post_install", "-at_install")
class TestActions(IncidentCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.observe(NOON, self.seen(error="a"), self.seen(error="b", count=4))
        self.incident = self.incident_of()
        self.rpc = self.api_of(self.operator, "monitor.incident")
        self.ids = self.incident.ids

    def other_incident(self, code="other", **values):
        flow = self.make_flow(code=code, name="Other")
        self.observe(at(1), self.seen(workflow=flow, **values))
        return self.incidents.search([("workflow_id", "=", flow.id)])

    def test_acknowledge(self):
        self.set_clock(at(6))
        self.assertIs(self.rpc.acknowledge(self.ids, note="I look at it"), True)
        incident = self.incident
        self.assertEqual(incident.state, "acknowledged")
        self.assertEqual(incident.acknowledged_at, at(6))
        self.assertEqual(incident.acknowledged_by_id, self.operator)
        self.assertEqual(incident.acknowledge_ms, 360_000)
        line = incident.entry_ids[0]
        self.assertEqual((line.user_id, line.note), (self.operator, "I look at it"))
        self.assertIn("Acknowledged by", line.text)
        lines = len(incident.entry_ids)
        self.set_clock(at(7))
        self.rpc.acknowledge(self.ids)
        self.assertEqual(len(incident.entry_ids), lines)
        self.assertEqual(incident.acknowledged_at, at(6))

    def test_acknowledged_is_not_repeated(self):
        self.tell(at(1))
        self.rpc.acknowledge(self.ids)
        self.assertFalse(self.incident.notify_at)

    def test_a_late_acknowledgement_was_a_breach(self):
        self.incident.respond_by = at(15)
        self.set_clock(at(20))
        self.rpc.acknowledge(self.ids)
        self.assertEqual(self.incident.respond_breached_at, at(15))

    def test_start_and_resolve(self):
        self.rpc.start(self.ids)
        self.assertEqual(self.incident.state, "in_progress")
        self.assertTrue(self.incident.acknowledged_at)
        self.set_clock(at(30))
        self.assertIs(self.rpc.resolve(self.ids, note="New password"), True)
        self.assertEqual(self.incident.state, "resolved")
        self.assertEqual(self.incident.resolution, "fixed")
        self.assertEqual(self.incident.resolution_note, "New password")
        self.assertEqual(self.incident.resolve_ms, 1_800_000)
        self.assertFalse(self.incident.notify_at)
        self.assertIs(self.rpc.resolve(self.ids), True)
        with self.assertRaises(UserError):
            self.rpc.acknowledge(self.ids)
        with self.assertRaises(UserError):
            self.rpc.resolve(self.ids, resolution="recovered")

    def test_close_says_whether_it_was_noise(self):
        other = self.other_incident()
        self.rpc.close(other.ids)
        self.assertEqual((other.state, other.noise_ratio), ("closed", 1.0))
        self.assertEqual(other.resolution, "no_action")
        self.rpc.acknowledge(self.ids)
        self.rpc.close(self.ids)
        self.assertEqual(self.incident.noise_ratio, 0.0)
        self.assertIs(self.rpc.close(self.ids), True)

    def test_reopen(self):
        self.rpc.resolve(self.ids)
        self.set_clock(at(60))
        self.assertIs(self.rpc.reopen(self.ids, note="Not yet"), True)
        self.assertEqual(self.incident.state, "new")
        self.assertEqual(self.incident.entry_ids[0].note, "Not yet")
        self.assertIs(self.rpc.reopen(self.ids), True)
        self.assertEqual(self.incident.reopen_count, 1)

    def test_reopen_beside_a_newer_one_of_the_group(self):
        self.rpc.close(self.ids)
        self.observe(at(5), self.seen(error="c"))
        newer = self.incidents.search([]) - self.incident
        self.rpc.reopen(self.ids)
        self.assertEqual(self.incident.state, "new")
        self.assertFalse(self.incident.group_key)
        self.assertTrue(newer.group_key)

    def test_snooze(self):
        until = "2026-03-02 14:00:00"
        self.assertIs(self.rpc.snooze(self.ids, until, note="Lunch"), True)
        self.assertEqual(self.incident.state, "snoozed")
        self.assertEqual(self.incident.snoozed_until, at(120))
        for bad in ("2026-03-02 11:00:00", "2027-01-01 00:00:00", "tomorrow", False):
            with self.subTest(bad), self.assertRaises(UserError):
                self.rpc.snooze(self.ids, bad)
        self.set_clock(at(30))
        self.rpc.acknowledge(self.ids)
        self.assertEqual(self.incident.state, "acknowledged")
        self.assertFalse(self.incident.snoozed_until)

    def test_reassign(self):
        self.assertIs(self.rpc.reassign(self.ids, self.manager.id), True)
        self.assertEqual(self.incident.user_id, self.manager)
        self.assertEqual(self.lines(self.incident)[-1], "reassigned")
        portal = new_test_user(self.env, "portal_p", groups="base.group_portal")
        gone = new_test_user(self.env, "gone_g", groups="base.group_user")
        gone.active = False
        for user_id in (portal.id, gone.id, 0, 99_999_999, "abc", None, [True]):
            with self.subTest(user_id), self.assertRaises(UserError):
                self.rpc.reassign(self.ids, user_id)
        company = self.env["res.company"].create({"name": "Other"})
        self.incident.company_id = company
        with self.assertRaisesRegex(UserError, "Other"):
            self.incident.reassign(self.manager.id)

    def test_writing_the_owner_is_giving_it(self):
        self.incident.with_user(self.operator).user_id = self.manager
        self.assertEqual(self.incident.user_id, self.manager)
        self.assertEqual(self.lines(self.incident)[-1], "reassigned")

    def test_escalate(self):
        self.assertIs(self.rpc.escalate(self.ids, note="Hurry"), True)
        self.assertIn("escalated", self.lines(self.incident))

    def test_notes(self):
        self.assertIs(self.rpc.add_note(self.ids, " Called the bank "), True)
        line = self.incident.entry_ids[0]
        self.assertEqual((line.kind, line.note), ("note", "Called the bank"))
        for empty in ("", "  ", None):
            with self.assertRaises(UserError):
                self.rpc.add_note(self.ids, empty)

    def test_the_mean_is_of_those_that_were_acknowledged(self):
        other = self.other_incident()
        self.set_clock(at(120))
        self.rpc.acknowledge(self.ids)
        both = self.incident + other
        self.env.flush_all()
        for name, mean in (("acknowledge_hours", 2), ("acknowledge_ms", 7_200_000)):
            ((found,),) = self.incidents._read_group(
                [("id", "in", both.ids)], [], [f"{name}:avg"]
            )
            self.assertAlmostEqual(found, mean, -3 if mean > 9 else 1)
        groups = self.incidents.formatted_read_group(
            [("id", "in", both.ids)], ["state"], ["acknowledge_hours:avg"]
        )
        means = {g["state"]: g["acknowledge_hours:avg"] for g in groups}
        self.assertAlmostEqual(means["acknowledged"], 2, 1)
        self.assertFalse(means["new"])

    def test_merged_into_one_that_sleeps_the_worse_wakes_it(self):
        other = self.other_incident()
        self.rpc.snooze(self.ids, str(at(hours=24)))
        other.severity = "critical"
        self.api_of(self.operator, "monitor.incident").merge(
            other.ids, self.incident.id
        )
        self.assertEqual(self.incident.state, "new")
        self.assertTrue(self.incident.postmortem_required)

    def test_what_was_merged_follows_further_merges(self):
        second, third = self.other_incident(), self.other_incident("third")
        self.rpc.merge(self.ids, second.id)
        self.rpc.merge(second.ids, third.id)
        self.assertEqual(self.incident.merged_into_id, third)
        old = self.incidents._delete_old(at(hours=24 * 400))
        self.assertEqual(old, (0, False))
        self.assertTrue(self.incident.exists())

    def test_what_a_person_reopened_stays_open_until_something_happens(self):
        over = [self.seen(active=False, error=error) for error in "ab"]
        self.observe(at(1), *over)
        self.assertEqual(self.incident.state, "resolved")
        self.set_clock(at(5))
        self.rpc.reopen(self.ids, "not fixed at all")
        self.observe(at(60))  # each full hour forgotten ones are resolved
        self.assertIn(self.incident.state, ("new", "acknowledged"))
        self.observe(at(61), self.seen(error="a"))
        self.observe(at(62), *over)
        self.assertEqual(self.incident.state, "resolved")

    def test_when_it_becomes_worse_its_deadlines_do_too(self):
        before = self.incident.respond_by
        self.incident.severity = "warning"
        self.incident.alert_ids.severity = "critical"
        self.incident._take_worst(at(1))
        self.assertEqual(self.incident.respond_by, min(before, at(16)))

    def test_whoever_may_see_none_gets_none(self):
        with self.assertRaisesRegex(UserError, "Viewer"):
            self.rpc.reassign(self.ids, self.nobody.id)

    def test_odd_values_are_refused_in_plain_words(self):
        for call in (
            lambda: self.rpc.snooze(self.ids, 5),
            lambda: self.rpc.add_note(self.ids, 5),
            lambda: self.rpc.add_note(self.ids, {"a": 1}),
        ):
            with self.assertRaises(UserError):
                call()
        self.rpc.reassign(self.ids, [self.manager.id, self.operator.id])
        self.assertEqual(self.incident.user_id, self.manager)
        self.rpc.add_note(self.ids, "a\0b" + "x" * 20_000)
        note = self.incident.entry_ids.filtered("note").sorted("id")[-1].note
        self.assertEqual((note[:3], len(note)), ("a\ufffdb", 10_000))

    def test_merge_of_incidents_at_different_levels(self):
        other = self.other_incident(count=3)
        for _level in range(2):
            other._take_next_level(NOON)
        furthest = other.escalation_level
        self.assertGreater(furthest, self.incident.escalation_level)
        other.write({"severity": "critical", "respond_by": at(30)})
        self.incident.write({"respond_by": at(60)})
        self.assertIs(self.rpc.merge(other.ids, self.incident.id, note="Same"), True)
        self.assertEqual(other.state, "merged")
        self.assertEqual(other.merged_into_id, self.incident)
        self.assertEqual(self.incident.escalation_level, furthest)
        self.assertEqual(self.incident.severity, "critical")
        self.assertEqual(self.incident.respond_by, at(30))
        self.assertEqual(self.incident.count, 8)
        self.assertEqual(self.incident.alert_count, 3)
        self.assertEqual(self.lines(self.incident)[-1], "merged_from")
        # What comes new for the merged one goes on in the other.
        flow = other.workflow_id
        self.observe(at(5), self.seen(workflow=flow, error="new"))
        self.assertEqual(self.incident.alert_count, 4)
        self.assertIs(self.rpc.merge(other.ids, self.incident.id), True)
        with self.assertRaises(UserError):
            self.rpc.reopen(other.ids)
        with self.assertRaises(UserError):
            self.rpc.merge(self.ids, other.id)

    def test_merge_stays_within_a_company(self):
        other = self.other_incident()
        other.company_id = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(UserError):
            other.merge(self.incident.id)

    def test_split(self):
        alert = self.incident.alert_ids.filtered(lambda one: one.count == 4)
        new_id = self.rpc.split(self.ids, alert.ids, note="Another matter")
        new = self.incidents.browse(new_id)
        self.assertEqual(new.alert_ids, alert)
        self.assertEqual((new.count, self.incident.count), (4, 1))
        self.assertFalse(new.group_key)
        self.assertIn("split_from", self.lines(new))
        self.assertIn("split", self.lines(self.incident))
        with self.assertRaises(UserError):
            self.rpc.merge(self.ids, "abc")
        for wrong in ("abc", [], self.incident.alert_ids.ids, alert.ids):
            with self.assertRaises(UserError):
                self.rpc.split(self.ids, wrong)

    def test_run_again(self):
        with self.assertRaises(UserError):
            self.rpc.action_run_again(self.ids)
        cron = self.make_cron()
        self.env["monitor.discovery"]._sync(NOON)
        workflow = self.workflow_of(cron)
        self.observe(at(1), self.seen(workflow=workflow))
        incident = self.incidents.search([("workflow_id", "=", workflow.id)])
        with self.assertRaisesRegex(UserError, "cannot be started"):
            self.rpc.action_run_again(incident.ids)
        workflow.run_now_allowed = True
        self.rpc.action_run_again(incident.ids)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.assertEqual(self.lines(incident)[-1], "run_again")
        self.assertEqual(incident.action_count, 1)

    def test_silence_similar(self):
        action = self.rpc.action_silence(self.ids)
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.operator)
            .with_context(**action["context"])
            .create({"reason": "The bank is down"})
        )
        self.assertEqual(wizard.incident_ids, self.incident)
        self.assertEqual(wizard.until, at(hours=4))
        wizard.action_silence()
        silence = self.env["monitor.silence"].search([])
        self.assertEqual(silence.user_id, self.operator)
        self.assertEqual(silence.rule_ids, self.rule)
        self.assertEqual(silence.workflow_ids, self.flow)
        self.assertEqual(self.lines(self.incident)[-1], "silenced")
        self.observe(at(1), self.seen(error="new"))
        self.assertEqual(set(self.alerts.search([]).mapped("suppression")), {"silence"})

    def test_silence_similar_where_there_is_neither_rule_nor_workflow(self):
        self.incident.write({"rule_id": False, "workflow_id": False})
        wizard = self.env["monitor.incident.silence"].create(
            {"incident_ids": self.ids, "reason": "x"}
        )
        values = wizard._silence_values(self.incident)
        self.assertIn(f'rule="{self.rule.id}"', values["matchers"])

    def test_silence_similar_after_its_rule_was_deleted_mutes_no_other_rule(self):
        self.rule.unlink()
        wizard = self.env["monitor.incident.silence"].create(
            {"incident_ids": self.ids, "reason": "x"}
        )
        values = wizard._silence_values(self.incident)
        self.assertEqual(values["workflow_ids"], [(6, 0, [])])
        self.assertIn('rule="', values["matchers"])

    def test_silence_similar_of_an_alert_with_many_labels(self):
        labels = {f"label_{number}": "x" for number in range(30)}
        self.incident.write(
            {
                "rule_id": False,
                "workflow_id": False,
                "labels": {**labels, "alertname": "DiskFull", "instance": "db1"},
            }
        )
        wizard = self.env["monitor.incident.silence"].create(
            {"incident_ids": self.ids, "reason": "x"}
        )
        values = wizard._silence_values(self.incident)
        self.assertEqual(values["matchers"], 'alertname="DiskFull", instance="db1"')

    def test_a_task_needs_project(self):
        installed = "project.task" in self.env
        self.assertIs(self.incident.can_create_task, installed)
        if not installed:
            with self.assertRaisesRegex(UserError, "Project"):
                self.rpc.action_create_task(self.ids)

    def test_only_operators_act(self):
        self.flow.process_owner_id = self.viewer
        calls = {
            "acknowledge": [],
            "start": [],
            "resolve": [],
            "close": [],
            "reopen": [],
            "snooze": ["2026-03-02 14:00:00"],
            "reassign": [self.manager.id],
            "escalate": [],
            "add_note": ["x"],
            "merge": [self.incident.id],
            "split": [self.incident.alert_ids[:1].ids],
            "action_run_again": [],
            "action_create_task": [],
        }
        for user in (self.viewer, self.auditor, self.service, self.nobody):
            api = self.api_of(user, "monitor.incident")
            for method, arguments in calls.items():
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    getattr(api, method)(self.ids, *arguments)

    def test_viewers_see_their_own(self):
        incidents = self.incidents.with_user(self.viewer)
        self.assertFalse(incidents.search([]))
        self.flow.process_owner_id = self.viewer
        self.assertTrue(incidents.search([]))
        self.assertTrue(
            self.env["monitor.incident.entry"].with_user(self.viewer).search([])
        )

    def test_what_happened_is_not_written(self):
        for user in (self.operator, self.manager):
            incident = self.incident.with_user(user)
            for values in (
                {"state": "closed"},
                {"count": 1},
                {"priority": "4"},
                {"acknowledged_at": NOON},
                {"respond_by": NOON},
                {"evidence": {}},
                {"notify_at": False},
                {"alert_ids": []},
            ):
                with self.subTest(values), self.assertRaises(AccessError):
                    incident.write(values)
            incident.write({"title": "Better words", "root_cause": "<p>x</p>"})
            with self.assertRaises(AccessError):
                self.incidents.with_user(user).create({"title": "x"})
            with self.assertRaises(AccessError):
                incident.unlink()
        with self.assertRaises(AccessError):
            self.incident.copy()

    def test_a_severity_that_is_written_moves_the_priority(self):
        self.flow.criticality = "critical"
        self.incident.with_user(self.operator).severity = "critical"
        self.assertEqual(self.incident.priority, "1")

    def test_nobody_writes_alerts_or_the_timeline(self):
        for records in (self.incident.alert_ids, self.incident.entry_ids):
            for user in (self.operator, self.manager):
                mine = records.with_user(user)
                with self.assertRaises(AccessError):
                    mine.unlink()
                with self.assertRaises(AccessError):
                    mine.write({"company_id": False})

    def test_sentences_are_shown(self):
        for entry in self.incident.entry_ids:
            self.assertTrue(entry.text)
        alert = self.incident.alert_ids[0]
        alert.write(
            {"summary_code": "late", "summary_params": {"expected": {"at": str(NOON)}}}
        )
        reader = alert.with_user(self.operator).with_context(tz="Europe/Paris")
        self.assertEqual(reader.summary, "It did not run; expected at 13:00")


@tagged("post_install", "-at_install")
class TestRetention(IncidentCase, TransactionCase):
    def test_closed_incidents_and_alerts_that_are_over_go(self):
        self.observe(NOON, self.seen(error="a"))
        self.observe(at(1), self.seen(active=False, error="a"))
        self.observe(at(hours=30))
        old = self.incident_of()
        self.assertEqual(old.state, "closed")
        self.observe(at(hours=31), self.seen(error="b"), self.seen(error="c"))
        self.observe(at(hours=32), self.seen(active=False, error="b"))
        new = self.incidents.search([]) - old
        later = NOON + timedelta(days=92)
        self.assertEqual(self.incidents._delete_old_alerts(later), (1, False))
        self.assertEqual(len(new.alert_ids), 2)  # it is open: all of it stays
        self.assertEqual(self.incidents._delete_old(later), (0, False))
        self.assertEqual(
            self.incidents._delete_old(NOON + timedelta(days=367)), (1, False)
        )
        self.assertEqual(self.incidents.search([]), new)

    def test_settings(self):
        parameters = self.env["ir.config_parameter"].sudo()
        for stored, expected in (
            (False, 365),
            ("400", 400),
            ("1", 30),
            ("999999", 36_525),
            ("-5", 365),
            ("soon", 365),
        ):
            parameters.set_param("monitor_incident.incident_days", stored)
            self.assertEqual(self.incidents._kept_days("incident"), expected)
        self.assertEqual(self.incidents._kept_days("alert"), 90)
