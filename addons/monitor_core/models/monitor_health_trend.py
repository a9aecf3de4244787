from datetime import datetime, timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.histogram import PERCENTILES

TREND_DAYS = 7


class MonitorHealth(models.AbstractModel):
    """What a review tells of the last seven days, from the statistics."""

    _inherit = "monitor.health"

    @api.model
    def _trends(self, workflow_ids, now):
        """Return per workflow the runs and failures of each of the last seven days."""
        today = now.date()
        days = [today - timedelta(days=back) for back in reversed(range(TREND_DAYS))]
        counts = {wid: {day: [0, 0] for day in days} for wid in workflow_ids}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT workflow_id, hour::date, sum(succeeded + partial),
                       sum(failed + lost + business_errors)
                  FROM monitor_rollup WHERE workflow_id IN %s AND hour >= %s
                 GROUP BY workflow_id, hour::date
                """,
                tuple(workflow_ids),
                datetime.combine(days[0], datetime.min.time()),
            )
        )
        for workflow_id, day, fine, failed in rows:
            if day in counts[workflow_id]:
                counts[workflow_id][day] = [int(fine), int(failed)]
        return {wid: _trend(by_day) for wid, by_day in counts.items()}

    @api.model
    def _percentiles(self, workflow_ids, now):
        """Return ``{workflow id: {"p50_ms": …, …}}`` of the last seven days."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT workflow_id, %s
                  FROM (SELECT workflow_id, monitor_histogram_merge(histogram) AS merged
                          FROM monitor_rollup WHERE workflow_id IN %s AND hour >= %s
                         GROUP BY workflow_id) merged_
                """,
                SQL(", ").join(
                    SQL("round(monitor_histogram_quantile(merged, %s))::bigint", q)
                    for q in PERCENTILES.values()
                ),
                tuple(workflow_ids),
                now - timedelta(days=TREND_DAYS),
            )
        )
        return {
            wid: dict(zip(PERCENTILES, values, strict=True)) for wid, *values in rows
        }


def _trend(by_day):
    runs = sum(fine + failed for fine, failed in by_day.values())
    failures = sum(failed for _fine, failed in by_day.values())
    return {
        "run_count_7d": runs,
        "failure_count_7d": failures,
        "success_rate_7d": 100.0 * (runs - failures) / runs if runs else None,
        "trend_7d": [
            {"day": day.isoformat(), "ok": fine, "failed": failed}
            for day, (fine, failed) in by_day.items()
        ],
    }
