from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

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
