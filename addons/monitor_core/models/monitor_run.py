import logging
import re
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import clock, fingerprint, flow, payload, redaction, trace_context
from ..tools.scales import OUTCOME_CLASSES, RUN_STATES, TERMINAL_STATES
from .columns import BigInteger, LooseMany2one
from .monitor_recorder import wake_tick

_logger = logging.getLogger(__name__)

PRIVILEGED = "monitor_core.group_monitor_operator,monitor_core.group_monitor_auditor"
UNANSWERED_AFTER = timedelta(hours=72)  # as long as Healthchecks waits
UNANSWERED_MESSAGE = "No end was reported within 72 hours of the start."
LOST_MESSAGE = (
    "The worker stopped before the run ended: it was killed, restarted or ran out of "
    "memory or time."
)
MAX_ERROR = 1000
NUMBERED = re.compile(r"\s*(?:(?P<workflow>.*?)\s*#)?(?P<id>[0-9]{1,9})\s*")


class MonitorRun(models.Model):
    """One execution of a workflow, known by its correlation id and trace id.

    Rows are written by the recorder in plain SQL (``monitor.recorder``) and by the RPC
    methods of ``monitor.workflow``; nobody edits them by hand.
    """

    _name = "monitor.run"
    _inherit = "monitor.record.link"
    _description = "Monitor Run"
    _log_access = False
    _order = "started_at desc, id desc"
    _rec_names_search = ["correlation_id", "workflow_id"]  # and #id, see below

    name = fields.Char(compute="_compute_name", search="_search_display_name")
    workflow_id = LooseMany2one(comodel_name="monitor.workflow", readonly=True)
    source_ref = fields.Char(
        readonly=True,
        help="model,id of the Odoo source; attached to its workflow by the tick.",
    )
    correlation_id = fields.Char(string="Correlation ID", readonly=True, index=True)
    trace_id = fields.Char(string="Trace ID", readonly=True, index="btree_not_null")
    span_id = fields.Char(string="Span ID", readonly=True)
    parent_span_id = fields.Char(string="Parent Span ID", readonly=True)
    parent_id = LooseMany2one(
        comodel_name="monitor.run", readonly=True, index="btree_not_null"
    )
    child_ids = fields.One2many(
        comodel_name="monitor.run", inverse_name="parent_id", readonly=True
    )
    state = fields.Selection(selection=RUN_STATES, required=True, readonly=True)
    outcome_class = fields.Selection(selection=OUTCOME_CLASSES, readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)
    finished_at = fields.Datetime(readonly=True)
    duration_ms = BigInteger(string="Duration (ms)", readonly=True, aggregator="avg")
    sql_count = fields.Integer(string="SQL Statements", readonly=True)
    record_count = fields.Integer(string="Records", readonly=True)
    run_count = fields.Integer(
        string="Executions",
        default=1,
        readonly=True,
        help="More than one where many executions in one transaction are kept as one.",
    )
    error_type = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    fingerprint = fields.Char(
        readonly=True, help="The same for the same kind of error."
    )
    traceback = fields.Text(readonly=True, groups=PRIVILEGED)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", readonly=True
    )
    user_id = LooseMany2one(comodel_name="res.users", readonly=True)
    company_id = LooseMany2one(comodel_name="res.company", readonly=True)
    context = fields.Json(readonly=True, groups=PRIVILEGED)
    steps_done = fields.Json(
        readonly=True, help="{step code: when it was passed (ISO, UTC)}"
    )
    report = fields.Json(
        readonly=True,
        groups=PRIVILEGED,
        help="What others reported of it, merged (see tools/run_report.py).",
    )
    change_ids = fields.One2many(
        comodel_name="monitor.change",
        compute="_compute_change_ids",
        string="Changes",
        groups=PRIVILEGED,
    )
    next_step = fields.Char(readonly=True)
    next_deadline_at = fields.Datetime(readonly=True)
    backend_pid = fields.Integer(readonly=True, groups=PRIVILEGED)
    backend_start = fields.Char(readonly=True, groups=PRIVILEGED)

    _finished_idx = models.Index("(workflow_id, finished_at DESC)")
    _error_idx = models.Index(
        "(workflow_id, fingerprint, finished_at) WHERE fingerprint IS NOT NULL"
    )
    _open_idx = models.Index("(workflow_id) WHERE state IN ('running', 'stalled')")
    _due_idx = models.Index("(next_deadline_at) WHERE state = 'running'")
    _unattached_idx = models.Index("(id) WHERE workflow_id IS NULL")
    _retention_idx = models.Index("(started_at)")
    # Runs that others report are found by the sender's correlation id: one each.
    _reported_uniq = models.UniqueIndex(
        "(workflow_id, correlation_id) WHERE source_ref IS NULL"
    )

    @api.depends("workflow_id", "started_at")
    def _compute_name(self):
        for run in self:
            run.name = (
                f"{run.workflow_id.display_name or run.source_ref or ''} #{run.id}"
            )

    @api.depends("trace_id", "span_id")
    def _compute_change_ids(self):
        """Return what was changed by these runs, if that was kept."""
        changes = self.env["monitor.change"].search(
            [("trace_id", "in", [trace for trace in self.mapped("trace_id") if trace])]
        )
        for run in self:
            run.change_ids = changes.filtered(lambda c, run=run: c.run_id == run)

    @api.model
    def _search_display_name(self, operator, value):
        """Find runs by correlation id, workflow, ``#id`` or ``workflow #id``."""
        domain = Domain(super()._search_display_name(operator, value))
        values = [value] if isinstance(value, str) else value or []
        named = Domain.OR(map(self._domain_by_number, values))
        negative = operator in Domain.NEGATIVE_OPERATORS
        return domain & ~named if negative else domain | named

    @api.model
    def _domain_by_number(self, name):
        """Return the domain of the run whose displayed name is ``name``."""
        match = NUMBERED.fullmatch(name) if isinstance(name, str) else None
        if match is None:
            return Domain.FALSE
        domain = Domain("id", "=", int(match["id"]))
        if match["workflow"]:
            domain &= Domain("workflow_id", "ilike", match["workflow"])
        return domain

    @api.model
    def _close_lost(self, now):
        """Close runs that nobody will end any more; return the workflow ids."""
        rows = self._lose_scheduled(now) + self._lose_unanswered(now)
        self.invalidate_model(flush=False)
        lost = self.browse(row[0] for row in rows)
        lost._record_end("lost", "error", now)
        return lost.workflow_id.ids

    @api.model
    def _lose_unanswered(self, now):
        """Close reported runs whose sender never came back.

        A flow says by the deadlines of its steps how long it may wait: years, if need
        be. An end that comes after all still counts.
        """
        return self.env.execute_query(
            SQL(
                """
                UPDATE monitor_run r
                   SET state = 'lost', outcome_class = 'lost', finished_at = %(now)s,
                       error_type = 'Lost', error_message = %(message)s
                 WHERE state = 'running' AND source_ref IS NULL
                   AND workflow_id IS NOT NULL AND started_at < %(before)s
                   AND NOT EXISTS (SELECT 1 FROM monitor_flow_step s
                                    WHERE s.workflow_id = r.workflow_id)
             RETURNING id
                """,
                now=now,
                before=now - UNANSWERED_AFTER,
                message=UNANSWERED_MESSAGE,
            )
        )

    @api.model
    def _lose_scheduled(self, now):
        """Close scheduled runs whose worker is gone.

        A running scheduled action holds its database connection, so a run is lost when
        the session that wrote its start no longer exists, or when the same scheduled
        action has started anew since (Odoo never runs one twice at a time).
        """
        return self.env.execute_query(
            SQL(
                """
                UPDATE monitor_run r
                   SET state = 'lost', outcome_class = 'lost', finished_at = %(now)s,
                       duration_ms = (extract(epoch FROM %(now)s - started_at)
                                      * 1000)::bigint,
                       error_type = 'Lost', error_message = %(message)s
                 WHERE state = 'running' AND backend_pid IS NOT NULL
                   AND (NOT EXISTS (
                            SELECT 1 FROM pg_stat_activity a
                             WHERE a.pid = r.backend_pid
                               AND (a.backend_start IS NULL
                                    OR a.backend_start::text = r.backend_start))
                        OR EXISTS (
                            SELECT 1 FROM monitor_run later
                             WHERE later.source_ref = r.source_ref
                               AND later.workflow_id = r.workflow_id
                               AND later.id > r.id))
             RETURNING id
                """,
                now=now,
                message=LOST_MESSAGE,
            )
        )

    # Flows

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

    def _finish(self, outcome, error, moment, measured=True):
        """Close this run with a reported outcome.

        :param bool measured: whether its start was reported, so that it has a duration
        """
        self.ensure_one()
        failed = outcome in ("failed", "partial") and bool(error or outcome == "failed")
        policy = self.env["monitor.config"]._redaction()
        message = error and redaction.redact_text(payload.storable_text(error), policy)
        message = message[:MAX_ERROR] if message else False
        moment = max(moment, self.started_at)
        took_ms = round((moment - self.started_at).total_seconds() * 1000)
        self.write(
            {
                "state": outcome,
                "outcome_class": "fault" if failed else "success",
                "finished_at": moment,
                "error_type": "Reported" if failed else False,
                "error_message": message,
                "fingerprint": failed
                and fingerprint.fingerprint(
                    fingerprint.ErrorInfo("Reported", message or outcome, "", ())
                ),
                "next_step": False,
                "next_deadline_at": False,
                **({"duration_ms": took_ms} if measured else {}),
            }
        )
        self.flush_recordset()
        if outcome == "cancelled":
            kind, severity = "skipped", "info"
        else:
            kind = "failed" if failed else "succeeded"
            severity = "error" if failed else "info"
        self._record_end(kind, severity, clock.utcnow(), source="report")
        if failed:
            registry = self.env.registry
            self.env.cr.postcommit.add(lambda: wake_tick(registry))

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
            except Exception:
                # One odd checkpoint must not hold up the others; the next tick tries
                # again, and the log says each time what is wrong.
                _logger.exception(
                    "Checkpoints of %r not applied", row["correlation_id"][:100]
                )

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

    def _is_about(self, values):
        """Tell whether a report names the record that this run is about."""
        self.ensure_one()
        return (self.model, self.res_id) == (values["model"], values["record_id"])

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

    def _record_end(self, kind, severity, now, source=None):
        """Append the closing event of each run in ``self`` (set-based)."""
        if not self:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO monitor_event_data
                    (recorded_at, occurred_at, workflow_id, run_id, kind, run_state,
                     outcome_class, quantity, severity, source, correlation_id,
                     duration_ms, model, res_id, user_id, company_id, retention)
                SELECT %s, coalesce(finished_at, %s), workflow_id, id, %s, state,
                       outcome_class, run_count, %s, coalesce(%s, source_ref),
                       correlation_id, duration_ms, model, res_id, user_id, company_id,
                       %s
                  FROM monitor_run WHERE id IN %s
                """,
                now,
                now,
                kind,
                severity,
                source,
                "standard" if kind == "succeeded" else "long",
                tuple(self.ids),
            )
        )
