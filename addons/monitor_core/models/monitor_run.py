import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import clock, fingerprint, payload, redaction
from ..tools.scales import OUTCOME_CLASSES, RUN_STATES
from .columns import BigInteger, LooseMany2one
from .monitor_recorder import wake_tick

PRIVILEGED = "monitor_core.group_monitor_operator,monitor_core.group_monitor_auditor"
MAX_ERROR = 1000
NUMBERED = re.compile(r"\s*(?:(?P<workflow>.*?)\s*#)?(?P<id>[0-9]{1,9})\s*")


class MonitorRun(models.Model):
    """One execution of a workflow, known by its correlation id and trace id.

    Rows are written by the recorder in plain SQL (``monitor.recorder``) and by the RPC
    methods of ``monitor.workflow``; nobody edits them by hand.
    """

    _name = "monitor.run"
    _inherit = ["monitor.record.link", "monitor.run.lost", "monitor.run.flow"]
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
    late_ms = BigInteger(
        string="Started Late By (ms)",
        readonly=True,
        aggregator="avg",
        help="How long after it was due, of a scheduled action.",
    )
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

    def _is_about(self, values):
        """Tell whether a report names the record that this run is about."""
        self.ensure_one()
        return (self.model, self.res_id) == (values["model"], values["record_id"])

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
