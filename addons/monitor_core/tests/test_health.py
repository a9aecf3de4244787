from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .common import MonitorCase

CRON_LOG = "odoo.addons.base.models.ir_cron"


@tagged("post_install", "-at_install", "monitor")
class TestHealth(MonitorCase, TransactionCase):
    """The board says what is true, and why; the rule itself is tested without Odoo."""

    def execute(self, cron):
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_new_until_it_ran_healthy_after(self):
        cron = self.make_cron(code="pass")
        self.tick()
        workflow = self.workflow_of(cron)
        self.assertEqual(workflow.health, "new")

        self.execute(cron)
        self.tick()

        self.assertEqual(workflow.health, "healthy")
        self.assertTrue(workflow.last_success_at)
        self.assertFalse(workflow.last_failure_at)
        self.assertEqual(workflow.trend_7d[-1]["ok"], 1)
        self.assertEqual(workflow.success_rate_7d, 100)

    @mute_logger(CRON_LOG)
    def test_failing_counts_and_recovers(self):
        cron = self.make_cron(code="1/0")
        for _time in range(3):
            self.execute(cron)
        self.tick()
        workflow = self.workflow_of(cron)
        self.assertEqual(
            (workflow.health, workflow.consecutive_failures), ("failing", 3)
        )
        self.assertIn("3 runs in a row", workflow.health_reason)
        self.assertIn("division by zero", workflow.health_reason)

        cron.code = "pass"
        self.execute(cron)
        self.tick()

        self.assertEqual(
            (workflow.health, workflow.consecutive_failures), ("degraded", 0)
        )
        self.assertIn("3 of 4 runs failed", workflow.health_reason)

        self.tick(self.now() + timedelta(hours=26))
        self.assertNotEqual(workflow.health, "degraded")

    def test_overdue_is_late_although_no_event_arrives(self):
        now = self.now()
        cron = self.make_cron(code="pass", nextcall=now + timedelta(minutes=1))
        self.tick()
        workflow = self.workflow_of(cron)
        self.assertEqual(workflow.health, "new")

        self.tick(now + timedelta(hours=3))

        self.assertEqual(workflow.health, "late")
        self.assertIn("never run", workflow.health_reason)
        self.assertLess(workflow.health_since, now + timedelta(hours=2))

    def test_a_reported_run_answers_for_the_schedule_of_its_flow(self):
        self.set_clock(datetime(2026, 1, 5, 6))  # a Monday, 07:00 in Brussels
        flow = self.make_flow(
            steps=(),
            schedule_type="cron",
            cron_expression="0 9 * * 1-5",
            schedule_tz="Europe/Brussels",
            grace_minutes=10,
        )
        self.tick()
        self.assertEqual(flow.next_expected_at, datetime(2026, 1, 5, 8))

        self.set_clock(datetime(2026, 1, 5, 8, 5))
        self.env["monitor.workflow"].run_start("order-to-cash", "MON")
        self.env["monitor.workflow"].run_finish("order-to-cash", "MON", "succeeded")
        self.tick()
        self.assertEqual(flow.next_expected_at, datetime(2026, 1, 6, 8))
        self.assertEqual(flow.health, "healthy")

        self.tick(datetime(2026, 1, 6, 8, 9))
        self.assertEqual(flow.health, "healthy")
        self.tick(datetime(2026, 1, 6, 8, 11))
        self.assertEqual(flow.health, "late")

    def test_a_grace_of_its_own_is_respected(self):
        now = self.now()
        cron = self.make_cron(code="pass", nextcall=now)
        self.tick()
        workflow = self.workflow_of(cron)
        workflow.grace_minutes = 240

        self.tick(now + timedelta(hours=3))
        self.assertEqual(workflow.health, "new")

        self.tick(now + timedelta(hours=5))
        self.assertEqual(workflow.health, "late")

    def test_a_run_past_its_expected_time_is_degraded_while_it_runs(self):
        cron = self.make_cron(code="pass")
        self.execute(cron)
        self.tick()
        workflow = self.workflow_of(cron)
        workflow.expected_duration_ms = 20_000
        run = workflow.run_ids
        now = self.now()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_run SET state = 'running', finished_at = NULL, "
            "started_at = %s, backend_pid = pg_backend_pid(), backend_start = "
            "(SELECT backend_start::text FROM pg_stat_activity "
            "WHERE pid = pg_backend_pid()) WHERE id = %s",
            [now, run.id],
        )
        self.env.invalidate_all()

        self.tick(now + timedelta(seconds=10))
        self.assertNotEqual(workflow.health, "degraded")
        self.tick(now + timedelta(seconds=40))

        self.assertEqual(workflow.health, "degraded")
        self.assertIn("20", workflow.health_reason)

    def test_paused_is_not_judged_and_back_at_once(self):
        cron = self.make_cron(code="pass")
        self.execute(cron)
        self.tick()
        workflow = self.workflow_of(cron)

        workflow.action_pause("Month end")
        self.assertEqual(workflow.health, "paused")
        self.assertIn("Month end", workflow.health_reason)

        workflow.action_resume()
        self.assertEqual(workflow.health, "healthy")

    def test_a_changed_health_is_an_event(self):
        cron = self.make_cron(code="pass")
        self.execute(cron)
        self.tick()

        flip = self.env["monitor.event"].search(
            [("workflow_id", "=", self.workflow_of(cron).id), ("step", "=", "health")],
            limit=1,
        )

        self.assertEqual(flip.context, {"from": "new", "to": "healthy"})

    def test_rules_that_refuse_are_not_failing(self):
        rule = self.make_automation(code="raise UserError('no')")
        self.env.cr.flush()
        for _time in range(2):
            with self.enter_registry_test_mode():
                try:
                    with self.registry.cursor() as cr:
                        self.env(cr=cr)["res.partner"].create({"name": "Ana"})
                except Exception as error:
                    self.assertEqual(str(error), "no")
        self.env.invalidate_all()
        self.tick()

        workflow = self.workflow_of(rule)
        self.assertEqual(workflow.failure_count_7d, 2)
        self.assertNotEqual(workflow.health, "failing")
        self.assertFalse(workflow.last_failure_at)

    def test_one_odd_workflow_does_not_blind_the_others(self):
        cron, other = self.make_cron(code="pass"), self.make_cron(code="pass")
        self.execute(cron)
        self.execute(other)
        self.env["monitor.discovery"]._sync(self.now())
        odd = self.workflow_of(cron)
        review = type(self.env["monitor.health"])._review

        def picky(model, row, now):
            if row["id"] == odd.id:
                raise ValueError("odd")
            return review(model, row, now)

        self.patch(type(self.env["monitor.health"]), "_review", picky)
        with mute_logger("odoo.addons.monitor_core.models.monitor_health"):
            self.tick()

        self.assertEqual(odd.health, "unknown")
        self.assertEqual(self.workflow_of(other).health, "healthy")

    def test_switching_capture_off_makes_health_unknown(self):
        cron = self.make_cron(code="pass")
        self.execute(cron)
        self.tick()

        self.env["res.config.settings"].create(
            {"monitor_capture_cron": False}
        ).execute()
        self.tick()

        workflow = self.workflow_of(cron)
        self.assertEqual(workflow.health, "unknown")
        self.assertIn("switched off", workflow.health_reason)
        self.execute(cron)
        self.assertEqual(len(workflow.run_ids), 1)
