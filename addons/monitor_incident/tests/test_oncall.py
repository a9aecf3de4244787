from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged

from .escalation_case import MON, EscalationCase, at


@tagged("post_install", "-at_install")
class TestOnCall(EscalationCase, TransactionCase):
    def make_rotation(self, **values):
        self.set_clock(at(MON, 12))
        return self.env["monitor.oncall.rotation"].create(
            {
                "name": "Nights",
                "team_id": self.team.id,
                "period": "daily",
                "start_date": date(2026, 11, 23),
                "handover_hour": 9,
                "tz": "UTC",
                "member_ids": [
                    Command.create({"user_id": self.olga.id, "sequence": 1}),
                    Command.create({"user_id": self.lena.id, "sequence": 2}),
                ],
                **values,
            }
        )

    def test_shifts_are_planned_sixty_days_ahead(self):
        rotation = self.make_rotation()
        self.assertEqual(rotation.current_user_id, self.olga)
        self.assertEqual(rotation._on_call_at(at(MON, 33)), self.lena)
        self.assertGreaterEqual(
            max(rotation.shift_ids.mapped("end_at")), at(MON, 12) + timedelta(days=60)
        )
        count = len(rotation.shift_ids)
        self.env["monitor.oncall.rotation"]._plan_ahead(at(MON, 12) + timedelta(days=3))
        self.assertEqual(len(rotation.shift_ids), count + 3)

    def test_an_exception_overrides(self):
        rotation = self.make_rotation()
        self.env["monitor.oncall.shift"].with_user(self.operator).create(
            {
                "rotation_id": rotation.id,
                "user_id": self.lena.id,
                "start_at": at(MON, 11),
                "end_at": at(MON, 13),
            }
        )
        self.assertEqual(rotation._on_call_at(at(MON, 12)), self.lena)
        self.assertEqual(rotation._on_call_at(at(MON, 14)), self.olga)

    def test_an_edit_keeps_what_is_past(self):
        rotation = self.make_rotation()
        now = at(MON, 36)
        self.set_clock(now)
        rotation.member_ids[1].user_id = self.operator
        self.assertEqual(rotation._on_call_at(at(MON, 12)), self.olga)
        self.assertEqual(rotation._on_call_at(at(MON, 35)), self.lena)
        self.assertEqual(rotation._on_call_at(now), self.operator)

    def test_an_archived_member_takes_no_turn(self):
        rotation = self.make_rotation()
        self.olga.active = False
        self.env["monitor.oncall.rotation"]._plan_ahead(at(MON, 12))
        self.assertEqual(rotation._on_call_at(at(MON, 12)), self.lena)
        self.assertIn("olga", rotation.warning)

    def test_who_is_on_call_owns_what_has_no_owner(self):
        self.make_rotation()
        self.workflow.technical_owner_id = False
        self.workflow.process_owner_id = False
        user, team, reason = self.incidents._choose_owner(
            self.env["monitor.rule"], self.workflow, at(MON, 12)
        )
        self.assertEqual((user, team), (self.olga, self.team))
        self.assertIn("on call", reason)

    def test_nobody_is_left_a_manager_owns_it(self):
        flow = self.make_flow(code="orphan", technical_owner_id=False)
        flow.process_owner_id = False
        self.olga.active = False
        user, _team, reason = self.incidents._choose_owner(
            self.env["monitor.rule"], flow, at(MON, 12), self.env.company
        )
        self.assertTrue(user.has_group("monitor_core.group_monitor_manager"))
        self.assertIn("manager of the Monitor", reason)

    def test_settings(self):
        settings = self.env["res.config.settings"].create(
            {"monitor_respond_error": 30, "monitor_critical_by_clock": False}
        )
        settings.set_values()
        incident = self.open_incident(at(MON, 9))
        self.assertEqual(incident.respond_by, at(MON, 9, 30))
        self.assertFalse(self.incidents._critical_by_clock())
        with self.assertRaisesRegex(Exception, "one minute at least"):
            self.env["res.config.settings"].create({"monitor_respond_error": 0})

    def shifts(self, user=None, **context):
        shifts = self.env["monitor.oncall.shift"].with_user(user or self.operator)
        return shifts.with_context(**context)

    def test_a_new_exception_is_of_oneself_until_the_handover(self):
        rotation = self.make_rotation()
        self.set_clock(at(MON, 14, 20))
        shift = Form(self.shifts()).save()
        self.assertEqual(shift.rotation_id, rotation)
        self.assertEqual(shift.user_id, self.operator)
        self.assertEqual((shift.start_at, shift.end_at), (at(MON, 14, 20), at(MON, 33)))
        self.assertTrue(shift.is_override)
        self.assertEqual(rotation._on_call_at(at(MON, 15)), self.operator)

    def test_days_of_the_calendar_are_whole_turns(self):
        rotation = self.make_rotation(tz="Europe/Paris")
        clicked = {
            "default_allday": True,
            "default_start_at": "2026-11-25 07:00:00",
            "default_end_at": "2026-11-26 19:00:00",
        }
        shift = Form(self.shifts(**clicked)).save()
        self.assertEqual(shift.rotation_id, rotation)
        day = at(MON, 0) + timedelta(days=2)
        self.assertEqual(shift.start_at, day + timedelta(hours=8))
        self.assertEqual(shift.end_at, day + timedelta(hours=56))

    def test_hours_of_the_calendar_stay_as_they_were_chosen(self):
        self.make_rotation()
        clicked = {
            "default_start_at": "2026-11-25 14:00:00",
            "default_end_at": "2026-11-25 15:30:00",
        }
        shift = Form(self.shifts(**clicked)).save()
        self.assertEqual(str(shift.start_at), "2026-11-25 14:00:00")
        self.assertEqual(str(shift.end_at), "2026-11-25 15:30:00")

    def test_of_many_rotations_ones_own_is_offered(self):
        mine = self.make_rotation()
        self.make_rotation(
            name="Days", member_ids=[Command.create({"user_id": self.lena.id})]
        )
        groups = [Command.link(self.env.ref("monitor_core.group_monitor_operator").id)]
        self.olga.group_ids = groups
        offered = self.shifts(self.olga).default_get(["rotation_id", "start_at"])
        self.assertEqual(offered["rotation_id"], mine.id)
        nobody = self.shifts().default_get(["rotation_id", "start_at", "user_id"])
        self.assertFalse(nobody.get("rotation_id"))
        self.assertFalse(nobody.get("start_at"))
        self.assertEqual(nobody["user_id"], self.operator.id)
        given = self.shifts(default_rotation_id=mine.id).default_get(["rotation_id"])
        self.assertEqual(given, {"rotation_id": mine.id})

    def test_a_planned_turn_is_changed_by_its_rotation_only(self):
        turn = self.make_rotation().shift_ids[1]
        self.assertFalse(turn.is_override)
        for user in (self.operator, self.manager):
            mine = turn.with_user(user)
            for change in (
                lambda mine=mine: mine.write({"user_id": self.lena.id}),
                lambda mine=mine: mine.write({"is_override": True}),
                mine.unlink,
            ):
                with self.assertRaisesRegex(UserError, "follows its rotation"):
                    change()
        with self.assertRaises(AccessError):
            turn.with_user(self.viewer).write({"note": "x"})

    def test_nobody_adds_or_makes_a_planned_turn(self):
        rotation = self.make_rotation()
        shift = self.shifts().create(
            {
                "rotation_id": rotation.id,
                "user_id": self.lena.id,
                "start_at": at(MON, 11),
                "end_at": at(MON, 13),
                "is_override": False,
            }
        )
        self.assertTrue(shift.is_override)
        with self.assertRaisesRegex(UserError, "follows its rotation"):
            shift.is_override = False
        shift.end_at = at(MON, 14)
        shift.unlink()
        self.assertFalse(shift.exists())

    def test_nothing_is_dragged_in_the_calendars(self):
        for model in ("monitor.oncall.shift", "monitor.silence"):
            arch = self.env[model].get_view(view_type="calendar")["arch"]
            self.assertIn('edit="0"', arch)
            self.assertNotIn(' create="0"', arch)

    def test_what_is_kept_how_long(self):
        settings = self.env["res.config.settings"]
        new = settings.create({})
        self.assertEqual((new.monitor_incident_days, new.monitor_alert_days), (365, 90))
        settings.create(
            {"monitor_incident_days": 400, "monitor_alert_days": 7}
        ).set_values()
        self.assertEqual(self.incidents._kept_days("incident"), 400)
        self.assertEqual(self.incidents._kept_days("alert"), 7)
        self.assertEqual(settings.create({}).monitor_incident_days, 400)

    def test_what_makes_no_sense_is_refused_in_the_settings(self):
        settings = self.env["res.config.settings"]
        for values, reason in (
            ({"monitor_incident_days": 29}, "Keep incidents .* from 30 to 36525"),
            ({"monitor_incident_days": 36_526}, "Keep incidents"),
            ({"monitor_incident_days": -365}, "Keep incidents"),
            ({"monitor_alert_days": 6}, "Keep alerts .* from 7 to 36525"),
            ({"monitor_alert_days": 0}, "Keep alerts"),
            ({"monitor_respond_error": -1}, "one minute at least"),
            ({"monitor_resolve_warning": 525_601}, "a year at most"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, reason):
                settings.create(values)
