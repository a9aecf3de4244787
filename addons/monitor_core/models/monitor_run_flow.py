import logging
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL

from ..tools import flow, trace_context
from ..tools.fingerprint import is_retryable
from ..tools.scales import TERMINAL_STATES
from .monitor_recorder import note_self_error

_logger = logging.getLogger(__name__)


class MonitorRunFlow(models.AbstractModel):
    """Runs of flows: the checkpoints they passed, and those that are overdue."""

    _name = "monitor.run.flow"
    _description = "Monitor Run: flows"

    def _progress(self):
        """Return how far this run has come (:class:`flow.Progress`)."""
        self.ensure_one()
        seen = {
            code: datetime.fromisoformat(moment)
            for code, moment in (self.steps_done or {}).items()
        }
        return flow.progress(
            self.workflow_id.step_ids._to_rules(), seen, self.started_at
        )

    def _pass_steps(self, steps, now):
        """Note passed ``steps`` (``{code: moment}``); end the run when none remains.

        The first report of a step counts; a late one may revive a stalled run.
        """
        self.ensure_one()
        done = dict(self.steps_done or {})
        for code, moment in steps.items():
            done[code] = min(done.get(code, moment.isoformat()), moment.isoformat())
        self.steps_done = done
        progress = self._progress()
        overdue = progress.next_deadline_at and progress.next_deadline_at < now
        still_stalled = self.state == "stalled" and overdue
        self.write(
            {
                "state": "stalled" if still_stalled else "running",
                "next_step": progress.next_step,
                "next_deadline_at": progress.next_deadline_at,
            }
        )
        if progress.complete and self.workflow_id.step_ids:
            self._finish(
                "succeeded", None, max(map(datetime.fromisoformat, done.values()))
            )

    @api.model
    def _apply_new_checkpoints(self, now):
        """Turn checkpoints that server actions recorded into runs of their flows."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT new.*, first.model, first.res_id, first.company_id,
                       first.user_id, first.context
                  FROM (SELECT workflow_id, correlation_id,
                               jsonb_object_agg(step, occurred_at
                                                ORDER BY occurred_at DESC) AS steps,
                               min(occurred_at) AS started_at, array_agg(id) AS ids,
                               (array_agg(id ORDER BY occurred_at, id))[1] AS first_id
                          FROM monitor_event_data
                         WHERE kind = 'checkpoint' AND run_id IS NULL
                           AND workflow_id IS NOT NULL AND correlation_id IS NOT NULL
                         GROUP BY workflow_id, correlation_id) new
                  JOIN monitor_event_data first ON first.id = new.first_id
                """
            )
        )
        for row in rows:
            try:
                with self.env.cr.savepoint():
                    self._apply_checkpoints(row, now)
            except Exception as error:
                if is_retryable(error):
                    raise
                # One odd checkpoint must not hold up the others; the next tick tries
                # again, and the log says each time what is wrong.
                _logger.exception(
                    "Checkpoints of %r not applied", row["correlation_id"][:100]
                )
                note_self_error(self.env, "_apply_checkpoints", error)

    @api.model
    def _apply_checkpoints(self, row, now):
        """Apply the new checkpoints of one run, given as a row of the query above."""
        run = self._flow_run(row)
        if run.state not in TERMINAL_STATES:
            steps = {
                step: datetime.fromisoformat(moment)
                for step, moment in row["steps"].items()
            }
            run._pass_steps(steps, now)
        run.flush_recordset()
        self.env.cr.execute(
            "UPDATE monitor_event_data SET run_id = %s WHERE id = ANY(%s)",
            [run.id, row["ids"]],
        )

    @api.model
    def _flow_run(self, row):
        """Return the run that a group of checkpoints belongs to, made if need be."""
        run = self.search(
            [
                ("workflow_id", "=", row["workflow_id"]),
                ("correlation_id", "=", row["correlation_id"]),
                ("source_ref", "=", False),
            ]
        )
        if run:
            return run
        return self.create(
            {
                "workflow_id": row["workflow_id"],
                "correlation_id": row["correlation_id"],
                "trace_id": trace_context.new_trace_id(row["started_at"]),
                "span_id": trace_context.new_span_id(),
                "state": "running",
                "started_at": row["started_at"],
                "model": row["model"],
                "res_id": row["res_id"],
                "user_id": row["user_id"],
                "company_id": row["company_id"],
                "context": row["context"],
            }
        )

    @api.model
    def _mark_stalled(self, now):
        """Mark running runs whose next checkpoint is overdue."""
        stalled = self.search(
            [("state", "=", "running"), ("next_deadline_at", "<", now)]
        )
        stalled.write({"state": "stalled"})
        stalled.flush_recordset()
        if stalled:
            self.env.cr.execute(
                """
                INSERT INTO monitor_event_data
                    (recorded_at, occurred_at, workflow_id, run_id, kind, run_state,
                     severity, step, source, correlation_id, company_id)
                SELECT %s, next_deadline_at, workflow_id, id, 'log', 'stalled', 'error',
                       next_step, 'flow', correlation_id, company_id
                  FROM monitor_run WHERE id IN %s
                """,
                [now, tuple(stalled.ids)],
            )
            self.env["monitor.health"]._mark_changed(stalled.workflow_id.ids)
