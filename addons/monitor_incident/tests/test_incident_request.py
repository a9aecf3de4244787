from datetime import datetime, timedelta

import psycopg2

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.monitor_core.tests.common import MonitorCase

NOON = datetime(2026, 1, 5, 12)
RECORDER_LOG = "odoo.addons.monitor_core.models.monitor_recorder"
REQUEST_LOG = "odoo.addons.monitor_incident.models.monitor_incident_request"
DISK_FULL = """
    CREATE FUNCTION monitor_disk_full() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END
    $$ LANGUAGE plpgsql;
    CREATE TRIGGER disk_full BEFORE INSERT ON monitor_incident_request
       FOR EACH ROW EXECUTE FUNCTION monitor_disk_full();
"""


@tagged("post_install", "-at_install", "monitor")
class TestIncidentRequest(MonitorCase, TransactionCase):
    """The server action type *Open Incident*."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["ir.model"]._get("res.partner")
        cls.action = cls.env["ir.actions.server"].create(
            {
                "name": "Nobody to bill",
                "model_id": cls.model.id,
                "state": "monitor_incident",
                "monitor_incident_title": "{record} cannot be billed",
                "monitor_incident_severity": "warning",
            }
        )
        cls.partner = cls.env["res.partner"].create({"name": "Azure Interior"})
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)

    def run_on(self, *partners, action=None):
        action = action or self.action
        records = self.env["res.partner"].browse([one.id for one in partners])
        action.with_context(
            active_model="res.partner",
            active_ids=records.ids,
            active_id=records[:1].id,
        ).run()

    @property
    def requests(self):
        return self.env["monitor.incident.request"].search([])

    @property
    def incidents(self):
        return self.env["monitor.incident"].search(
            [("group_key", "=like", "action:%")], order="id"
        )

    def changes(self):
        """Return how many rows of ours this transaction updated and deleted so far."""
        self.env.cr.execute(
            "SELECT relname, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables "
            r"WHERE relname LIKE 'monitor\_%' ORDER BY relname"
        )
        return self.env.cr.fetchall()

    def test_the_tick_opens_it(self):
        self.run_on(self.partner)
        self.assertFalse(self.incidents)

        self.tick(NOON + timedelta(minutes=1))

        self.assertRecordValues(
            self.incidents,
            [
                {
                    "title": "Azure Interior cannot be billed",
                    "severity": "warning",
                    "state": "new",
                    "model": "res.partner",
                    "res_id": self.partner.id,
                    "company_id": self.env.company.id,
                    "first_seen_at": NOON,
                    "count": 1,
                }
            ],
        )
        self.assertTrue(self.incidents.user_id)
        self.assertFalse(self.requests)

    def test_the_same_record_is_one_incident(self):
        self.run_on(self.partner)
        self.run_on(self.partner)
        self.tick(NOON)
        self.run_on(self.partner)
        self.tick(NOON)

        self.assertEqual(self.incidents.mapped("count"), [3])

    def test_each_record_has_its_own(self):
        other = self.env["res.partner"].create({"name": "Deco Addict"})
        self.run_on(self.partner, other)
        self.tick(NOON)

        self.assertEqual(
            self.incidents.mapped("title"),
            ["Azure Interior cannot be billed", "Deco Addict cannot be billed"],
        )

    def test_what_was_resolved_opens_again(self):
        self.run_on(self.partner)
        self.tick(NOON)
        self.incidents.with_user(self.operator).resolve()
        self.run_on(self.partner)
        self.tick(NOON + timedelta(hours=1))

        self.assertRecordValues(
            self.incidents, [{"state": "new", "reopen_count": 1, "count": 2}]
        )

    def test_people_are_told_until_it_is_resolved(self):
        self.run_on(self.partner)
        self.tick(NOON)
        incident = self.incidents
        self.assertEqual(incident.notify_at, NOON + timedelta(seconds=30))
        later = NOON + timedelta(minutes=1)
        (decision,) = incident._news(later).values()
        self.assertEqual(decision.reason, "first")
        incident._mark_told(later)
        self.assertEqual(incident.notify_at, later + timedelta(hours=4))

        incident.with_user(self.operator).resolve()
        (decision,) = incident._news(later + timedelta(hours=9)).values()
        self.assertFalse(decision.reason)

    def test_after_the_end_a_new_one_opens(self):
        self.run_on(self.partner)
        self.tick(NOON)
        self.incidents.write({"state": "closed"})
        self.run_on(self.partner)
        self.tick(NOON)

        self.assertEqual(self.incidents.mapped("state"), ["closed", "new"])
        self.assertEqual(self.incidents[1].previous_id, self.incidents[0])

    def test_the_business_transaction_only_inserts(self):
        self.run_on(self.partner)
        self.env.cr.flush()
        before = self.changes()

        self.run_on(self.partner)
        self.env.cr.flush()

        self.assertEqual(self.changes(), before)
        self.assertEqual(len(self.requests), 2)

    @mute_logger(RECORDER_LOG)
    def test_a_full_disk_does_not_reach_the_caller(self):
        self.env.cr.execute(DISK_FULL)

        self.run_on(self.partner)

        self.assertTrue(self.partner.exists())
        self.assertFalse(self.requests)

    def test_switched_off_nothing_is_noted(self):
        self.env["ir.config_parameter"].set_param("monitor_core.enabled", "False")
        self.run_on(self.partner)

        self.assertFalse(self.requests)

    def test_a_rule_runs_it(self):
        self.make_automation(
            action={"state": "monitor_incident", "monitor_incident_title": "New"}
        )
        partner = self.env["res.partner"].create({"name": "Gemini"})
        self.tick(NOON)

        self.assertEqual(self.incidents.title, "New: Gemini")
        self.assertEqual(self.incidents.res_id, partner.id)

    def test_a_scheduled_action_runs_it_about_no_record(self):
        cron = self.make_cron(
            state="monitor_incident", code=False, monitor_incident_title="Look"
        )
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.tick(NOON)

        self.assertRecordValues(
            self.incidents, [{"title": "Look", "model": False, "res_id": 0}]
        )

    def test_a_button_of_another_model_names_no_record(self):
        self.action.with_context(active_model="res.users", active_ids=[1]).run()

        self.assertFalse(self.requests.res_id)

    def test_a_record_that_is_gone_meanwhile(self):
        self.run_on(self.partner)
        self.env["res.partner"].browse(self.partner.id).unlink()
        self.tick(NOON)

        self.assertEqual(self.incidents.title, "cannot be billed")

    def test_an_action_that_is_gone_meanwhile(self):
        self.run_on(self.partner)
        self.env.flush_all()
        self.action.unlink()
        self.tick(NOON)

        self.assertEqual(self.incidents.title, "Azure Interior cannot be billed")

    def test_one_that_cannot_be_opened_holds_up_no_other(self):
        self.run_on(self.partner)
        broken = self.action.copy({"monitor_incident_title": "Broken"})
        self.run_on(self.partner, action=broken)
        opened = type(self.env["monitor.incident"])._open_directly

        def open_directly(model, key, values, now):
            if "Broken" in values["title"]:
                raise ValueError("odd")
            return opened(model, key, values, now)

        self.patch(type(self.env["monitor.incident"]), "_open_directly", open_directly)
        with mute_logger(REQUEST_LOG):
            self.tick(NOON)

        asked = self.incidents.filtered(lambda one: not one.rule_id)
        self.assertEqual(asked.mapped("title"), ["Azure Interior cannot be billed"])
        self.assertEqual(self.requests.action_id, broken)  # tried again in an hour
        defect = self.env["monitor.alert"].search([("rule_id.kind", "=", "defect")])
        self.assertIn("odd", defect.summary)
        self.tick(NOON + timedelta(minutes=59))
        self.assertTrue(self.requests)
        self.patch(type(self.env["monitor.incident"]), "_open_directly", opened)
        self.tick(NOON + timedelta(minutes=60))
        self.assertFalse(self.requests)
        self.assertIn("Broken: Azure Interior", self.incidents.mapped("title"))

    def test_a_lost_race_is_begun_anew_and_loses_nothing(self):
        self.run_on(self.partner)

        def open_directly(*_args):
            raise psycopg2.errors.SerializationFailure

        self.patch(type(self.env["monitor.incident"]), "_open_directly", open_directly)
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self.env["monitor.incident.request"]._take_new(NOON)
        self.assertTrue(self.requests)

    def test_what_is_asked_for_in_mass_is_one_incident(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(51)]
        )
        self.run_on(*partners)
        self.tick(NOON)
        self.assertEqual((len(self.incidents), self.incidents.count), (1, 51))
        self.assertFalse(self.incidents.res_id)
        for _time in range(3):
            self.run_on(*partners)
            self.tick(NOON)
        self.assertEqual((len(self.incidents), self.incidents.count), (1, 204))

    def test_secrets_in_names_are_not_kept(self):
        self.partner.name = "ana@example.com"
        self.run_on(self.partner)
        self.tick(NOON)

        self.assertEqual(self.incidents.title, "[e-mail] cannot be billed")

    def owner_after(self, **values):
        self.action.write(values)
        self.run_on(self.partner)
        self.tick(NOON)
        return self.incidents.user_id

    def test_the_record_says_whose_it_is(self):
        self.partner.user_id = self.viewer
        self.assertEqual(self.owner_after(), self.viewer)

    def test_who_cannot_act_is_not_the_owner(self):
        self.partner.user_id = self.viewer
        self.viewer.active = False
        self.assertNotEqual(self.owner_after(), self.viewer)

    def test_a_person_is_the_owner(self):
        owner = self.owner_after(
            monitor_incident_owner="user", monitor_incident_user_id=self.operator.id
        )
        self.assertEqual(owner, self.operator)

    def test_a_team_is_the_owner(self):
        team = self.env["monitor.team"].create(
            {"name": "Billing", "leader_id": self.operator.id}
        )
        owner = self.owner_after(
            monitor_incident_owner="team", monitor_incident_team_id=team.id
        )
        self.assertEqual(owner, self.operator)
        self.assertEqual(self.incidents.team_id, team)

    def test_the_workflow_shows_it(self):
        flow = self.make_flow(steps=())
        self.owner_after(monitor_incident_workflow_id=flow.id)

        self.assertEqual(flow.open_incidents, 1)

    def test_the_company_of_the_record(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.partner.company_id = company
        self.run_on(self.partner)
        self.tick(NOON)

        self.assertEqual(self.incidents.company_id, company)

    def test_nobody_but_auditors_reads_requests(self):
        requests = self.env["monitor.incident.request"]
        self.assertTrue(requests.with_user(self.auditor).has_access("read"))
        for user in (self.viewer, self.operator, self.manager):
            self.assertFalse(requests.with_user(user).has_access("read"))
