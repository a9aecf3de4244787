"""The acceptance scenarios of detection, each under its number.

With the rules as installed, the tick on a clock that the test moves, and scheduled
actions and automations that really run.
"""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import BadModuleState, IrCron

from .detection_case import DAY, MINUTE, DetectionCase, at

CRON_LOG = "odoo.addons.base.models.ir_cron"
HALF_HOUR, HALF_DAY = timedelta(minutes=30), timedelta(hours=12)
PARIS = ZoneInfo("Europe/Paris")


@tagged("post_install", "-at_install", "monitor")
class TestScenariosDetection(DetectionCase, TransactionCase):
    """What is late, failed, switched off, stuck or down is told once, and in time."""

    def test_23_never_ran(self):
        self.begin(at(10))
        cron = self.make_cron(nextcall=at(11))
        self.wait_until(at(11, 5))
        self.assertFalse(self.incidents_of(cron))

        self.wait_until(at(11, 8))  # grace 6 min, and two ticks

        incident = self.incidents_of(cron)
        self.assertEqual(incident.title, "Nightly work: Has never run")
        self.assertEqual(incident.opened_at, at(11, 6))

    def hourly(self, **values):
        """Return a scheduled action that ran at nine and is due at ten."""
        self.begin(at(8, 59))
        cron = self.make_cron(nextcall=at(9), **values)
        self.wait_until(at(9), run=cron)
        self.assertEqual(cron.nextcall, at(10))
        return cron

    def test_24_late_but_succeeds(self):
        cron = self.hourly()
        self.wait_until(at(10, 19))
        incident = self.incidents_of(cron)
        self.assertEqual((incident.state, incident.opened_at), ("new", at(10, 6)))
        incident._mark_told(self.moment)

        self.wait_until(at(10, 20), run=cron)

        self.assertEqual(
            (incident.state, incident.resolution, incident.resolved_at),
            ("resolved", "recovered", at(10, 20)),
        )
        self.assertRegex(self.told(incident)[-1], "20 min late; runs missed: 0$")

    def test_24_what_did_not_come_is_counted(self):
        cron = self.hourly()
        self.wait_until(at(12, 20), every=5 * MINUTE)
        incident = self.incidents_of(cron)
        incident._mark_told(self.moment)
        self.wait_until(at(12, 21), run=cron)

        said = self.told(incident)[-1]
        self.assertRegex(said, "2 h 21 min late; runs missed: 2$")

    def test_24_within_the_grace_is_no_incident(self):
        cron = self.hourly()
        self.wait_until(at(10, 4))
        self.wait_until(at(10, 5), run=cron)
        self.wait_until(at(10, 30))

        self.assertFalse(self.incidents_of(cron))
        minutes = self.runs_of(cron).mapped(lambda run: run.late_ms // 60_000)
        self.assertEqual(minutes, [0, 5])  # a statistic, no more

    @mute_logger(CRON_LOG)
    def test_25_failing(self):
        self.env.ref("monitor_incident.rule_cron_failures").threshold = 3
        cron = self.hourly(code="1/0")
        workflow = self.workflow_of(cron)
        self.assertEqual(cron.lastcall, at(9))  # to Odoo it ran
        self.assertEqual(workflow.health, "failing")
        tick = self.env.ref("monitor_core.ir_cron_monitor_tick")
        self.assertEqual((tick.interval_number, tick.interval_type), (1, "minutes"))

        self.wait_until(at(10, 30), run=cron)
        self.assertEqual(workflow.consecutive_failures, 2)
        self.assertFalse(self.incidents_of(cron))
        self.wait_until(at(11), run=cron)

        incident = self.incidents_of(cron)
        self.assertEqual(incident.title, 'Nightly work: Fails: "division by zero"')
        self.assertIn("3 runs in a row", incident.reason)

    def switched_off(self):
        """Return a daily action that Odoo switched off on its ninth failure."""
        self.begin(at(8, 59))
        cron = self.make_cron(nextcall=at(9), code="1/0", interval_type="days")
        with mute_logger(CRON_LOG):
            self.wait_until(at(9), run=cron)
            self.wait_until(at(9, 0, DAY + timedelta(days=8)), HALF_DAY, [cron])
        return cron

    def test_26_switched_off_by_odoo(self):
        cron = self.switched_off()
        self.assertFalse(cron.active or cron.failure_count or cron.first_failure_date)

        alert = self.env["monitor.alert"].search(
            [
                ("rule_id", "=", self.env.ref("monitor_incident.rule_deactivated").id),
                ("workflow_id", "=", self.workflow_of(cron).id),
            ]
        )
        incident = alert.incident_id

        self.assertEqual((incident.state, incident.severity), ("new", "critical"))
        said = alert.with_context(tz="UTC").summary
        self.assertRegex(said, "after 9 failures since .*03/02/2026.* 0?9:00")
        self.assertIn('the last one: "division by zero"', said)
        run = self.env["monitor.run"].browse(alert.last_run_id)
        self.assertEqual(run, self.runs_of(cron)[-1])
        self.assertIn("ZeroDivisionError", run.traceback)

    def test_26_switching_on_again_is_audited(self):
        cron = self.switched_off()
        admin = self.env.ref("base.user_admin")
        cron.with_user(admin).write({"active": True, "code": "pass"})
        self.wait_until(self.moment + MINUTE)

        event = self.event_of(cron, "activated")
        self.assertEqual((event.user_id, event.kind), (admin, "log"))
        self.assertEqual(event.workflow_id, self.workflow_of(cron))

    def test_26_switched_off_by_a_person(self):
        cron = self.hourly()
        admin = self.env.ref("base.user_admin")
        cron.with_user(admin).active = False
        self.wait_until(at(11), every=5 * MINUTE)

        event = self.event_of(cron, "archived")
        self.assertEqual((event.user_id, event.severity), (admin, "info"))
        self.assertEqual(event.workflow_id, self.workflow_of(cron))
        self.assertEqual(self.workflow_of(cron).health, "paused")
        self.assertFalse(self.incidents_of(cron))

    def test_27_a_bad_automation_beside_a_good_one(self):
        module = __import__(IrCron.__module__, fromlist=["MIN_TIME_PER_JOB"])
        self.patch(module, "MIN_TIME_PER_JOB", 0)  # ten loops instead of ten seconds
        self.begin(at(9))
        partner = self.env["res.partner"].create({"name": "Ana"})
        self.env.cr.execute("UPDATE res_partner SET create_date = '2020-01-01'")
        bad = self.timed_rule(partner, "1/0")
        good = self.timed_rule(partner, "record.write({'comment': 'seen'})")
        cron = self.env.ref("base_automation.ir_cron_data_base_automation_check")
        logs = (CRON_LOG, "odoo.addons.base_automation.models.base_automation")
        for cycle in range(3):
            with mute_logger(*logs):
                self.execute(cron)
            self.wait_until(self.moment + MINUTE)
            if cycle < 2:  # flagged in time, and told once
                (incident,) = self.incidents_of(bad)
                self.assertEqual(
                    incident.title, '1/0: A run failed: "division by zero"'
                )

        self.assertFalse(self.incidents_of(good))
        self.assertEqual(self.workflow_of(good).health, "healthy")
        self.assertEqual(len(self.runs_of(good)), 1)
        self.assertTrue(good.last_run)
        self.assertFalse(cron.failure_count)  # to Odoo all is well
        burnt = self.incidents_of(cron)
        self.assertIn("is started over and over", burnt.title)
        self.assertRegex(burnt.reason, r"3 runs in a row, the last one took \d+")

    def test_28_hung(self):
        cron = self.hourly()
        workflow = self.workflow_of(cron)
        workflow.expected_duration_ms = 20 * 60 * 1000
        run = self.begun_again(cron)
        self.set_session(run, "pg_backend_pid()")
        self.wait_until(at(9, 19))
        self.assertNotEqual(workflow.health_reason_code, "running_long")
        self.wait_until(at(9, 21))
        alert = self.env["monitor.alert"].search([("workflow_id", "=", workflow.id)])
        self.assertEqual(
            (alert.rule_id.kind, alert.state, alert.fired_at),
            ("slow", "firing", at(9, 20)),
        )

        self.set_session(run, "0")  # killed by a limit of time
        self.wait_until(at(9, 22))

        self.assertEqual((run.state, run.outcome_class), ("lost", "lost"))
        incident = self.incidents_of(cron)
        self.assertIn("A run stopped without finishing", incident.title)

    def test_28_the_third_time_is_a_failure(self):
        cron = self.hourly()
        for stopped in (1, 2):
            if stopped == 2:
                self.execute(cron)
            self.set_session(self.begun_again(cron), "0")
            self.wait_until(self.moment + MINUTE)
        self.env["ir.cron.progress"].create(
            {"cron_id": cron.id, "timed_out_counter": 3, "done": 0}
        )
        self.env.flush_all()
        # not by method_direct_trigger, which cannot take this log record
        with mute_logger(CRON_LOG), self.enter_registry_test_mode():
            job = cron._acquire_one_job(self.env.cr, cron.id, include_not_ready=True)
            cron._process_job(self.env.cr, job)
        self.env.invalidate_all()
        self.wait_until(self.moment + MINUTE)

        self.assertEqual(
            self.runs_of(cron).mapped(lambda r: (r.state, r.outcome_class)),
            [("lost", "lost"), ("lost", "lost"), ("failed", "timeout")],
        )
        self.assertEqual(cron.failure_count, 1)
        reasons = self.incidents_of(cron).mapped("reason")
        self.assertTrue([r for r in reasons if "3 runs in a row" in r], reasons)

    def test_29_its_user_is_archived(self):
        self.begin(at(9))
        worker = new_test_user(self.env, "worker", name="Will Worker")
        cron = self.make_cron(nextcall=at(11), user_id=worker.id)
        self.wait_until(at(9, 1))
        worker.active = False
        self.wait_until(at(9, 3))

        incident = self.incidents_of(cron)
        self.assertIn('its user "Will Worker" is archived', incident.title)
        self.assertIn("choose another user for it, or activate", incident.reason)
        self.assertFalse(self.runs_of(cron))  # before the first failed one

        worker.active = True
        self.wait_until(at(9, 5))
        self.assertEqual(incident.state, "resolved")

    def around_the_change(self, *moments):
        """Live three days around a change of the clocks.

        :param moments: when a sender that follows the clocks of Paris runs. Odoo goes
            on from the hour of the last run, so after the change it may run an hour
            off; what the monitor expects is what Odoo plans.
        """
        user = new_test_user(self.env, "marie", tz="Europe/Paris")
        self.begin(moments[0] - timedelta(hours=2))
        cron = self.make_cron(
            user_id=user.id, interval_type="days", nextcall=moments[0]
        )
        flow = self.make_flow(
            (),
            kind="external",
            schedule_type="cron",
            cron_expression="30 2 * * *",
            schedule_tz="Europe/Paris",
        )
        for moment in moments:
            self.wait_until(moment - MINUTE, HALF_HOUR, [cron])
            self.wait_until(moment, MINUTE, [cron])
            self.env["monitor.workflow"].run_start(flow.code, str(moment))
            self.env["monitor.workflow"].run_finish(flow.code, str(moment), "succeeded")
        self.wait_until(moments[-1] + timedelta(hours=20), HALF_HOUR, [cron])
        incidents = self.env["monitor.incident"].search(
            [("workflow_id", "in", (flow | self.workflow_of(cron)).ids)]
        )
        alerts = self.env["monitor.alert"].search(
            [("workflow_id", "in", (flow | self.workflow_of(cron)).ids)]
        )
        self.assertFalse(incidents.mapped("title") + alerts.mapped("name"))
        self.assertEqual(flow.health, "healthy")
        days = [
            run.started_at.replace(tzinfo=timezone.utc).astimezone(PARIS).date()
            for run in self.runs_of(cron)
        ]
        self.assertEqual(days, [moment.date() for moment in moments])

    def test_30_the_clocks_go_forward(self):
        """On 29 March there is no 02:30 in Paris; it is 03:30 then."""
        moments = [
            datetime(2026, 3, 28, 1, 30),
            datetime(2026, 3, 29, 1, 30),
            datetime(2026, 3, 30, 0, 30),
        ]
        self.around_the_change(*moments)

    def test_30_the_clocks_go_back(self):
        """On 25 October it is 02:30 twice in Paris; once is enough."""
        moments = [
            datetime(2026, 10, 24, 0, 30),
            datetime(2026, 10, 25, 0, 30),
            datetime(2026, 10, 26, 1, 30),
        ]
        self.around_the_change(*moments)

    def test_31_the_server_was_down(self):
        self.begin(at(20, 59))
        crons = self.env["ir.cron"].concat(
            *(self.make_cron(name=f"Job {n}", nextcall=at(21)) for n in range(180))
        )
        self.move(at(21))
        self.execute(*crons)
        self.wait_until(at(22), every=10 * MINUTE)
        before = self.env["monitor.incident"].search([])

        self.move(at(30))  # six the next morning
        self.look()
        for minutes in (5, 25):
            self.wait_until(at(30, minutes), every=5 * MINUTE)
            self.execute(*(crons[:90] if minutes == 5 else crons[90:]))
        self.wait_until(at(31), every=5 * MINUTE)

        new = self.env["monitor.incident"].search([]) - before
        jobs = self.workflows_of(crons)
        outage = new.filtered(
            lambda one: not one.workflow_id or one.workflow_id in jobs
        )
        self.assertEqual(outage.mapped("title"), ["The scheduler was down"])
        self.assertIn("(8 h)", outage.reason)
        self.assertEqual((outage.opened_at, outage.state), (at(22), "resolved"))
        self.assertEqual({*jobs.mapped("health")}, {"healthy"})

    def test_32_a_module_is_stuck(self):
        self.begin(at(9))
        module = self.env.ref("base.module_mail")
        module.state = "to upgrade"
        self.wait_until(at(9, 10))

        incident = self.incidents_by("rule_module_stuck")
        self.assertEqual(incident.title, "A module is stuck in installation")
        self.wait_until(at(9, 30))
        self.assertEqual(self.incidents_by("rule_module_stuck"), incident)

        module.state = "installed"
        self.wait_until(at(9, 40))
        self.assertEqual(incident.state, "resolved")


@tagged("post_install", "-at_install", "monitor")
class TestScenariosFromOutside(DetectionCase, HttpCase):
    """Where no scheduled action runs, others are told by HTTP."""

    def status(self):
        return self.url_open("/monitor/healthz").status_code

    def test_23_the_scheduler_is_dead(self):
        self.begin(at(10))
        self.env["monitor.tick"]._get().error = False  # of the database of the tests
        self.env.flush_all()
        self.assertEqual(self.status(), 200)

        self.move(at(10, 3) + timedelta(seconds=1))

        self.assertEqual(self.status(), 503)

    def test_32_while_odoo_runs_nothing(self):
        """Odoo runs no scheduled action while a module is stuck, the tick neither."""
        self.begin(at(9))
        self.env.ref("base.module_mail").state = "to upgrade"
        self.env.flush_all()
        job = {"nextcall": datetime.now(), "write_date": False}
        with self.assertRaises(BadModuleState):
            self.env["ir.cron"]._check_modules_state(self.env.cr, [job])

        self.move(at(9, 10))

        self.assertEqual(self.status(), 503)
