from datetime import datetime, timedelta

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.monitor_core.tests.common import MonitorCase

NOON = datetime(2026, 1, 5, 12)
LOG = "odoo.addons.monitor_incident.models.monitor_incident_context"
ALL = ("runs", "changes", "queues", "database", "logs")


@tagged("post_install", "-at_install", "monitor")
class TestIncidentContext(MonitorCase, TransactionCase):
    """What is seen when an incident opens, and stays with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.make_cron(name="Send invoices")
        cls.env["monitor.discovery"]._sync(NOON)
        cls.workflow = cls.workflow_of(cls.cron)
        cls.rule = cls.env["monitor.rule"].create(
            {
                "name": "A run failed",
                "kind": "failure",
                **{f"capture_{part}": False for part in ALL},
            }
        )
        cls.incident = cls.env["monitor.incident"].create(
            {
                "title": "Send invoices failed",
                "workflow_id": cls.workflow.id,
                "rule_id": cls.rule.id,
                "first_seen_at": NOON,
                "last_seen_at": NOON,
            }
        )

    def capture(self, *parts):
        for part in parts:
            self.rule[f"capture_{part}"] = True
        self.env.flush_all()
        self.incident._capture(NOON)
        return self.incident.captured_context

    def make_run(self, number, **values):
        return self.env["monitor.run"].create(
            {
                "workflow_id": self.workflow.id,
                "source_ref": f"ir.cron,{self.cron.id}",
                "state": "failed",
                "started_at": NOON - timedelta(minutes=number),
                "duration_ms": 1500,
                "error_message": f"Error {number}",
                "fingerprint": "f",
                **values,
            }
        )

    def set_last_success(self, moment):
        self.env.cr.execute(
            "UPDATE monitor_workflow SET last_success_at = %s WHERE id = %s",
            [moment, self.workflow.id],
        )
        self.env.invalidate_all()

    def test_a_rule_that_wants_nothing_sees_nothing(self):
        self.assertEqual(self.capture(), {"at": "2026-01-05 12:00:00"})

    def test_without_a_rule_runs_and_changes_are_seen(self):
        self.incident.rule_id = False
        context = self.capture()
        self.assertIn("runs", context)
        self.assertIn("edits", context)
        self.assertNotIn("queues", context)

    def test_the_last_ten_runs(self):
        runs = [self.make_run(number) for number in range(12)]
        context = self.capture("runs")

        self.assertEqual(
            [run["id"] for run in context["runs"]], [run.id for run in runs[:10]]
        )
        self.assertEqual(
            context["runs"][0],
            {
                "id": runs[0].id,
                "state": "failed",
                "started_at": "2026-01-05 12:00:00",
                "duration_ms": 1500,
                "error_message": "Error 0",
                "fingerprint": "f",
            },
        )

    def test_an_edit_of_the_automation_since_the_last_success(self):
        self.env.cr.execute(
            "UPDATE ir_cron SET write_date = %s, write_uid = %s WHERE id = %s",
            [NOON - timedelta(hours=2), self.manager.id, self.cron.id],
        )
        self.env.cr.execute(
            "UPDATE ir_act_server SET write_date = %s WHERE id = %s",
            [NOON - timedelta(hours=9), self.cron.ir_actions_server_id.id],
        )
        self.set_last_success(NOON - timedelta(hours=3))
        (edit,) = self.capture("changes")["edits"]

        self.assertEqual(edit["user"], "monitor_manager")
        self.assertEqual(edit["at"], "2026-01-05 10:00:00")
        self.assertEqual((edit["model"], edit["id"]), ("ir.cron", self.cron.id))
        self.assertEqual(edit["name"], "Send invoices")

        self.set_last_success(NOON - timedelta(hours=1))
        self.assertFalse(self.capture("changes")["edits"])

    def test_an_edit_of_what_it_does(self):
        self.env.cr.execute(
            "UPDATE ir_act_server SET write_date = %s WHERE id = %s",
            [NOON, self.cron.ir_actions_server_id.id],
        )
        self.env.cr.execute("UPDATE ir_cron SET write_date = '2020-01-01'")
        self.set_last_success(NOON - timedelta(hours=3))
        (edit,) = self.capture("changes")["edits"]

        self.assertEqual(edit["model"], "ir.actions.server")

    def test_new_module_versions(self):
        versions = self.env["monitor.module.version"]
        versions.search([]).unlink()
        versions._look(NOON - timedelta(days=9))
        self.assertTrue(versions.search_count([("name", "=", "monitor_core")]))
        self.env.cr.execute(
            "UPDATE ir_module_module SET latest_version = '19.0.9.9.9' "
            "WHERE name = 'monitor_core' RETURNING latest_version"
        )
        versions._look(NOON - timedelta(hours=1))
        versions._look(NOON)
        self.set_last_success(NOON - timedelta(hours=3))
        (told,) = self.capture("changes")["modules"]

        self.assertEqual(told["module"], "monitor_core")
        self.assertEqual(told["after"], "19.0.9.9.9")
        self.assertRegex(told["before"], r"^19\.0\.1\.")
        self.assertEqual(told["at"], "2026-01-05 11:00:00")

        self.set_last_success(NOON - timedelta(minutes=5))
        self.assertFalse(self.capture("changes")["modules"])

    def test_the_tick_notes_versions(self):
        self.env["monitor.module.version"].search([]).unlink()
        self.tick(NOON)
        self.assertTrue(self.env["monitor.module.version"].search_count([]))

    def test_what_automations_changed_of_the_record(self):
        partner = self.env["res.partner"].create({"name": "Azure"})
        self.env["monitor.change"].create(
            {
                "occurred_at": NOON,
                "model": "res.partner",
                "res_id": partner.id,
                "operation": "write",
                "changes": {"phone": ["secret1", "secret2"]},
                "source_ref": "ir.cron,7",
            }
        )
        self.incident.write({"model": "res.partner", "res_id": partner.id})
        context = self.capture("changes")

        self.assertEqual(
            context["record_changes"],
            [
                {
                    "at": "2026-01-05 12:00:00",
                    "operation": "write",
                    "source_ref": "ir.cron,7",
                    "fields": ["phone"],
                }
            ],
        )
        self.assertNotIn("secret1", str(context))

    def test_queues(self):
        self.env["mail.mail"].create([{"state": "exception"}] * 2)
        self.env.cr.execute("UPDATE ir_cron SET nextcall = %s", [NOON])
        self.env.cr.execute(
            "UPDATE ir_cron SET nextcall = %s, active = true WHERE id = %s",
            [NOON - timedelta(hours=1), self.cron.id],
        )
        queues = {
            (queue["queue"], queue["state"]): queue
            for queue in self.capture("queues")["queues"]
        }

        self.assertGreaterEqual(queues["mail.mail", "exception"]["number"], 2)
        self.assertEqual(queues["ir.cron", "overdue"]["number"], 1)
        self.assertEqual(queues["ir.cron", "overdue"]["oldest"], "2026-01-05 11:00:00")

    def test_who_waits_for_whom(self):
        with self.registry.cursor() as other:
            other.execute("SELECT 'ana', pg_backend_pid()")
            pid = other.fetchone()[1]
            context = self.capture("database")

        sessions = {lock["pid"]: lock for lock in context["locks"]}
        self.assertEqual(sessions[pid]["waits_for"], [])
        self.assertIn("SELECT ?", sessions[pid]["query"])
        self.assertNotIn("ana", str(context))
        self.assertIn("statements", context)

    def test_log_lines_of_the_time(self):
        self.env["ir.logging"].create(
            [
                {
                    "name": "odoo.x",
                    "type": "server",
                    "level": level,
                    "message": f"{level} of ana@example.com",
                    "path": "x",
                    "line": "1",
                    "func": "f",
                }
                for level in ("INFO", "ERROR")
            ]
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_logging SET create_date = %s", [NOON])
        (line,) = self.capture("logs")["logs"]
        self.assertEqual(line["message"], "ERROR of [e-mail]")

        before = NOON - timedelta(minutes=16)
        self.env.cr.execute("UPDATE ir_logging SET create_date = %s", [before])
        self.assertFalse(self.capture("logs")["logs"])

    def test_what_cannot_be_seen_stops_nothing(self):
        def broken(incident, now):
            incident.env.cr.execute("SELECT 1/0", log_exceptions=False)

        incidents = type(self.incident)
        self.patch(incidents, "_capture_queues", broken)
        context = self.capture("queues", "runs")

        self.assertEqual(context["failed"], ["queues: DivisionByZero"])
        self.assertIn("runs", context)
        self.env.cr.execute("SELECT 1")

    def test_what_takes_too_long_is_given_up(self):
        def slow(incident, now):
            incident._rows("SELECT pg_sleep(5)")

        self.patch(type(self.incident), "_capture_queues", slow)
        module = "odoo.addons.monitor_incident.models.monitor_incident_context"
        self.patch(__import__(module, fromlist=["TIMEOUT"]), "TIMEOUT", "10ms")
        self.env.cr.execute("SET LOCAL statement_timeout = '77s'")
        context = self.capture("queues")

        self.assertEqual(context["failed"], ["queues: QueryCanceled"])
        self.env.cr.execute("SHOW statement_timeout")
        self.assertEqual(self.env.cr.fetchone(), ("77s",))

    def test_an_incident_opens_even_if_nothing_can_be_kept(self):
        def broken(incident, now):
            raise psycopg2.OperationalError("gone")

        self.patch(type(self.incident), "_capture_one", broken)
        with mute_logger(LOG):
            self.capture("runs")
        self.assertFalse(self.incident.captured_context)

    def test_it_is_bounded(self):
        def large(incident, now):
            return {"logs": [{"message": f"{n} " + "word " * 90} for n in range(999)]}

        self.patch(type(self.incident), "_capture_logs", large)
        context = self.capture("logs")

        self.assertLess(len(str(context)), 70_000)
        self.assertGreater(context["left_out"]["logs"], 0)

    def test_people_read_it_as_tables(self):
        run = self.make_run(1, error_message="<b>bold</b>")
        self.capture(*ALL)
        html = self.incident.with_user(self.operator).evidence_html

        self.assertIn(f"#{run.id}", html)
        self.assertIn("Failed", html)
        self.assertIn("1.5 s", html)
        self.assertIn("&lt;b&gt;bold", html)
        self.assertNotIn("<b>bold", html)
        for title in ("Last runs", "Changes since", "Queues", "Log lines"):
            self.assertIn(title, html)

    def test_who_may_read_it(self):
        self.capture("runs")
        self.incident.user_id = self.viewer
        names = ["captured_context", "evidence_html"]
        for user in (self.operator, self.manager, self.auditor):
            self.assertTrue(self.incident.with_user(user).read(names))
        with self.assertRaises(AccessError):
            self.incident.with_user(self.viewer).read(names)

    def test_versions_are_read_by_operators_and_auditors_alone(self):
        versions = self.env["monitor.module.version"]
        for user, may in (
            (self.viewer, False),
            (self.operator, True),
            (self.auditor, True),
        ):
            self.assertEqual(versions.with_user(user).has_access("read"), may)
        self.assertFalse(versions.with_user(self.manager).has_access("write"))
