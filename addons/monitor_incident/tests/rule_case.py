"""What tests of rules share: the observations of a tick instead of alerts."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.addons.monitor_core.tests.common import MonitorCase

NOON = datetime(2026, 1, 5, 12)  # a Monday


class RuleCase(MonitorCase):
    """Rules are made by the test; what they see is collected in ``self.seen``.

    Workflows that were there before are not: a scheduled action of the database may
    be late in earnest.
    """

    def setUp(self):
        super().setUp()
        self.env["monitor.rule"].search([]).active = False
        self.seen = []
        workflows = self.env["monitor.workflow"].with_context(active_test=False)
        self.present = set(workflows.search([]).ids)
        alerts = type(self.env["monitor.alert"])
        patcher = patch.object(
            alerts, "_take", lambda _self, seen, _now: self.collect(seen)
        )
        patcher.start()
        self.addCleanup(patcher.stop)
        self.set_clock(NOON)
        self.env["monitor.tick"]._get().write({"last_tick_at": NOON})

    def collect(self, seen):
        self.seen += [o for o in seen if o.workflow_id not in self.present]

    def make_rule(self, kind, **values):
        return self.env["monitor.rule"].create(
            {"name": kind, "kind": kind, "threshold": 1, **values}
        )

    def active(self):
        """Return the observations of the last tick that hold."""
        return [observation for observation in self.seen if observation.active]

    def look(self, minutes=0):
        """Tick ``minutes`` after noon; return what is seen to hold."""
        self.seen.clear()
        moment = NOON + timedelta(minutes=minutes)
        self.set_clock(moment)
        tick = self.env["monitor.tick"]._get()
        tick.write({"last_tick_at": moment - timedelta(minutes=1)})
        self.tick(moment)
        return self.active()

    def report(self, code, *outcomes, start=0, **values):
        """Report finished runs of a workflow, a minute apart, from noon + ``start``."""
        api = self.api_of(self.service)
        for number, outcome in enumerate(outcomes):
            self.set_clock(NOON + timedelta(minutes=start + number))
            correlation_id = f"{code}-{start + number}"
            api.run_start(code, correlation_id, values)
            error = "no stock" if outcome == "failed" else None
            api.run_finish(code, correlation_id, outcome, error)
