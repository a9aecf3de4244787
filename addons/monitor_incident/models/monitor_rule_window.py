from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_health import (
    ENDED_COUNT,
    FAILED,
    FAILED_COUNT,
)

from ..tools import burn_rate
from ..tools.rule_conditions import Condition

SHORT_WINDOWS = timedelta(hours=6)  # read from runs, longer ones from statistics
MAX_DUPLICATES = 50
# Runs that ended within a window: later than its begin, and at its end at the latest.
RUNS = f"""
    SELECT r.workflow_id, r.run_count AS total,
           CASE WHEN {FAILED} THEN r.run_count ELSE 0 END AS bad
      FROM monitor_run r JOIN monitor_workflow w ON w.id = r.workflow_id
     WHERE r.workflow_id IN %(ids)s AND r.finished_at > %(since)s
       AND r.finished_at {{until}} AND r.state <> 'cancelled'
"""
SHORT = RUNS.format(until="<= %(now)s")
# The same window: the whole hours in it, and the runs that ended before the first one.
LONG = f"""
    SELECT h.workflow_id, {ENDED_COUNT} AS total, {FAILED_COUNT} AS bad
      FROM monitor_rollup h JOIN monitor_workflow w ON w.id = h.workflow_id
     WHERE h.workflow_id IN %(ids)s AND h.hour >= %(whole)s AND h.hour <= %(now)s
     UNION ALL {RUNS.format(until="< %(whole)s")}
"""


class MonitorRuleWindow(models.AbstractModel):
    """Rules about what happened within a window that slides along."""

    _name = "monitor.rule.window"
    _description = "Monitor Rules: Windows"

    @api.model
    def _window_kinds(self):
        return {"failure_rate", "slo_burn", "duplicate"}

    @api.model
    def _observe_windows(self, rules, workflows, now):
        observations = []
        for rule in rules:
            if rule.kind not in self._window_kinds():
                continue
            looked_at = [row for row in workflows.values() if rule._looks_at(row)]
            if looked_at:
                observe = getattr(rule, f"_observe_{rule.kind}")
                observations += rule._guarded(
                    lambda _rule, o=observe, rows=looked_at: o(rows, now),
                    now,
                    timedelta(minutes=5),
                )
        return observations

    def _observe_failure_rate(self, rows, now):
        """Return workflows of which too many runs in the window failed."""
        windows = {"window": timedelta(minutes=max(1, self.window_minutes))}
        counts = self._count_runs(rows, windows, now)
        seen = []
        for row in rows:
            count = counts.get(row["id"], {}).get("window", burn_rate.Count())
            rate = 100 * count.error_rate
            if (
                count.bad
                and count.total >= self.threshold
                and rate >= (self.rate_percent)
            ):
                params = {"bad": count.bad, "total": count.total}
                params["window"] = windows["window"]
                condition = Condition("failure_rate", None, rate, params)
                seen.append(self._observed(row, condition))
        return seen

    def _observe_slo_burn(self, rows, now):
        """Return workflows whose error budget burns too fast."""
        counts = self._count_runs(rows, {w: w for w in burn_rate.WINDOWS}, now)
        seen = []
        for row in rows:
            burn = burn_rate.burning(
                counts.get(row["id"], {}),
                self.slo_target,
                max(1, self.threshold),
                timedelta(days=self.slo_days),
            )
            if burn:
                params = {"rate": f"{burn.rate:.1f}", "window": burn.tier.long}
                params["target"] = f"{self.slo_target:g}"
                condition = Condition("slo_burn", None, burn.rate, params)
                severity = self.severity if burn.tier.page else "warning"
                seen.append(
                    self._observed(row, condition, labels={"severity": severity})
                )
        return seen

    @api.model
    def _count_runs(self, rows, windows, now):
        """Return ``{workflow id: {name: Count}}`` of windows that end now.

        Each window is what ended later than its begin, up to now. Up to six hours are
        counted from the runs, by their index; longer ones from the hourly statistics
        and, of the hour in which they begin, from the runs.
        """
        ids = tuple(row["id"] for row in rows)
        counts = {workflow_id: {} for workflow_id in ids}
        for name, window in windows.items():
            since = now - window
            ended = SQL(
                SHORT if window <= SHORT_WINDOWS else LONG,
                ids=ids,
                since=since,
                whole=burn_rate.whole_hours_from(since),
                now=now,
            )
            query = SQL(
                "SELECT workflow_id, sum(total), sum(bad) FROM (%s) ended"
                " GROUP BY workflow_id",
                ended,
            )
            for workflow_id, total, bad in self.env.execute_query(query):
                counts[workflow_id][name] = burn_rate.Count(int(total), int(bad))
        return counts

    def _observe_duplicate(self, rows, now):
        """Return what was reported more than once within the window."""
        facts = {row["id"]: row for row in rows}
        found = self.env.execute_query_dict(
            SQL(
                """
                SELECT workflow_id, %(key)s AS key, count(*)::int AS count,
                       max(started_at) AS since,
                       (array_agg(id ORDER BY id))[1:5] AS runs, company_id
                  FROM monitor_run
                 WHERE workflow_id IN %(ids)s AND started_at > %(since)s
                   AND state <> 'cancelled'
                 GROUP BY workflow_id, company_id, %(key)s
                HAVING count(*) > 1 AND %(key)s <> ''
                 ORDER BY max(started_at) DESC LIMIT %(most)s
                """,
                key=self._key_sql(),
                ids=tuple(facts),
                since=now - timedelta(minutes=max(1, self.window_minutes)),
                most=MAX_DUPLICATES,
            )
        )
        return [
            self._observed(
                facts[row["workflow_id"]],
                Condition(
                    "duplicate",
                    row["since"],
                    float(row["count"]),
                    {"key": row["key"], "count": row["count"]},
                ),
                labels={
                    "key": row["key"][:200],
                    **(
                        {"company": str(row["company_id"])} if row["company_id"] else {}
                    ),
                },
                company_id=row["company_id"] or facts[row["workflow_id"]]["company_id"],
                run_ids=tuple(row["runs"]),
            )
            for row in found
        ]

    def _key_sql(self):
        path = (self.key_path or "correlation_id").strip()
        if path == "correlation_id":
            return SQL("correlation_id")
        if path == "record":
            return SQL("model || ',' || res_id")
        return SQL("context #>> %s", path.split("."))
