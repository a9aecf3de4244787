import random
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ..tools import histogram
from .day_case import NOON, DayCase


@tagged("post_install", "-at_install", "monitor")
class TestDays(DayCase, TransactionCase):
    """A day is what its hours add up to."""

    def test_a_day_has_its_counts_and_percentiles(self):
        durations = list(range(100, 10_100, 100))
        self.add_runs(
            self.orders,
            *[(NOON - timedelta(minutes=ms // 50), ms) for ms in durations],
            (NOON, 50, "fault"),
            (NOON, 50, "business_error"),
            (NOON, None, "fault"),
        )
        self.tick(NOON)

        row = self.days.search([("workflow_id", "=", self.orders.id)])

        self.assertEqual(row.day, date(2032, 6, 15))
        self.assertEqual((row.runs, row.succeeded, row.failures), (103, 100, 3))
        self.assertEqual((row.failed, row.business_errors, row.lost), (2, 1, 0))
        self.assertAlmostEqual(row.failure_rate, 3 / 103)
        self.assertEqual((row.duration_count, row.duration_max), (102, 10_000))
        self.assertEqual(row.duration_avg_ms, round((sum(durations) + 100) / 102))
        for name, exact in (("p50_ms", 4900), ("p95_ms", 9500), ("p99_ms", 9900)):
            self.assertAlmostEqual(row[name] / exact, 1, delta=0.05, msg=name)
            stored = histogram.quantile(row.histogram, histogram.PERCENTILES[name])
            self.assertEqual(row[name], round(stored))

    def test_what_did_not_run_has_no_rate_and_no_duration(self):
        self.env.cr.execute(
            "INSERT INTO monitor_event_data (workflow_id, kind, occurred_at,"
            " recorded_at) VALUES (%s, 'skipped', %s, %s)",
            [self.orders.id, NOON, NOON],
        )
        self.tick(NOON)

        self.env.cr.execute(
            "SELECT runs, skipped, failure_rate, duration_avg_ms, p95_ms"
            "  FROM monitor_rollup_day WHERE workflow_id = %s AND tz = 'UTC'",
            [self.orders.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(0, 1, None, None, None)])
        ((rate, p95),) = self.days._read_group(
            [], [], ["failure_rate:avg", "p95_ms:avg"]
        )
        self.assertEqual((rate, p95), (False, False))

    def test_a_late_event_is_merged_into_its_day(self):
        self.add_runs(self.orders, (NOON - timedelta(days=3), 100))
        self.tick(NOON)
        (before,) = self.days.search([("workflow_id", "=", self.orders.id)])

        self.add_runs(self.orders, (NOON - timedelta(days=3, hours=2), 9000))
        self.tick(NOON + timedelta(minutes=1))

        (after,) = self.days.search([("workflow_id", "=", self.orders.id)])
        self.assertEqual(after, before)  # the row a reader has open stays
        self.assertEqual((after.runs, after.duration_max), (2, 9000))
        self.assertGreater(after.p95_ms, 8000)

    def test_what_was_taken_back_is_gone(self):
        self.add_runs(self.orders, (NOON, 100))
        self.add_runs(self.returns, (NOON, 100))
        self.tick(NOON)

        self.add_runs(self.orders, (NOON, 100), quantity=-1)
        self.tick(NOON)

        self.assertEqual(self.numbers(), {})
        self.assertEqual(self.numbers(flow=self.returns), {"2032-06-15": 1})

    def test_a_rebuild_gives_the_same_days(self):
        chance = random.Random(5)
        for _tick in range(3):
            for flow in (self.orders, self.returns):
                self.add_runs(
                    flow,
                    *[
                        (
                            NOON - timedelta(minutes=chance.randrange(6000)),
                            chance.randrange(1, 90_000),
                            chance.choice(["success", "fault", "business_error"]),
                        )
                        for _run in range(30)
                    ],
                )
            self.tick(NOON)
        folded = self.everything()

        self.env["monitor.rollup"]._rebuild()

        self.assertEqual(self.everything(), folded)
        self.assertEqual(len({row[1] for row in folded}), 3)

    def test_a_rebuild_forgets_days_whose_events_are_gone(self):
        self.add_runs(self.orders, (NOON, 100))
        self.tick(NOON)
        self.env.cr.execute("DELETE FROM monitor_event_data")

        self.env["monitor.rollup"]._rebuild()

        self.assertEqual(self.everything(), [])

    def test_a_tick_without_events_writes_nothing(self):
        self.add_runs(self.orders, (NOON, 100))
        self.tick(NOON)

        with patch.object(type(self.days), "_sum_up", autospec=True) as sum_up:
            self.tick(NOON + timedelta(minutes=1))

        sum_up.assert_not_called()

    def test_a_refresh_without_news_writes_nothing(self):
        self.add_runs(self.orders, (NOON, 100))
        self.tick(NOON)
        self.env.cr.execute("SELECT id, ctid FROM monitor_rollup_day ORDER BY id")
        before = self.env.cr.fetchall()

        self.days._follow([self.orders.id], [NOON])

        self.env.cr.execute("SELECT id, ctid FROM monitor_rollup_day ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), before)
        self.assertEqual(len(before), 3)

    def test_days_go_after_their_hours_except_under_legal_hold(self):
        self.returns.with_user(self.manager).legal_hold = True
        days = ["2025-05-28", "2025-05-31", "2025-06-01", "2032-06-01"]
        hours = [datetime.fromisoformat(f"{day} 05:00:00") for day in days]
        for flow in (self.orders, self.returns):
            self.env["monitor.rollup"].create(
                [{"workflow_id": flow.id, "hour": hour} for hour in hours]
            )
        self.env.flush_all()
        self.days._follow([self.orders.id, self.returns.id], hours)

        # Seven years ago the first of June 2025 began: hours before it go.
        self.env["monitor.retention"]._gc_rollups()

        self.assertEqual(list(self.numbers()), days[1:])
        self.assertEqual(list(self.numbers(flow=self.returns)), days)
