import random
from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from ..tools import histogram
from .common import MonitorCase

COUNTS = ["succeeded", "business_errors", "failed", "partial", "lost", "duration_sum"]


@tagged("post_install", "-at_install", "monitor")
class TestRollup(MonitorCase, TransactionCase):
    """Statistics count each event exactly once, whenever it arrives."""

    def setUp(self):
        super().setUp()
        self.tick()
        self.flow = self.make_flow()
        self.rollup = self.env["monitor.rollup"]

    def add_events(self, *events):
        """Insert closing events given as (state, outcome class, ms, occurred at)."""
        self.env.flush_all()
        for state, outcome, duration, moment in events:
            self.env.cr.execute(
                "INSERT INTO monitor_event_data (workflow_id, kind, run_state, "
                "outcome_class, duration_ms, occurred_at) VALUES (%s,%s,%s,%s,%s,%s)",
                [
                    self.flow.id,
                    "succeeded" if outcome == "success" else "failed",
                    state,
                    outcome,
                    duration,
                    moment,
                ],
            )

    def numbers(self):
        self.env.invalidate_all()
        rollups = self.rollup.search([("workflow_id", "=", self.flow.id)], order="hour")
        return [
            (r.hour, *[r[name] for name in COUNTS], dict(r.histogram)) for r in rollups
        ]

    def forget_fold(self):
        """Pretend that the events of this transaction were folded by an earlier tick.

        In a test all is one transaction, which PostgreSQL's snapshot does not hold.
        """
        self.env.cr.execute("UPDATE monitor_event_data SET xid = '3'::xid8")

    def test_outcomes_are_counted_apart(self):
        now = self.now()
        self.add_events(
            ("succeeded", "success", 100, now),
            ("failed", "fault", 200, now),
            ("failed", "business_error", 300, now),
            ("partial", "success", 400, now),
            ("partial", "fault", 500, now),
        )

        self.rollup._fold_new_events(now)

        ((_hour, *counts, hist),) = self.numbers()
        self.assertEqual(counts, [1, 1, 2, 1, 0, 1500])
        self.assertEqual(histogram.total(hist), 5)

    def test_late_events_are_merged_into_their_hour(self):
        now = self.now()
        self.add_events(("succeeded", "success", 100, now - timedelta(hours=5)))
        self.rollup._fold_new_events(now)
        self.forget_fold()
        self.add_events(("succeeded", "success", 100, now - timedelta(hours=5)))

        self.rollup._fold_new_events(now)

        ((_hour, *counts, hist),) = self.numbers()
        self.assertEqual(counts[0], 2)
        self.assertEqual(histogram.total(hist), 2)

    def test_nothing_is_counted_twice(self):
        now = self.now()
        self.add_events(("succeeded", "success", 100, now))
        self.rollup._fold_new_events(now)
        self.forget_fold()

        self.rollup._fold_new_events(now)

        self.assertEqual(self.numbers()[0][1], 1)

    def test_a_rebuild_gives_the_same_numbers(self):
        now, chance = self.now(), random.Random(7)
        for _tick in range(3):
            self.add_events(
                *[
                    (
                        chance.choice(["succeeded", "failed", "partial"]),
                        chance.choice(["success", "fault", "business_error"]),
                        chance.randrange(1, 90_000),
                        now - timedelta(minutes=chance.randrange(600)),
                    )
                    for _event in range(40)
                ]
            )
            self.rollup._fold_new_events(now)
            self.forget_fold()
        folded = self.numbers()

        self.rollup._rebuild()

        self.assertEqual(self.numbers(), folded)
        self.assertTrue(folded)

    def test_p95_is_within_five_percent(self):
        now, chance = self.now(), random.Random(3)
        durations = sorted(chance.randrange(10, 20_000) for _n in range(400))
        self.add_events(*[("succeeded", "success", ms, now) for ms in durations])

        self.rollup._fold_new_events(now)
        self.env["monitor.health"]._refresh([self.flow.id], now)

        exact = durations[int(0.95 * len(durations)) - 1]
        self.env.invalidate_all()
        self.assertAlmostEqual(self.flow.p95_ms / exact, 1, delta=0.06)

    def test_a_restored_database_is_counted_anew(self):
        now = self.now()
        self.add_events(("succeeded", "success", 100, now))
        self.rollup._fold_new_events(now)
        before = self.numbers()
        self.env.cr.execute(
            "UPDATE monitor_event_data SET xid = '99999999999'::xid8 "
            "WHERE workflow_id = %s",
            [self.flow.id],
        )
        self.env["monitor.tick"]._get().snapshot = "99999999998:99999999999:"
        self.env.flush_all()

        self.rollup._fold_new_events(now)
        self.assertEqual(self.numbers(), before)

        self.forget_fold()
        self.rollup._fold_new_events(now)
        self.assertEqual(self.numbers(), before)
