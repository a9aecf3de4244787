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

    def test_a_failure_right_after_a_success_is_the_last_run(self):
        """The clock has no two answers for one moment; the runs have an order."""
        flow = self.make_flow(steps=(), code="same_moment")
        api = self.api_of(self.service)
        self.set_clock(self.now())
        for correlation_id in ("fine", "broken"):
            api.run_start("same_moment", correlation_id)
        api.run_finish("same_moment", "fine", "succeeded")
        api.run_finish("same_moment", "broken", "failed", "no stock")
        self.tick()

        self.assertEqual(flow.health, "failing")
        self.assertEqual(flow.consecutive_failures, 1)

    def test_ends_within_one_second_keep_their_order(self):
        flow = self.make_flow(steps=(), code="one_second")
        api = self.api_of(self.service)
        started = self.now()
        self.set_clock(started)
        for correlation_id in ("broken", "fine"):
            api.run_start("one_second", correlation_id)
        for part, (correlation_id, outcome) in enumerate(
            [("fine", "succeeded"), ("broken", "failed")]
        ):
            self.set_clock(started + timedelta(milliseconds=200 * (part + 1)))
            api.run_finish("one_second", correlation_id, outcome)
        self.tick(started + timedelta(seconds=5))

        self.assertEqual(flow.health, "failing")

    def make_hourly(self, **values):
        return self.make_flow(
            steps=(),
            kind="external",
            schedule_type="interval",
            interval_number=1,
            interval_unit="hours",
            grace_minutes=10,
            **values,
        )

    def test_a_start_without_an_end_does_not_hide_that_it_is_late(self):
        flow = self.make_hourly(code="silent")
        api = self.api_of(self.service)
        started = self.now()
        self.set_clock(started)
        api.run_start("silent", "1")
        api.run_finish("silent", "1", "succeeded")
        self.set_clock(started + timedelta(hours=1, minutes=2))
        api.run_start("silent", "2")
        self.tick(started + timedelta(hours=1, minutes=30))
        self.assertEqual(flow.health, "healthy")

        self.tick(started + timedelta(hours=3))

        self.assertEqual(flow.health, "late")
        self.assertIn("no end was reported", flow.health_reason)

    def test_a_run_may_take_as_long_as_expected_and_the_grace(self):
        flow = self.make_hourly(code="long", expected_duration_ms=10 * 3600 * 1000)
        api = self.api_of(self.service)
        started = self.now()
        self.set_clock(started)
        api.run_start("long", "1")
        api.run_finish("long", "1", "succeeded")
        self.set_clock(started + timedelta(hours=1))
        api.run_start("long", "2")

        self.tick(started + timedelta(hours=11, minutes=5))
        self.assertNotEqual(flow.health, "late")
        self.tick(started + timedelta(hours=11, minutes=15))
        self.assertEqual(flow.health, "late")

    def test_an_hourly_run_may_start_on_the_hour_although_the_last_took_its_time(self):
        flow = self.make_hourly(code="on_the_hour")
        api = self.api_of(self.service)
        started = self.now()
        self.set_clock(started)
        api.run_start("on_the_hour", "1")
        self.set_clock(started + timedelta(minutes=5))
        api.run_finish("on_the_hour", "1", "succeeded")
        self.set_clock(started + timedelta(hours=1))
        api.run_start("on_the_hour", "2")

        self.tick(started + timedelta(hours=1, minutes=40))
        self.assertEqual(flow.health, "healthy")
        self.tick(started + timedelta(hours=2, minutes=20))
        self.assertEqual(flow.health, "late")
        self.assertIn("no end was reported", flow.health_reason)

    def test_what_nobody_ends_is_lost_after_three_days_and_may_end_yet(self):
        flow = self.make_flow(steps=(), code="forgotten")
        waits = self.make_flow(code="waits_for_its_steps")
        api = self.api_of(self.service)
        started = self.now()
        for code in ("forgotten", "waits_for_its_steps"):
            api.run_start(code, "1")

        self.tick(started + timedelta(hours=71))
        self.assertEqual(flow.run_ids.state, "running")
        self.tick(started + timedelta(hours=73))

        self.assertEqual(flow.run_ids.state, "lost")
        self.assertEqual(flow.health, "failing")
        self.assertEqual(waits.run_ids.state, "running")
        answer = api.run_finish("forgotten", "1", "succeeded")
        self.assertEqual(answer["state"], "succeeded")

    def test_a_sender_with_a_fast_clock_does_not_decide_the_future(self):
        flow = self.make_flow(steps=(), code="fast_clock")
        api = self.api_of(self.service)
        now = self.now()
        ahead = (now + timedelta(hours=23)).isoformat()
        api.run_start("fast_clock", "1", {"occurred_at": ahead})
        api.run_finish("fast_clock", "1", "failed", "no stock")
        self.set_clock(now + timedelta(minutes=5))
        api.run_start("fast_clock", "2")
        api.run_finish("fast_clock", "2", "succeeded")
        self.tick(now + timedelta(minutes=6))

        self.assertEqual(flow.health, "degraded")
        self.assertLessEqual(flow.last_failure_at, now + timedelta(minutes=1))
        claimed = self.env["monitor.event"].search(
            [("workflow_id", "=", flow.id), ("kind", "=", "started")], order="id"
        )[0]
        self.assertEqual(claimed.occurred_at, now + timedelta(hours=23))

    def test_what_the_health_comes_from_outlives_the_retention(self):
        flow = self.make_flow(steps=(), code="quarterly")
        api = self.api_of(self.service)
        for correlation_id, outcome in (("1", "succeeded"), ("2", "failed")):
            api.run_start("quarterly", correlation_id)
            api.run_finish("quarterly", correlation_id, outcome, "the bank refused")
        self.tick()
        self.env["monitor.run"].flush_model()
        for table, column in (
            ("monitor_run", "started_at"),
            ("monitor_run", "finished_at"),
            ("monitor_workflow", "last_run_at"),
            ("monitor_workflow", "last_success_at"),
            ("monitor_workflow", "last_failure_at"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = {column} - interval '200 days'"
            )
        self.env.invalidate_all()

        self.env["monitor.retention"]._gc_runs()
        self.env["monitor.health"]._refresh(flow.ids, self.now())

        self.assertEqual(flow.health, "failing")
        self.assertTrue(flow.last_success_at)
