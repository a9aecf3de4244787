"""Scenarios 37 to 40 and 43 to 46: who is told when nobody does anything."""

from collections import Counter
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .escalation_case import FRI, MON, EscalationCase
from .escalation_case import at as on

MODELS = "odoo.addons.monitor_incident.models"
ESCALATION = f"{MODELS}.monitor_incident_escalation"
SENDER = f"{MODELS}.monitor_notification"
MAIL = "odoo.addons.mail.models.mail_mail"


@tagged("post_install", "-at_install", "monitor")
class TestScenariosEscalation(EscalationCase, HttpCase):
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
                "member_ids": [Command.create({"user_id": self.operator.id})],
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
            Command.create(
                {"target": "user", "user_ids": person.ids, "sequence": number}
            )
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
    def test_43_none_left_is_a_banner_and_503(self):
        incident = self.by_mail_alone()
        incident.name = "INC-43"
        with self.broken("_send_activity"), self.broken("_send_discuss"):
            self.escalate(on(MON, 9))
        self.assertFalse(self.told(incident))
        self.assertFalse(any(incident.notification_ids.mapped("sent_at")))
        self.assertEqual(self.notifications._untold(on(MON, 9)), incident)
        tick = self.env["monitor.tick"]
        tick._record(on(MON, 9), 0, {})
        banner = tick._get().with_user(self.operator).problem
        self.assertIn(f"Nobody could be told of {incident.name}", banner)
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
        self.incidents._advance(on(MON, 10, 7))
        self.assertEqual(incident.respond_breached_at, on(MON, 10))
        self.incidents._advance(on(MON, 10, 8))
        self.assertEqual(self.entries(incident, "breached"), ["respond_missed"])

    def test_45_a_pause_is_excluded(self):
        incident = self.open_incident(on(MON, 9))
        incident._pause_deadlines(on(MON, 9, 30))
        incident._resume_deadlines(on(MON, 16, 45))
        self.assertEqual(incident.respond_by, on(MON, 24 + 8, 15))
        self.assertFalse(incident.paused_rest)

    # 46: see also test_scenarios_races

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
