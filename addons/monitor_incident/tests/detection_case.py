"""A clock, the tick each minute, and scheduled actions that really run."""

from datetime import datetime, timedelta

from odoo.addons.monitor_core.tests.common import MonitorCase

MINUTE = timedelta(minutes=1)
DAY = datetime(2026, 3, 2)  # a Monday


def at(hour, minute=0, day=DAY):
    """Return a time of day, naive UTC."""
    return day + timedelta(hours=hour, minutes=minute)


class DetectionCase(MonitorCase):
    """The rules as they are installed; what is counted is the test's own."""

    def begin(self, moment):
        """Set the clock, and let the monitor look for the first time."""
        self.addCleanup(setattr, self.env.cr, "_now", None)
        self.env["monitor.tick"]._get().write(
            {"last_tick_at": moment - MINUTE, "outage_from": False, "outage_to": False}
        )
        self.env["monitor.rule"].search([]).next_check_at = False
        self.env["monitor.alert"].search([]).unlink()  # of the database's own past
        self.env["monitor.incident"].search([]).unlink()
        self.move(moment)
        self.look()

    def move(self, moment):
        """Set the clock of the monitor, and that by which Odoo plans what is next."""
        self.moment = moment
        self.set_clock(moment)
        self.env.cr._now = moment

    def look(self):
        """Do what *Monitor: tick* does at this moment."""
        self.tick(self.moment)

    def wait_until(self, moment, every=MINUTE, run=()):
        """Tick up to ``moment``; ``run``: scheduled actions that run when due."""
        while self.moment < moment:
            self.move(min(self.moment + every, moment))
            for cron in run:
                if cron.nextcall <= self.moment:
                    self.execute(cron)
            if every > MINUTE:  # the minutes in between were as quiet
                tick = self.env["monitor.tick"]._get()
                tick.last_tick_at = self.moment - MINUTE
            self.look()

    def execute(self, *crons):
        """Run scheduled actions as Odoo does, each in a transaction of its own."""
        with self.enter_registry_test_mode():
            for cron in crons:
                cron.method_direct_trigger()
        self.env.invalidate_all()

    def incidents_of(self, *sources):
        """Return the incidents about the workflows of these automations, oldest first.

        The database of the tests has automations of its own, some late in earnest.
        """
        workflows = self.workflows_of(*sources)
        return self.env["monitor.incident"].search(
            [("workflow_id", "in", workflows.ids)], order="id"
        )

    def workflows_of(self, *sources):
        flows = [self.workflow_of(one) for source in sources for one in source]
        return self.env["monitor.workflow"].concat(*flows)

    def incidents_by(self, rule):
        """Return the incidents of an installed rule, by its XML id."""
        rule = self.env.ref(f"monitor_incident.{rule}")
        return self.env["monitor.incident"].search([("rule_id", "=", rule.id)])

    def runs_of(self, source):
        return self.workflow_of(source).run_ids.sorted("id")

    def event_of(self, source, step):
        """Return the events of a step that a source left."""
        return self.env["monitor.event"].search(
            [("source", "=", f"{source._name},{source.id}"), ("step", "=", step)]
        )

    def told(self, incident):
        """Return the lines of a timeline, as they are read."""
        return incident.entry_ids.sorted("id").mapped("text")

    def timed_rule(self, partner, code):
        """Make a rule that the scheduled action of all timed rules runs."""
        return self.make_automation(
            name=code,
            code=code,
            trigger="on_time",
            trg_date_id=self.env.ref("base.field_res_partner__create_date").id,
            trg_date_range=0,
            filter_domain=f"[('id', '=', {partner.id})]",
        )

    def begun_again(self, cron):
        """Return the last run of a scheduled action, as if it were under way."""
        self.env.flush_all()
        run = self.runs_of(cron)[-1]
        self.env.cr.execute(
            "UPDATE monitor_run SET state = 'running', outcome_class = NULL, "
            "finished_at = NULL, duration_ms = NULL WHERE id = %s",
            [run.id],
        )
        self.env.invalidate_all()
        return run

    def set_session(self, run, pid):
        """Say which session of the database runs it: ours (``pg_backend_pid()``) or,
        of a worker that was killed, none any more (``0``).
        """
        self.env.cr.execute(
            f"UPDATE monitor_run SET backend_pid = {pid}, backend_start = "
            "(SELECT backend_start::text FROM pg_stat_activity "
            "WHERE pid = pg_backend_pid()) WHERE id = %s",
            [run.id],
        )
        self.env.invalidate_all()
