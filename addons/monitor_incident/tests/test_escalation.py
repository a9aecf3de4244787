from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from .escalation_case import FRI, MON, EscalationCase, at

LOGGER = "odoo.addons.monitor_incident.models.monitor_incident_escalation"


@tagged("post_install", "-at_install")
class TestEscalation(EscalationCase, TransactionCase):
    def test_the_owner_is_told_once(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.escalate(at(MON, 9, 1))
        self.assertEqual(self.told(incident), {("olga", "activity"), ("olga", "inbox")})
        self.assertEqual(len(incident.notification_ids), 2)
        self.assertEqual(self.activities(incident), ["olga"])
        self.assertEqual(incident.escalation_level, 1)

    def test_the_first_news_and_the_first_level_are_one_message(self):
        incident = self.open_incident(at(MON, 9))
        incident.notify_at = at(MON, 9, 1)
        self.escalate(at(MON, 9))
        self.assertFalse(incident.notification_ids)
        self.escalate(at(MON, 9, 1))
        self.assertEqual(len(incident.notification_ids), 2)

    def test_somebody_who_looks_at_it_may_ask_for_more_people(self):
        incident = self.open_incident(at(MON, 8))
        self.escalate(at(MON, 8))
        incident.with_user(self.olga).acknowledge()
        incident.with_user(self.olga).escalate()
        self.escalate(at(MON, 8, 1))
        self.assertIn(("lena", "inbox"), self.told(incident))

    def test_a_policy_does_not_depend_on_who_is_away_today(self):
        resource = self.make_resource(self.lena)
        self.make_leave(
            resource.calendar_id, at(MON, 0), at(MON, 24 * 9), resource=resource
        )
        self.set_clock(at(MON, 9))
        policy = self.env["monitor.escalation.policy"].create(
            {
                "name": "Lena",
                "level_ids": [
                    (0, 0, {"target": "user", "user_ids": [(6, 0, self.lena.ids)]})
                ],
            }
        )
        self.assertFalse(policy.warning)

    def test_what_people_muted_escalates_no_further(self):
        incident = self.open_incident(at(MON, 8))
        self.escalate(at(MON, 8))
        alert = self.env["monitor.alert"].create(
            {
                "fingerprint": "x", "incident_id": incident.id, "severity": "error",
                "state": "suppressed", "suppression": "silence",
                "first_seen_at": at(MON, 8), "last_seen_at": at(MON, 8),
            }
        )  # fmt: skip
        self.escalate(at(MON, 11))
        self.assertEqual(incident.escalation_level, 1)
        alert.write({"state": "firing", "suppression": False})
        self.escalate(at(MON, 11, 6))
        self.assertEqual(incident.escalation_level, 2)

    def test_an_owner_whose_zone_is_none_gets_incidents(self):
        self.env.cr.execute(
            "UPDATE res_partner SET tz = 'Mars/Olympus' WHERE id = %s",
            [self.olga.partner_id.id],
        )
        self.env.invalidate_all()
        incident = self.open_incident(at(MON, 8))
        incident._set_deadlines(at(MON, 8))
        self.assertTrue(incident.respond_by)

    def test_deadlines_of_the_rule(self):
        rule = self.env["monitor.rule"].create(
            {
                "name": "Late",
                "kind": "late",
                "respond_minutes": 30,
                "working_time": False,
            }
        )
        incident = self.open_incident(at(FRI, 17), rule_id=rule.id)
        self.assertEqual(incident.respond_by, at(FRI, 17, 30))
        info = self.open_incident(at(FRI, 17), severity="info")
        self.assertFalse(info.respond_by or info.resolve_by)

    def test_who_owes_nothing_has_no_activity(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.escalate(at(MON, 11))
        self.assertEqual(set(self.activities(incident)), {"olga", "lena"})
        incident.acknowledge()
        self.escalate(at(MON, 11, 1))
        self.assertEqual(self.activities(incident), ["olga"])
        incident.state = "resolved"
        self.escalate(at(MON, 11, 2))
        self.assertFalse(self.activities(incident))

    def test_a_lost_schedule_is_repaired(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        incident.next_step_at = False
        with self.assertLogs(LOGGER, "ERROR"):
            self.escalate(at(MON, 11))
        self.assertIn("schedule_repaired", self.entries(incident, "escalated"))
        self.assertIn(("lena", "inbox"), self.told(incident))

    def test_reassigned_the_new_owner_is_told(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        incident.user_id = self.lena
        self.escalate(at(MON, 9, 5))
        self.escalate(at(MON, 9, 6))
        self.assertEqual(
            len(incident.notification_ids.filtered(lambda n: n.user_id == self.lena)), 2
        )

    def test_a_standstill_does_each_level_once(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9) + timedelta(days=3))
        self.assertEqual(len(incident.notification_ids), 4)

    def test_a_level_runs_its_server_action_once(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Note it",
                "model_id": self.env["ir.model"]._get_id("monitor.incident"),
                "state": "code",
                "code": "record.write({'resolution_note': 'seen'})",
            }
        )
        self.policy.level_ids[0].server_action_id = action
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.assertEqual(incident.resolution_note, "seen")
        action.code = "raise UserError('no')"
        other = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.assertEqual(self.entries(other, "action"), ["server_action_failed"])
        self.assertTrue(self.told(other))

    def test_shipped_server_actions(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        records = incident.with_user(self.operator).with_context(
            active_model="monitor.incident",
            active_ids=incident.ids,
            active_id=incident.id,
        )
        for name in ("remind", "escalate"):
            action = self.env.ref(f"monitor_incident.ir_actions_server_{name}")
            action.with_env(records.env).run()
        self.escalate(at(MON, 9, 1))
        self.assertIn(("lena", "inbox"), self.told(incident))
        keys = incident.notification_ids.mapped("step_key")
        self.assertTrue(any(key.startswith("remind.") for key in keys))

    def test_the_cron_is_not_captured(self):
        cron = self.env.ref("monitor_incident.ir_cron_monitor_escalate")
        self.tick()
        self.assertFalse(self.workflow_of(cron))

    def test_a_team_without_policy_takes_the_shipped_one(self):
        self.team.escalation_policy_id = False
        incident = self.open_incident(at(MON, 9))
        shipped = self.env.ref("monitor_incident.monitor_escalation_policy_default")
        self.assertEqual(incident.escalation_policy_id, shipped)

    def test_a_policy_of_another_company_is_not_taken(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.policy.company_id = other
        incident = self.open_incident(at(MON, 9))
        self.assertNotEqual(incident.escalation_policy_id, self.policy)
