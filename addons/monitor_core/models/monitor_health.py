import json
import logging
from datetime import datetime, timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools import health, schedule
from ..tools.histogram import PERCENTILES
from .monitor_recorder import note_self_error

_logger = logging.getLogger(__name__)

UNMEASURED = dict.fromkeys(PERCENTILES)
STREAK_LIMIT = 1000  # failures in a row beyond this are not counted one by one
CAPTURED_KINDS = {
    "cron": "ir.cron",
    "automation": "base.automation",
    "webhook": "base.automation",
    "server_action": "ir.actions.server",
}

# What counts as a failure of a workflow ``w``: a rule that refuses is a rule at work.
REFUSING = "w.kind IN ('automation', 'server_action')"
#: Of a run ``r``: whether it failed.
FAILED = f"""
    (r.state IN ('failed', 'lost')
     OR r.state = 'partial' AND r.outcome_class <> 'success')
    AND NOT (r.outcome_class = 'business_error' AND {REFUSING})
"""
#: Of an hour of statistics ``h``: how many runs ended, how many of them so failed.
ENDED_COUNT = "(h.succeeded + h.partial + h.failed + h.lost + h.business_errors)"
FAILED_COUNT = f"""
    (h.failed + h.lost + CASE WHEN {REFUSING} THEN 0 ELSE h.business_errors END)
"""
FACTS = f"""
    SELECT w.id, w.kind, w.source_model, w.captured, w.paused, w.pause_reason,
           w.source_state, w.create_date AS created_at, w.next_expected_at,
           w.grace_minutes, w.expected_duration_ms, w.schedule_type,
           w.interval_number, w.interval_unit, w.cron_expression, w.schedule_tz,
           w.health, w.health_since, w.health_reason_code, w.health_params,
           w.source_model = 'ir.cron' AND NOT coalesce(u.active, true)
               AND u.id <> 1 AS user_archived, p.name AS user_name,
           (off.context->>'failure_count')::int AS switched_off_after,
           (off.context->>'first_failure_date')::timestamp AS first_failure_at,
           last.finished_at AS last_run_at, last.state AS last_state,
           last.outcome_class AS last_outcome_class, last.error_message AS last_error,
           last.duration_ms / last.run_count AS last_duration_ms,
           ok.finished_at AS last_success_at, bad.finished_at AS last_failure_at,
           streak.n AS consecutive_failures, streak.since AS failing_since,
           last.company_id AS last_company_id,
           day.runs_24h, day.failures_24h, day.lost_runs_24h, day.business_errors_24h,
           open.running_since, open.latest_start_at, open.stalled_runs,
           coalesce((SELECT s.name->>'en_US' FROM monitor_flow_step s
                      WHERE s.workflow_id = w.id AND s.code = open.stalled_step),
                    open.stalled_step) AS stalled_step
      FROM monitor_workflow w
      LEFT JOIN ir_cron c ON w.source_model = 'ir.cron' AND c.id = w.source_id
      LEFT JOIN res_users u ON u.id = c.user_id
      LEFT JOIN res_partner p ON p.id = u.partner_id
      LEFT JOIN LATERAL (
          SELECT e.context FROM monitor_event_data e
           WHERE w.source_state = 'deactivated' AND e.step = 'deactivated'
             AND e.source = 'ir.cron,' || w.source_id
           ORDER BY e.recorded_at DESC, e.id DESC LIMIT 1) off ON true
      LEFT JOIN LATERAL (
          SELECT * FROM monitor_run r
           WHERE r.workflow_id = w.id AND r.finished_at IS NOT NULL
             AND r.state <> 'cancelled'
           ORDER BY r.finished_at DESC, r.id DESC LIMIT 1) last ON true
      LEFT JOIN LATERAL (
          SELECT r.finished_at, r.id FROM monitor_run r
           WHERE r.workflow_id = w.id AND r.finished_at IS NOT NULL
             AND r.state IN ('succeeded', 'partial') AND r.outcome_class = 'success'
           ORDER BY r.finished_at DESC, r.id DESC LIMIT 1) ok ON true
      LEFT JOIN LATERAL (
          SELECT r.finished_at FROM monitor_run r
           WHERE r.workflow_id = w.id AND r.finished_at IS NOT NULL AND {FAILED}
           ORDER BY r.finished_at DESC, r.id DESC LIMIT 1) bad ON true
      LEFT JOIN LATERAL (
          SELECT coalesce(sum(run_count), 0)::int AS n, min(finished_at) AS since
            FROM (SELECT r.run_count, r.finished_at FROM monitor_run r
                   WHERE r.workflow_id = w.id
                     AND ({FAILED} OR last.outcome_class = 'business_error'
                          AND r.outcome_class = 'business_error')
                     AND r.finished_at >= coalesce(ok.finished_at, '-infinity')
                     AND (r.finished_at, r.id)
                       > (coalesce(ok.finished_at, '-infinity'), coalesce(ok.id, 0))
                   ORDER BY r.finished_at DESC LIMIT {STREAK_LIMIT}) s) streak ON true
      LEFT JOIN LATERAL (
          SELECT coalesce(sum(succeeded + partial + failed + lost + business_errors), 0
                     )::int AS runs_24h,
                 coalesce(sum(failed), 0)::int AS failures_24h,
                 coalesce(sum(lost), 0)::int AS lost_runs_24h,
                 coalesce(sum(business_errors), 0)::int AS business_errors_24h
            FROM monitor_rollup WHERE workflow_id = w.id AND hour > %(day_ago)s
          ) day ON true
      LEFT JOIN LATERAL (
          SELECT min(started_at) FILTER (WHERE state = 'running') AS running_since,
                 max(started_at) FILTER (WHERE state = 'running') AS latest_start_at,
                 count(*) FILTER (WHERE state = 'stalled')::int AS stalled_runs,
                 min(next_step) FILTER (WHERE state = 'stalled') AS stalled_step
            FROM monitor_run
           WHERE workflow_id = w.id AND state IN ('running', 'stalled')
          ) open ON true
     WHERE w.id IN %(ids)s
"""
FACT_NAMES = [
    name
    for name in health.Facts.__dataclass_fields__
    if name not in ("capture_enabled", "grace_seconds", "running_state")
]
# Columns of the workflow that a review writes, with their SQL types.
WRITTEN = {
    "health": "varchar",
    "health_reason_code": "varchar",
    "health_params": "jsonb",
    "health_since": "timestamp",
    "last_run_at": "timestamp",
    "last_success_at": "timestamp",
    "last_failure_at": "timestamp",
    "last_duration_ms": "bigint",
    "consecutive_failures": "int",
    "running_since": "timestamp",
    "next_expected_at": "timestamp",
    "run_count_7d": "int",
    "failure_count_7d": "int",
    "success_rate_7d": "float8",
    "p50_ms": "bigint",
    "p95_ms": "bigint",
    "p99_ms": "bigint",
    "trend_7d": "jsonb",
    "next_check_at": "timestamp",
}


