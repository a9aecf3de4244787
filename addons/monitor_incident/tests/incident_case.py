"""Short ways to have rules see things."""

from datetime import datetime, timedelta

from odoo.addons.monitor_core.tests.common import MonitorCase

from ..tools.observation import Observation

NOON = datetime(2026, 3, 2, 12)  # a Monday


def at(minutes=0, seconds=0, hours=0):
    """Return a moment after :data:`NOON`."""
    return NOON + timedelta(hours=hours, minutes=minutes, seconds=seconds)


class IncidentCase(MonitorCase):
    """Use as ``class TestX(IncidentCase, TransactionCase)``; no rule is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alerts = cls.env["monitor.alert"]
        cls.incidents = cls.env["monitor.incident"]
        cls.env["monitor.rule"].search([]).active = False
        cls.flow = cls.make_flow(technical_owner_id=cls.operator.id)
        cls.rule = cls.make_rule(workflow_ids=cls.flow.ids)

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)

    @classmethod
    def make_rule(cls, **values):
        return cls.env["monitor.rule"].create(
            {"name": "A run failed", "kind": "failure", **values}
        )

    def seen(self, active=True, rule=None, workflow=None, **values):
        """Return an observation; ``error`` tells alerts of one workflow apart."""
        rule = rule or self.rule
        workflow = self.flow if workflow is None else workflow
        labels = {"rule": str(rule.id), "severity": rule.severity}
        if workflow:
            labels["workflow"] = workflow.code
        if "error" in values:
            labels["error"] = values.pop("error")
        labels.update(values.pop("labels", {}))
        return Observation(
            rule_id=rule.id,
            labels=labels,
            active=active,
            workflow_id=workflow.id or None if workflow else None,
            **values,
        )

    def observe(self, now, *observations):
        """Have rules see this at ``now``, and let the tick do the rest."""
        self.set_clock(now)
        if observations:
            self.alerts._take(list(observations), now)
        self.alerts._review(now)
        self.incidents._advance(now)
        self.env.invalidate_all()

    def tell(self, now):
        """Tell what is due, as the escalation does; return ``{incident: reason}``."""
        self.set_clock(now)
        due = self.incidents.search([("notify_at", "<=", now)])
        told = {
            incident: decision.reason
            for incident, decision in due._news(now).items()
            if decision.reason
        }
        for incident in told:
            incident._mark_told(now)
        return told

    def run_through(self, start, end, what):
        """Observe each minute what ``what(moment)`` returns; return what was told."""
        told, now = [], start
        while now <= end:
            self.observe(now, *what(now))
            told += [(now, reason) for reason in self.tell(now).values()]
            now += timedelta(minutes=1)
        return told

    def incident_of(self, *args):
        """Return the only incident there is."""
        incident = self.incidents.search([])
        self.assertEqual(len(incident), 1)
        return incident

    def lines(self, incident):
        """Return the codes of a timeline, in order."""
        return incident.entry_ids.sorted("id").mapped("text_code")

    def make_silence(self, user=None, **values):
        return (
            self.env["monitor.silence"]
            .with_user(user or self.operator)
            .create(
                {
                    "name": "Bank is down",
                    "workflow_ids": self.flow.ids,
                    "starts_at": NOON,
                    "ends_at": at(hours=4),
                    **values,
                }
            )
        )

    def make_window(self, **values):
        """Make a window on Mondays from 13 to 15, unless told otherwise."""
        values = {
            "name": "Backup",
            "kind": "maintenance",
            "tz": "UTC",
            "monday": True,
            "start_hour": 13,
            "duration_hours": 2,
            "ends_at": False,
            **values,
        }
        return self.make_silence(user=self.manager, **values)
