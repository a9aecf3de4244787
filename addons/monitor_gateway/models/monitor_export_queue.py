import logging
from datetime import datetime

from odoo import models
from odoo.tools import SQL

from ..tools import otlp, otlp_answer
from . import otlp_sender

_logger = logging.getLogger(__name__)

BATCH = 512  # spans of a request, as the specification's batch processor has
BATCHES = 40  # requests of one execution
MAX_WAITING = 50_000  # runs kept for a collector that is away; the oldest are dropped
CLOSING = SQL(
    """
    e.run_id IS NOT NULL AND e.workflow_id IS NOT NULL AND e.quantity > 0
    AND e.kind IN ('succeeded', 'failed', 'lost', 'skipped')
    """
)
# What was committed after one snapshot; and before another.
AFTER = """
    e.xid >= pg_snapshot_xmin(%(done)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(e.xid, %(done)s::pg_snapshot)
"""
BEFORE = "pg_visible_in_snapshot(e.xid, %(target)s::pg_snapshot)"
RUN = """
    SELECT r.id, r.trace_id, r.span_id, r.parent_span_id, r.started_at, r.finished_at,
           r.state, r.outcome_class, r.error_type, r.error_message, r.traceback,
           r.steps_done, r.context, r.correlation_id, r.sql_count, r.record_count,
           r.run_count, r.model, r.res_id, r.company_id,
           w.code, w.name, w.kind, w.criticality
      FROM monitor_run r JOIN monitor_workflow w ON w.id = r.workflow_id
     WHERE r.id = ANY(%s) AND r.finished_at IS NOT NULL ORDER BY r.id
"""


class MonitorExport(models.Model):
    """The runs that wait for the collector: what lies between two snapshots."""

    _inherit = "monitor.export"

    def _export_runs(self, collector, with_details):
        """Send what ended; return whether the collector may be asked for more."""
        for _batch in range(BATCHES):
            runs, last = self._next_runs(with_details)
            if last is None:
                return True
            request = otlp.trace_request(self._scope(), runs)
            self._commit()  # nothing stays open while the collector answers
            verdict = otlp_answer.Verdict(sent=True)
            if runs:
                verdict = otlp_sender.send(collector, "traces", request)
            if verdict.again:
                self._postpone(verdict)
                return False
            self.last_event_id = last
            self._note(verdict, len(runs))
            self._commit()
        return True

    def _next_runs(self, with_details):
        """Return runs to send next, and the last event of theirs; ``None`` if none."""
        fold = self.env["monitor.event.fold"]
        current = fold._current_snapshot()
        if fold._is_foreign(self.done_snapshot, current):
            self.write({"done_snapshot": current, "target_snapshot": False})
            return [], None
        if not self.target_snapshot:
            self.write({"target_snapshot": current, "last_event_id": 0})
        rows = self.env.execute_query(
            SQL(
                "SELECT e.id, e.run_id FROM monitor_event_data e "
                "WHERE %s AND %s AND %s AND e.id > %s ORDER BY e.id LIMIT %s",
                SQL(AFTER, done=self.done_snapshot),
                SQL(BEFORE, target=self.target_snapshot),
                CLOSING,
                self.last_event_id,
                BATCH,
            )
        )
        if not rows:
            self.write(
                {"done_snapshot": self.target_snapshot, "target_snapshot": False}
            )
            return [], None
        run_ids = list({run_id for _id, run_id in rows})
        found = self.env.execute_query_dict(SQL(RUN, run_ids))
        return self._built(found, with_details), rows[-1][0]

    def _built(self, rows, with_details):
        """Return the runs that can be told; one that cannot holds up no other."""
        runs = []
        for row in rows:
            try:
                runs.append(to_run(row, with_details))
            except Exception:
                _logger.exception("Run %s cannot be exported", row["id"])
                self.dropped_count += 1
        return runs

    def _waiting(self, current):
        """Return the condition of what was not sent until the snapshot ``current``."""
        unsent = SQL()
        if self.target_snapshot:
            unsent = SQL(
                "AND (e.id > %s OR NOT %s)",
                self.last_event_id,
                SQL(BEFORE, target=self.target_snapshot),
            )
        return SQL(
            "%s AND %s AND %s %s",
            SQL(AFTER, done=self.done_snapshot),
            SQL(BEFORE, target=current),
            CLOSING,
            unsent,
        )

    def _drop_oldest(self):
        """Give up the oldest of what waits, beyond :data:`MAX_WAITING`."""
        if not self.done_snapshot:
            return
        current = self.env["monitor.event.fold"]._current_snapshot()
        waiting = self._waiting(current)
        cut = self.env.execute_query(
            SQL(
                "SELECT e.id FROM monitor_event_data e WHERE %s "
                "ORDER BY e.id DESC OFFSET %s LIMIT 1",
                waiting,
                MAX_WAITING,
            )
        )
        if not cut:
            return
        ((dropped,),) = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM monitor_event_data e WHERE %s AND e.id <= %s",
                waiting,
                cut[0][0],
            )
        )
        _logger.warning("%s runs were not exported: the collector is away", dropped)
        self.write(
            {
                "target_snapshot": current,
                "last_event_id": cut[0][0],
                "dropped_count": self.dropped_count + dropped,
            }
        )

    def _waiting_count(self):
        """Return how many runs wait for the collector, :data:`MAX_WAITING` at most."""
        if not self.done_snapshot:
            return 0
        current = self.env["monitor.event.fold"]._current_snapshot()
        ((count,),) = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (SELECT FROM monitor_event_data e WHERE %s "
                "LIMIT %s) waiting",
                self._waiting(current),
                MAX_WAITING,
            )
        )
        return count


def to_run(row, with_details):
    """Return the :class:`otlp.Run` of a row of :data:`RUN`.

    Error messages were redacted when they were stored. Tracebacks and context leave
    only where an administrator said so.
    """
    attributes = {
        "odoo.monitor.correlation_id": row["correlation_id"],
        "odoo.monitor.run.sql_count": row["sql_count"],
        "odoo.monitor.run.record_count": row["record_count"],
        "odoo.monitor.run.count": row["run_count"],
        "odoo.model": row["model"],
        "odoo.record.id": row["res_id"],
        "odoo.company.id": row["company_id"],
    }
    if with_details:
        for name, value in (row["context"] or {}).items():
            attributes[f"odoo.monitor.context.{name}"] = value
    workflow = {name: row[name] for name in ("code", "name", "kind", "criticality")}
    return otlp.Run(
        id=row["id"],
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_span_id=row["parent_span_id"],
        workflow=workflow,
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        state=row["state"],
        outcome_class=row["outcome_class"],
        attributes=attributes,
        error_type=row["error_type"],
        error_message=row["error_message"],
        traceback=row["traceback"] if with_details else None,
        steps={
            code: datetime.fromisoformat(moment)
            for code, moment in (row["steps_done"] or {}).items()
        },
    )
