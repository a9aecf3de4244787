from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date, format_datetime, html2plaintext

from ..tools import clock, redaction
from .autovacuum_batch import delete_batch
from .change_recorder import write_changes
from .columns import LooseMany2one
from .monitor_recorder import quiet

READERS = "monitor_core.group_monitor_operator,monitor_core.group_monitor_auditor"
OPERATIONS = [
    ("create", "Created"),
    ("write", "Changed"),
    ("unlink", "Deleted"),
    ("more", "More of them"),
]


class MonitorChange(models.Model):
    """What an automation changed of a record; written by the capture path alone.

    Rows are inserted with the business transaction, so that of one rolled back none
    stays. The values themselves are shown only to whoever may read the record and the
    field.
    """

    _name = "monitor.change"
    _inherit = "monitor.record.link"
    _description = "Change by an Automation"
    _log_access = False
    _order = "id desc"
    _rec_name = "model"

    occurred_at = fields.Datetime(string="When", required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", readonly=True
    )
    operation = fields.Selection(selection=OPERATIONS, required=True, readonly=True)
    changes = fields.Json(
        readonly=True,
        groups="base.group_system",
        help="{field: [before, after]}, redacted",
    )
    source_ref = fields.Char(readonly=True)
    workflow_id = LooseMany2one(comodel_name="monitor.workflow", readonly=True)
    trace_id = fields.Char(string="Trace ID", readonly=True)
    span_id = fields.Char(string="Span ID", readonly=True)
    user_id = LooseMany2one(comodel_name="res.users", string="Run as", readonly=True)
    company_id = LooseMany2one(comodel_name="res.company", readonly=True)
    run_id = fields.Many2one(comodel_name="monitor.run", compute="_compute_run_id")
    record_name = fields.Char(compute="_compute_details")
    details = fields.Text(string="What changed", compute="_compute_details")

    _record_idx = models.Index("(model, res_id)")
    _trace_idx = models.Index("(trace_id)")
    _retention_idx = models.Index("(occurred_at)")
    _unattached_idx = models.Index("(id) WHERE workflow_id IS NULL")

    @api.model
    @quiet
    def _flush(self):
        """Write the buffered changes; a precommit hook."""
        write_changes(self.env.cr)

    @api.depends("trace_id", "span_id")
    def _compute_run_id(self):
        """Find the run; of many in one transaction the one that stands for them."""
        traces = set(self.mapped("trace_id"))
        runs = self.env["monitor.run"].search([("trace_id", "in", list(traces))])
        by_span = {run.span_id: run for run in runs}
        by_source = {(run.trace_id, run.source_ref): run for run in runs}
        for change in self:
            key = (change.trace_id, change.source_ref)
            change.run_id = by_span.get(change.span_id) or by_source.get(key)

    @api.depends("model", "res_id", "operation")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_details(self):
        for change in self:
            record = change._record()
            readable = record is not None and record.has_access("read")
            change.record_name = (
                record.display_name if readable else f"{change.model},{change.res_id}"
            )
            change.details = change._in_words(record if readable else None)

    def _record(self):
        """Return the record that was changed, ``None`` if there is none any more."""
        self.ensure_one()
        if self.model not in self.env or not self.res_id:
            return None
        return self.env[self.model].browse(self.res_id).exists() or None

    def _in_words(self, record):
        """Return one line for each field that the reader may read of ``record``."""
        # sudo: the values are for administrators only; each is checked right here
        changes = self.sudo().changes or {}
        if self.operation == "more":
            return self.env._("%s further changes", changes.get("further"))
        if self.operation != "write":
            return ""
        if record is None:
            return self.env._(
                "You may not read this record (fields: %s).", len(changes)
            )
        lines = [
            self._line(record, record._fields.get(name), name, values)
            for name, values in changes.items()
        ]
        return "\n".join(filter(None, lines))

    def _line(self, record, field, name, values):
        """Return one line; ``values`` is no pair where the whole field is secret."""
        label = field._description_string(self.env) if field else name
        # Of a field that is gone nobody knows any more who might read it.
        readable = field and record._has_field_access(field, "read")
        if not isinstance(values, list) or not (readable or self.env.is_system()):
            return self.env._("%s: changed", label)
        before, after = (self._shown(record, field, value) for value in values)
        return f"{label}: {before} → {after}"

    def _shown(self, record, field, value):
        """Return a stored value as people know it."""
        if field is None or value == redaction.MASK:
            return str(value)
        if value is False and field.type != "boolean":
            value = None
        if value is None or value == []:
            return self.env._("nothing")
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            return labels.get(value, value)
        if field.type == "many2one":
            return self._names(field, [value])
        if field.type == "many2many":
            return self._names(field, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return html2plaintext(value).strip() if field.type == "html" else str(value)

    def _names(self, field, ids):
        """Return the names of records, as far as the reader may read them."""
        names = []
        for one in ids:
            record = self.env[field.comodel_name].browse(
                one if isinstance(one, int) else []
            )
            found = record.exists()
            readable = found and found.has_access("read")
            names.append(found.display_name if readable else str(one))
        return ", ".join(names)

    @api.autovacuum
    def _gc_changes(self):
        """Delete changes as old as the runs that made them, in batches."""
        days = self.env["monitor.config"]._switches().run_retention_days
        before = clock.utcnow() - timedelta(days=days)
        expired = SQL("occurred_at < %s", before)
        return delete_batch(self.env, "monitor_change", expired, "occurred_at")