class MonitorHealth(models.AbstractModel):
    """Gathers the facts of workflows to review, asks the rule, stores the verdicts."""

    _name = "monitor.health"
    _description = "Monitor Health"

    @api.model
    def _mark_changed(self, workflow_ids):
        """Have these workflows reviewed by the next :meth:`_refresh_due`."""
        if workflow_ids:
            self.env["monitor.workflow"].flush_model()
            self.env.cr.execute(
                "UPDATE monitor_workflow SET next_check_at = NULL WHERE id IN %s",
                [tuple(workflow_ids)],
            )

    @api.model
    def _refresh_due(self, now):
        """Review what changed (no next check) and what is due; return the ids."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM monitor_workflow
                 WHERE next_check_at IS NULL OR next_check_at <= %(now)s
                    OR EXISTS (SELECT 1 FROM monitor_run r
                                WHERE r.workflow_id = monitor_workflow.id
                                  AND r.state IN ('running', 'stalled'))
                       IS DISTINCT FROM (running_since IS NOT NULL)
                    OR health_reason_code LIKE 'stalled%%'
                       AND (SELECT count(*) FROM monitor_run r
                             WHERE r.workflow_id = monitor_workflow.id
                               AND r.state = 'stalled')
                           IS DISTINCT FROM (health_params->>'count')::int
                    OR health NOT IN ('paused', 'unknown')
                       AND health_reason_code NOT LIKE 'deactivated%%'
                       AND (health_reason_code LIKE 'user_archived%%') IS DISTINCT FROM
                           (source_model = 'ir.cron' AND EXISTS (
                               SELECT 1 FROM ir_cron c JOIN res_users u
                                   ON u.id = c.user_id AND NOT u.active AND u.id <> 1
                                WHERE c.id = source_id))
                """,
                now=now,
            )
        )
        ids = [row[0] for row in rows]
        self._refresh(ids, now)
        return ids

    @api.model
    def _refresh(self, workflow_ids, now):
        if not workflow_ids:
            return
        self.env.cr.execute(
            FACTS,
            {
                "ids": tuple(workflow_ids),
                "day_ago": now - health.WINDOW - timedelta(hours=1),
            },
        )
        rows = self.env.cr.dictfetchall()
        trends = self._trends(workflow_ids, now)
        percentiles = self._percentiles(workflow_ids, now)
        reviews = []
        for row in rows:
            try:
                review = self._review(row, now)
            except Exception as error:
                # One odd record must not keep the others from being reviewed: it is
                # logged, counted and looked at again in an hour.
                _logger.exception("Health of workflow %s not computed", row["id"])
                note_self_error(self.env, "_review", error)
                review = self._unreviewable(row, now)
            review.update(trends[row["id"]], **percentiles.get(row["id"], UNMEASURED))
            reviews.append(review)
        self._store(reviews)
        self._record_flips(rows, reviews, now)

    @api.model
    def _review(self, row, now):
        """Return the stored columns of one workflow for its facts."""
        row["next_expected_at"] = self._next_expected(row)
        row["answer_due_at"] = self._answer_due(row)
        facts = self._facts(row)
        verdict = health.decide(facts, now)
        same = verdict.health == row["health"]
        since = verdict.since or (row["health_since"] if same else None) or now
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        next_change = health.next_change_at(facts, now)
        tomorrow = midnight + timedelta(days=1)  # the trend has a column a day
        return {
            "id": row["id"],
            "health": verdict.health,
            "health_reason_code": verdict.reason_code,
            "health_params": self._params(verdict, row),
            "health_since": since,
            **{
                name: row[name]
                for name in WRITTEN
                if name in row and not name.startswith("health")
            },
            "next_check_at": min(next_change or tomorrow, tomorrow),
        }

    @api.model
    def _next_expected(self, row):
        """Return when the next run is due: by a schedule of its own, from the last one.

        As Healthchecks does: a run that comes early does not answer for the next. But
        where an interval counts from the last end, the next start is what was waited
        for, although it came as much earlier as the last run took.
        """
        if row["schedule_type"] not in ("interval", "cron") or not row["last_run_at"]:
            return row["next_expected_at"]
        due = schedule.next_after(as_schedule(row), row["last_run_at"])
        due = due and due.replace(microsecond=0)
        started = row["latest_start_at"]
        if not due or not started or started < row["last_run_at"]:
            return due
        counts_from_end = (
            row["schedule_type"] == "interval"
            and row["kind"] not in health.SIGNALLING_KINDS
        )
        return min(due, started) if counts_from_end else due

    @api.model
    def _answer_due(self, row):
        """Return until when the run under way must have told its end.

        Only where somebody else runs it: the tick knows by itself what Odoo runs.
        Without an expected duration a run has time until the next is due, except a
        heartbeat's: there the grace is all it has, as in Healthchecks.
        """
        if row["kind"] in health.SIGNALLING_KINDS and row["running_since"]:
            expected = timedelta(milliseconds=row["expected_duration_ms"] or 0)
            return row["running_since"] + expected + self._grace(row)
        since = row["latest_start_at"]
        if not since or row["source_model"] or row["schedule_type"] in ("none", None):
            return None
        if row["expected_duration_ms"]:
            end = since + timedelta(milliseconds=row["expected_duration_ms"])
        else:
            end = schedule.next_after(as_schedule(row), since)
        return end and end + self._grace(row)

    @api.model
    def _params(self, verdict, row):
        """Return a verdict's parameters to store; a quoted error has its company."""
        params = pack_params(verdict.params)
        if "error" in params and row["last_company_id"]:
            params["company_id"] = row["last_company_id"]
        return params

    @api.model
    def _facts(self, row):
        switches = self.env["monitor.config"]._switches()
        source = CAPTURED_KINDS.get(row["kind"])
        enabled = switches.captures(source) if source else switches.enabled
        known = {name: row[name] for name in FACT_NAMES if row.get(name) is not None}
        return health.Facts(
            **known,
            capture_enabled=enabled,
            running_state="running" if row["running_since"] else None,
            grace_seconds=self._grace(row).total_seconds(),
        )

    @api.model
    def _grace(self, row):
        minutes = (
            row["grace_minutes"]
            or self.env["monitor.config"]._switches().default_grace_minutes
        )
        if minutes:
            return timedelta(minutes=minutes)
        return schedule.default_grace(as_schedule(row))

    @api.model
    def _unreviewable(self, row, now):
        return {
            "id": row["id"],
            **{name: row.get(name) for name in WRITTEN},
            "health": "unknown",
            "health_reason_code": "unreadable",
            "health_params": {},
            "health_since": row["health_since"] or now,
            "next_check_at": now + timedelta(hours=1),
        }

    @api.model
    def _store(self, reviews):
        """Write the reviews in one statement, touching only rows that differ."""
        columns = list(WRITTEN)
        assignments = ", ".join(f"{name} = new.{name}" for name in columns)
        old = ", ".join(f"w.{name}" for name in columns)
        new = ", ".join(f"new.{name}" for name in columns)
        types = ", ".join(f"{name} {kind}" for name, kind in WRITTEN.items())
        self.env.cr.execute(
            f"""
            UPDATE monitor_workflow w SET {assignments}
              FROM json_to_recordset(%s) AS new(id int, {types})
             WHERE w.id = new.id AND ({old}) IS DISTINCT FROM ({new})
            """,  # pylint: disable=sql-injection
            [json.dumps(reviews, default=_iso)],
        )
        self.env["monitor.workflow"].invalidate_model(flush=False)

    @api.model
    def _record_flips(self, rows, reviews, now):
        """Append an event for each workflow whose health changed."""
        flips = [
            {
                "id": review["id"],
                "severity": "error" if review["health"] == "failing" else "info",
                "context": {"from": row["health"], "to": review["health"]},
                "at": max(review["health_since"], row["health_since"] or datetime.min),
            }
            for row, review in zip(rows, reviews, strict=True)
            if row["health"] != review["health"]
        ]
        if flips:
            self.env.cr.execute(
                """
                INSERT INTO monitor_event_data
                    (recorded_at, occurred_at, workflow_id, kind, severity, source,
                     step, context, company_id, retention)
                SELECT %s, flip.at, w.id, 'custom', flip.severity, 'health', 'health',
                       flip.context, w.company_id, 'standard'
                  FROM json_to_recordset(%s)
                       AS flip(id int, severity varchar, context jsonb, at timestamp)
                  JOIN monitor_workflow w ON w.id = flip.id
                """,
                [now, json.dumps(flips, default=_iso)],
            )


def as_schedule(row):
    """Return the :class:`schedule.Schedule` of a workflow (dict or record)."""
    kind = row["schedule_type"]
    return schedule.Schedule(
        kind="interval" if kind == "source" else (kind or "none"),
        number=row["interval_number"] or 1,
        unit=row["interval_unit"] or "days",
        expression=row["cron_expression"] or "",
        tz=row["schedule_tz"] or "UTC",
    )


def pack_params(params):
    """Return a verdict's parameters as JSON types; moments and durations are tagged."""
    packed = {}
    for name, value in params.items():
        if isinstance(value, datetime):
            value = {"at": value.isoformat()}
        elif isinstance(value, timedelta):
            value = {"ms": round(value.total_seconds() * 1000)}
        packed[name] = value
    return packed


def unpack_params(packed):
    """Return what :func:`pack_params` was given."""
    params = {}
    for name, value in (packed or {}).items():
        if isinstance(value, dict) and "at" in value:
            value = datetime.fromisoformat(value["at"])
        elif isinstance(value, dict) and "ms" in value:
            value = timedelta(milliseconds=value["ms"])
        params[name] = value
    return params


def _iso(value):
    return value.isoformat()
