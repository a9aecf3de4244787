"""Which runs a window counts, and which of them as failed."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ..models import monitor_rule_window
from .rule_case import NOON, RuleCase

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
# (state, class of its outcome, kind of its event): whether it is a failure of an
# automation, and of anything else
OUTCOMES = (
    ("succeeded", "success", "succeeded", False, False),
    ("partial", "success", "succeeded", False, False),
    ("partial", "fault", "failed", True, True),
    ("failed", "fault", "failed", True, True),
    ("failed", "timeout", "failed", True, True),
    ("failed", "business_error", "failed", False, True),
    ("lost", "lost", "lost", True, True),
)
RUN = """
    WITH ran AS (
        INSERT INTO monitor_run
            (workflow_id, correlation_id, state, outcome_class, started_at, finished_at,
             run_count)
        VALUES (%(workflow)s, gen_random_uuid(), %(state)s, %(outcome)s, %(at)s, %(at)s,
                %(count)s)
        RETURNING id)
    INSERT INTO monitor_event_data
        (recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class,
         quantity, source, retention)
    SELECT %(at)s, %(at)s, %(workflow)s, id, %(kind)s, %(state)s, %(outcome)s,
           %(count)s, 'external', 'standard' FROM ran
"""


@tagged("post_install", "-at_install", "monitor")
class TestRuleCounts(RuleCase, TransactionCase):
    """Short windows are counted from runs, long ones from statistics: the same."""

    def setUp(self):
        super().setUp()
        self.flows = {
            kind: self.make_flow(steps=(), code=kind, kind=kind)
            for kind in ("automation", "server_action", "webhook", "cron", "external")
        }

    def ran(self, flow, moment, state, outcome, kind, count=1):
        values = {
            "workflow": flow.id, "at": moment, "state": state, "outcome": outcome,
            "kind": kind, "count": count,
        }  # fmt: skip
        self.env.flush_all()
        self.env.cr.execute(RUN, values)

    def counts(self, flow, window, now):
        """Return ``(total, bad)`` from the runs, and from the statistics."""
        self.env["monitor.rollup"]._fold_new_events(now)
        # all of a test is one transaction: what is counted is made old, as by a tick
        self.env.cr.execute("UPDATE monitor_event_data SET xid = '3'::xid8")
        rule, found = self.env["monitor.rule"], []
        for longest in (timedelta(days=99), timedelta()):
            with patch.object(monitor_rule_window, "SHORT_WINDOWS", longest):
                counts = rule._count_runs([{"id": flow.id}], {"w": window}, now)
            count = counts[flow.id].get("w")
            found.append((count.total, count.bad) if count else (0, 0))
        return found

    def test_the_same_runs_are_failures(self):
        for kind, flow in self.flows.items():
            refusing = kind in ("automation", "server_action")
            for number, (*outcome, of_refusing, of_others) in enumerate(OUTCOMES):
                with self.subTest(f"{kind}: {outcome}"):
                    now = NOON + number * 2 * HOUR
                    self.ran(flow, now - HOUR / 4, *outcome, count=3)
                    bad = of_refusing if refusing else of_others
                    self.assertEqual(
                        self.counts(flow, HOUR, now), [(3, 3 if bad else 0)] * 2
                    )

    def test_what_was_cancelled_is_not_counted(self):
        flow = self.flows["cron"]
        self.ran(flow, NOON - HOUR / 4, "cancelled", "success", "skipped")
        self.assertEqual(self.counts(flow, HOUR, NOON), [(0, 0)] * 2)

    def test_a_window_is_what_ended_later_than_its_begin(self):
        """Whether it begins on the hour or not: not an hour more, none less."""
        flow, bad = self.flows["external"], ("failed", "fault", "failed")
        for day, now in enumerate(
            (NOON, NOON + INSTANT, NOON + HOUR / 2, NOON + HOUR - INSTANT)
        ):
            now += day * 30 * DAY
            for window in (HOUR, 7 * HOUR, 3 * DAY):
                with self.subTest(now=now, window=window):
                    begin = now - window
                    self.env.cr.execute(
                        "DELETE FROM monitor_run WHERE workflow_id = %(id)s;"
                        "DELETE FROM monitor_event_data WHERE workflow_id = %(id)s;"
                        "DELETE FROM monitor_rollup WHERE workflow_id = %(id)s",
                        {"id": flow.id},
                    )
                    for moment in (begin - HOUR, begin - INSTANT, begin):
                        self.ran(flow, moment, *bad)
                    self.assertEqual(self.counts(flow, window, now), [(0, 0)] * 2)
                    for moment in (begin + INSTANT, now - INSTANT, now):
                        self.ran(flow, moment, *bad)
                    self.assertEqual(self.counts(flow, window, now), [(3, 3)] * 2)

    def test_both_ways_give_the_same_verdict(self):
        """What a scheduled action refuses uses up its budget, over days as well."""
        flow = self.flows["cron"]
        rule = self.make_rule("failure_rate", rate_percent=50, threshold=4)
        for minutes in (5, 10, 15, 20):
            moment = NOON - timedelta(minutes=minutes)
            self.ran(flow, moment, "failed", "business_error", "failed")
        self.env["monitor.rollup"]._fold_new_events(NOON)
        facts = rule._facts_of(flow.ids)[flow.id]
        for minutes in (60, 6 * 60, 6 * 60 + 1, 3 * 24 * 60):
            with self.subTest(minutes):
                rule.window_minutes = minutes
                (seen,) = rule._observe_failure_rate([facts], NOON)
                self.assertEqual((seen.params["bad"], seen.params["total"]), (4, 4))
