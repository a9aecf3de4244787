"""The rules that are installed: silent while all is well, and each for its fault."""

from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from odoo.addons.monitor_core.tests.common import MonitorCase

STEP = timedelta(minutes=5)
INTERVALS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
    "months": timedelta(days=30),
}
RAN = """
    WITH ran AS (
        INSERT INTO monitor_run
            (workflow_id, source_ref, state, outcome_class, started_at, finished_at,
             duration_ms, run_count, error_message, fingerprint, user_id)
        VALUES (%(workflow)s, %(ref)s, %(state)s, %(outcome)s, %(at)s, %(at)s, 40, 1,
                %(error)s, %(error)s, 1)
        RETURNING id)
    INSERT INTO monitor_event_data
        (recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class,
         quantity, duration_ms, source, retention)
    SELECT %(at)s, %(at)s, %(workflow)s, id, %(kind)s, %(state)s, %(outcome)s, 1, 40,
           'odoo', 'standard' FROM ran
"""


@tagged("post_install", "-at_install", "monitor")
class TestDefaultRules(MonitorCase, TransactionCase):
    """An Odoo whose scheduled actions run; time is told by the test."""

    def setUp(self):
        super().setUp()
        crons = self.env["ir.cron"].search([])
        shipped = crons.get_external_id()
        crons.filtered(lambda c: not shipped[c.id]).active = False
        self.moment = self.now()
        self.set_clock(self.moment)
        for cron in self.env["ir.cron"].search([]):
            every = INTERVALS[cron.interval_type] * cron.interval_number
            cron.nextcall = self.moment + every / 2
        self.env["mail.mail"].search([]).unlink()
        self.broken, self.stopped = set(), set()
        self.env["monitor.tick"]._get().write({"last_tick_at": self.moment})
        self.pass_time(timedelta(minutes=10))
        self.known = self.env["monitor.incident"].search([])

    def pass_time(self, duration):
        """Let scheduled actions run when they are due, and the tick each 5 minutes."""
        end = self.moment + duration
        while self.moment < end:
            self.moment += STEP
            self.set_clock(self.moment)
            self.run_due()
            tick = self.env["monitor.tick"]._get()
            tick.last_tick_at = self.moment - timedelta(minutes=1)
            self.tick(self.moment)
            self.env["monitor.incident"]._run_escalation(self.moment)
            self.env["monitor.notification"]._deliver(self.moment)

    def run_due(self):
        due = self.env["ir.cron"].search([("nextcall", "<=", self.moment)])
        for cron in due - self.env["ir.cron"].browse(self.stopped):
            workflow = self.workflow_of(cron)
            every = INTERVALS[cron.interval_type] * cron.interval_number
            cron.write({"nextcall": max(cron.nextcall + every, self.moment)})
            cron.lastcall = self.moment
            if workflow:
                self.ran(workflow, cron, "failed" if cron.id in self.broken else "")

    def ran(self, workflow, cron, failed):
        values = {
            "workflow": workflow.id,
            "ref": f"ir.cron,{cron.id}",
            "at": self.moment,
            "state": "failed" if failed else "succeeded",
            "kind": "failed" if failed else "succeeded",
            "outcome": "fault" if failed else "success",
            "error": "The server is gone" if failed else None,
        }
        self.env.flush_all()
        self.env.cr.execute(RAN, values)

    def new_incidents(self):
        return self.env["monitor.incident"].search([]) - self.known

    def test_a_day_on_which_all_is_well_raises_nothing(self):
        self.pass_time(timedelta(hours=24))

        self.assertFalse(self.new_incidents().mapped("title"))
        firing = self.env["monitor.alert"].search([("state", "=", "firing")])
        self.assertFalse((firing - self.known.alert_ids).mapped("name"))

    def a_cron(self):
        return self.env.ref("mail.ir_cron_mail_scheduler_action")

    def assert_raised(self, *titles):
        self.assertEqual(sorted(self.new_incidents().mapped("title")), sorted(titles))

    def hourly(self):
        """Return a scheduled action of every hour, with its workflow."""
        cron = self.a_cron()
        cron.write({"interval_type": "hours", "nextcall": self.moment})
        self.pass_time(timedelta(hours=1))
        return cron, self.workflow_of(cron)

    def test_a_scheduled_action_that_fails(self):
        cron, workflow = self.hourly()
        self.broken.add(cron.id)
        self.pass_time(timedelta(hours=1, minutes=10))
        self.assert_raised()  # once is chance
        self.pass_time(timedelta(hours=1))
        self.assert_raised(f'{workflow.name}: Fails: "The server is gone"')

        self.broken.clear()
        self.pass_time(timedelta(hours=1, minutes=10))

        self.assertEqual(self.new_incidents().state, "resolved")

    def test_a_scheduled_action_that_does_not_run(self):
        cron, workflow = self.hourly()
        self.stopped.add(cron.id)
        self.pass_time(timedelta(hours=1, minutes=30))
        self.assert_raised(f"{workflow.name}: Did not run")

        self.stopped.clear()
        self.pass_time(timedelta(minutes=10))

        self.assertEqual(self.new_incidents().state, "resolved")

    def test_a_scheduled_action_whose_user_is_archived(self):
        cron, workflow = self.hourly()
        worker = self.operator.copy({"login": "worker", "active": True})
        cron.user_id = worker
        self.pass_time(STEP)
        worker.active = False
        self.pass_time(STEP)
        self.assert_raised(
            f"{workflow.name}: Odoo does not run it, because its user "
            f'"{worker.name}" is archived'
        )

    def test_mails_that_cannot_be_sent(self):
        mail = self.env["mail.mail"].create({"subject": "Bill", "state": "exception"})
        self.pass_time(2 * STEP)
        self.assert_raised("E-mails could not be sent")

        mail.state = "sent"
        self.pass_time(2 * STEP)

        self.assertEqual(self.new_incidents().state, "resolved")

    def test_a_module_that_is_stuck(self):
        module = self.env["ir.module.module"].search(
            [("state", "=", "uninstalled")], limit=1
        )
        module.state = "to install"
        self.pass_time(STEP)
        self.assert_raised()
        self.pass_time(3 * STEP)
        self.assert_raised("A module is stuck in installation")

    def test_the_scheduler_was_down(self):
        self.pass_time(STEP)
        self.moment += timedelta(hours=8)
        self.set_clock(self.moment)
        self.tick(self.moment)
        self.assert_raised("The scheduler was down")

        self.run_due()
        self.pass_time(timedelta(hours=1))

        self.assert_raised("The scheduler was down")
        self.assertEqual(self.new_incidents().state, "resolved")

    def test_an_automation_that_fails(self):
        rule = self.make_automation(name="Bills", code="pass")
        self.pass_time(STEP)
        workflow = self.workflow_of(rule)
        values = {"workflow": workflow.id, "ref": f"base.automation,{rule.id}"}
        self.env.cr.execute(
            RAN,
            {
                **values,
                "at": self.moment,
                "state": "failed",
                "kind": "failed",
                "outcome": "fault",
                "error": "No journal",
            },
        )
        self.pass_time(STEP)
        self.assert_raised('Bills: A run failed: "No journal"')
