"""Acceptance scenarios of alerts: minutes that pass, and people who are told."""

from datetime import timedelta

from odoo.fields import Command

from .escalation_case import EscalationCase
from .incident_case import IncidentCase

HALF_MINUTE = timedelta(seconds=30)
# Runs that end one after the other from a moment on, each with its event.
RAN = """
    WITH ran AS (
        INSERT INTO monitor_run
            (workflow_id, correlation_id, state, outcome_class, started_at, finished_at,
             duration_ms, run_count, error_message, fingerprint, company_id)
        SELECT %(workflow)s, gen_random_uuid(), %(state)s, %(outcome)s, %(at)s, %(at)s,
               40, 1, %(error)s, %(error)s, %(company)s
          FROM generate_series(1, %(count)s)
        RETURNING id)
    INSERT INTO monitor_event_data
        (recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class,
         quantity, duration_ms, source, retention)
    SELECT %(at)s, %(at)s, %(workflow)s, id, %(state)s, %(state)s, %(outcome)s, 1, 40,
           'external', 'standard' FROM ran
"""


class ActionCase(IncidentCase):
    """The operator owns the workflow; a policy of one level tells the owner at once."""

    escalate = EscalationCase.escalate

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator.notification_type = "inbox"
        level = Command.create({"delay_minutes": 0, "target": "owner"})
        cls.policy = cls.env["monitor.escalation.policy"].create(
            {"name": "The owner", "level_ids": [level]}
        )
        cls.rule.escalation_policy_id = cls.policy

    def live(self, start, end, what=lambda _now: (), every=HALF_MINUTE):
        """Let rules see ``what(moment)``, and *Monitor: escalate* do what is due."""
        now = start
        while now <= end:
            self.observe(now, *what(now))
            self.escalate(now)
            now += every

    def told(self, incidents=None):
        """Return ``[(when, why)]`` of what the owner was sent, an activity with it.

        Of all incidents there are, unless told of which.
        """
        incidents = incidents or self.incidents.search([])
        rows = incidents.notification_ids.sorted("id")
        self.assertEqual(set(rows.mapped("state")) - {"sent"}, set())
        self.assertEqual(rows.user_id - self.operator, self.operator.browse())
        return [(n.sent_at, n.reason) for n in rows if n.channel == "inbox"]

    def ran(self, moment, state, count=1, error=None):
        """Record runs of the workflow that ended at ``moment``."""
        self.env.flush_all()
        self.env.cr.execute(
            RAN,
            {
                "workflow": self.flow.id,
                "company": self.env.company.id,
                "at": moment,
                "state": state,
                "outcome": "fault" if state == "failed" else "success",
                "error": error,
                "count": count,
            },
        )

    def look(self, moment):
        """Do what *Monitor: tick* does at ``moment``, and then *Monitor: escalate*."""
        self.set_clock(moment)
        tick = self.env["monitor.tick"]._get()
        tick.last_tick_at = moment - timedelta(minutes=1)  # it was not down
        self.tick(moment)
        self.escalate(moment)
