from datetime import timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .common import MonitorCase

CRON_LOG = "odoo.addons.base.models.ir_cron"
VACUUM_LOG = "odoo.addons.base.models.ir_autovacuum"


@tagged("post_install", "-at_install", "monitor")
class TestCron(MonitorCase, TransactionCase):
    """One scheduled execution is one run, closed as it really ended."""

    def execute(self, cron):
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.runs_of(cron)

    def runs_of(self, cron):
        return self.env["monitor.run"].search(
            [("source_ref", "=", f"ir.cron,{cron.id}")], order="id"
        )

    def test_a_job_that_ends_well_succeeded(self):
        run = self.execute(self.make_cron(code="env['res.partner'].search_count([])"))

        self.assertRecordValues(
            run, [{"state": "succeeded", "outcome_class": "success"}]
        )
        self.assertTrue(run.sql_count >= 1)
        self.assertTrue(run.backend_pid)
        self.assertTrue(run.finished_at >= run.started_at)

    def test_how_late_it_started(self):
        now = self.now()
        self.set_clock(now)
        cases = [(5, 300_000), (0, 0), (-5, 0)]  # what was not due has none
        for minutes, late_ms in cases:
            due = now - timedelta(minutes=minutes)
            run = self.execute(self.make_cron(nextcall=due))
            self.assertEqual(run.late_ms, late_ms)

    def test_the_rest_of_a_queue_is_not_late(self):
        self.short_jobs()
        code = "env['ir.cron']._commit_progress(3, remaining=100)"
        cron = self.make_cron(code=code, nextcall=self.now() - timedelta(minutes=5))

        first, second = self.execute(cron)[-1], self.execute(cron)[-1]

        self.assertGreaterEqual(first.late_ms, 300_000)
        self.assertFalse(second.late_ms)

    def test_its_delegated_action_is_not_counted_again(self):
        cron = self.make_cron(code="pass")
        before = self.env["monitor.run"].search_count([])

        self.execute(cron)

        self.assertEqual(self.env["monitor.run"].search_count([]), before + 1)

    @mute_logger(CRON_LOG)
    def test_a_job_that_raises_failed_although_odoo_moves_lastcall(self):
        cron = self.make_cron(code="1/0")

        run = self.execute(cron)

        self.assertRecordValues(
            run,
            [
                {
                    "state": "failed",
                    "outcome_class": "fault",
                    "error_type": "ZeroDivisionError",
                }
            ],
        )
        self.assertTrue(cron.lastcall)

    @mute_logger(CRON_LOG)
    def test_progress_followed_by_errors_is_partial_and_one_run(self):
        cron = self.make_cron(
            code="env['ir.cron']._commit_progress(1, remaining=2)\n1/0"
        )
        self.short_jobs()

        run = self.execute(cron)

        self.assertRecordValues(run, [{"state": "partial", "outcome_class": "fault"}])
        self.assertEqual(cron.failure_count, 0)
        self.tick()
        self.assertEqual(self.workflow_of(cron).health, "degraded")

        self.execute(cron)
        self.execute(cron)
        self.tick()

        self.assertEqual(self.workflow_of(cron).health, "failing")
        self.assertIn("3 runs in a row", self.workflow_of(cron).health_reason)

    def test_a_long_queue_is_one_run_with_all_its_records(self):
        self.short_jobs()
        cron = self.make_cron(code="env['ir.cron']._commit_progress(3, remaining=100)")

        run = self.execute(cron)

        self.assertRecordValues(run, [{"state": "partial", "outcome_class": "success"}])
        self.assertEqual(run.record_count, 30)

    def test_what_a_job_starts_is_its_child(self):
        rule = self.make_automation(code="record.write({'comment': 'seen'})")
        cron = self.make_cron(code="env['res.partner'].create({'name': 'Ana'})")

        run = self.execute(cron)

        child = self.env["monitor.run"].search(
            [("source_ref", "=", f"base.automation,{rule.id}")]
        )
        self.assertEqual(child.parent_id, run)
        self.assertEqual(child.trace_id, run.trace_id)

    def test_a_job_of_an_archived_user_did_not_start(self):
        user = self.env["res.users"].create({"name": "Gone", "login": "gone"})
        cron = self.make_cron(code="pass", user_id=user.id)
        user.active = False

        with mute_logger(CRON_LOG):
            run = self.execute(cron)

        self.assertEqual(run.state, "failed")
        self.assertIn("archived", run.error_message)
        self.tick()
        self.assertEqual(self.workflow_of(cron).health, "failing")
        self.assertIn("archived", self.workflow_of(cron).health_reason)

    def test_the_third_time_out_is_a_failed_run(self):
        cron = self.make_cron(code="pass")
        self.env["ir.cron.progress"].create(
            {"cron_id": cron.id, "timed_out_counter": 3, "done": 0}
        )

        # not by method_direct_trigger, which cannot take this log record
        self.env.flush_all()
        with mute_logger(CRON_LOG), self.enter_registry_test_mode():
            job = cron._acquire_one_job(self.env.cr, cron.id, include_not_ready=True)
            cron._process_job(self.env.cr, job)

        run = self.runs_of(cron)
        self.assertRecordValues(run, [{"state": "failed", "outcome_class": "timeout"}])

    def switched_off_by_odoo(self):
        """Return a scheduled action whose last failure was one too many for Odoo."""
        cron = self.make_cron(code="1/0")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET failure_count = 6, first_failure_date = %s "
            "WHERE id = %s",
            [self.env.cr.now() - timedelta(days=8), cron.id],
        )
        with mute_logger(CRON_LOG):
            self.execute(cron)
        self.assertFalse(cron.active)
        return cron

    def state_of(self, cron):
        """Return what a tick makes of it."""
        self.tick()
        workflow = self.workflow_of(cron)
        return workflow.health, workflow.source_state

    def test_switched_off_by_odoo_is_failing_and_keeps_its_evidence(self):
        cron = self.switched_off_by_odoo()

        self.assertEqual(cron.failure_count, 0)
        self.assertEqual(self.state_of(cron), ("failing", "deactivated"))
        reason = self.workflow_of(cron).health_reason
        self.assertIn("Odoo switched it off", reason)
        event = self.env["monitor.event"].search([("step", "=", "deactivated")])
        self.assertEqual(event.context["failure_count"], 7)

    def test_an_edit_does_not_hide_that_odoo_switched_it_off(self):
        before, after = self.switched_off_by_odoo(), self.switched_off_by_odoo()
        before.name = "Renamed before the tick"
        self.tick()
        after.write({"interval_number": 2, "active": False})
        # as if by another transaction, which the write date tells
        self.env.cr.execute(
            "UPDATE ir_cron SET write_date = %s WHERE id IN %s",
            [self.now() + timedelta(hours=1), (before.id, after.id)],
        )
        self.env.invalidate_all()

        self.assertEqual(self.state_of(before), ("failing", "deactivated"))
        self.assertEqual(self.state_of(after), ("failing", "deactivated"))

    def test_switched_on_again_is_over_and_later_a_person_s_own_decision(self):
        cron = self.switched_off_by_odoo()
        self.tick()

        cron.active = True
        self.assertEqual(self.state_of(cron)[1], "active")

        cron.active = False
        self.assertEqual(self.state_of(cron), ("paused", "archived"))

    def test_switched_on_and_off_between_two_ticks_is_a_person_s_decision(self):
        cron = self.switched_off_by_odoo()
        self.tick()
        cron.active = True
        cron.active = False

        self.assertEqual(self.state_of(cron), ("paused", "archived"))

    def test_switched_on_in_sql_is_seen_by_the_tick(self):
        cron = self.switched_off_by_odoo()
        self.tick()
        for active, state in ((True, "active"), (False, "archived")):
            self.env.cr.execute(
                "UPDATE ir_cron SET active = %s WHERE id = %s", [active, cron.id]
            )
            self.env.invalidate_all()
            self.assertEqual(self.state_of(cron)[1], state)

    def test_switching_on_leaves_an_event_and_none_where_it_was_on(self):
        cron = self.make_cron(active=False)
        self.env.flush_all()
        for _time in range(2):
            cron.with_user(self.env.ref("base.user_admin")).active = True
            self.env.flush_all()

        event = self.env["monitor.event"].search(
            [("source", "=", f"ir.cron,{cron.id}"), ("step", "=", "activated")]
        )
        self.assertEqual(event.user_id, self.env.ref("base.user_admin"))

    def test_switching_on_works_where_the_note_cannot_be_written(self):
        cron = self.make_cron(active=False)
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE monitor_event_data RENAME TO away")

        with mute_logger("odoo.addons.monitor_core.models.monitor_recorder"):
            cron.active = True
            self.env.flush_all()

        self.assertTrue(cron.active)

    def test_switched_off_by_a_person_is_paused(self):
        cron = self.make_cron(code="pass")
        self.tick()

        admin = self.env.ref("base.user_admin")
        for _time in range(2):  # the second time it is off already
            cron.with_user(admin).active = False
            self.env.flush_all()
        self.tick()
        event = self.env["monitor.event"].search(
            [("source", "=", f"ir.cron,{cron.id}"), ("step", "=", "archived")]
        )
        self.assertEqual((event.user_id, event.severity), (admin, "info"))

        workflow = self.workflow_of(cron)
        self.assertEqual(
            (workflow.health, workflow.source_state), ("paused", "archived")
        )

    @mute_logger(VACUUM_LOG)
    def test_a_clean_up_that_fails_quietly_is_seen(self):
        def broken(_self):
            raise RuntimeError("nothing to clean")

        self.patch(type(self.env["res.users.log"]), "_gc_user_logs", broken)
        broken._autovacuum = True
        cron = self.env.ref("base.autovacuum_job")

        run = self.execute(cron)[-1]

        self.assertRecordValues(run, [{"state": "partial", "outcome_class": "fault"}])
        self.assertIn("_gc_user_logs", run.error_message)

    def test_the_tick_itself_is_no_workflow(self):
        cron = self.env.ref("monitor_core.ir_cron_monitor_tick")

        self.execute(cron)

        self.assertFalse(self.runs_of(cron))
        self.assertFalse(self.workflow_of(cron))

    def test_recording_takes_no_cursor_of_its_own(self):
        cron = self.make_cron(code="pass")
        opened = []
        with self.enter_registry_test_mode():
            cursor = self.registry.cursor

            def counting(*args, **kwargs):
                opened.append(1)
                return cursor(*args, **kwargs)

            with patch.object(self.registry, "cursor", counting):
                cron.method_direct_trigger()

        self.assertEqual(len(opened), 1)

    def short_jobs(self):
        """Let Odoo stop repeating a job after ten loops instead of ten seconds."""
        module = __import__(IrCron.__module__, fromlist=["MIN_TIME_PER_JOB"])
        self.patch(module, "MIN_TIME_PER_JOB", 0)
