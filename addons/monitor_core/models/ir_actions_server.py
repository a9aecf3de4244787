from odoo import fields, models

from ..tools.span import current_span
from .monitor_recorder import quiet


class IrActionsServer(models.Model):
    """Executions are observed; the type *Record Checkpoint* is added."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("monitor_checkpoint", "Record Checkpoint")],
        ondelete={"monitor_checkpoint": "cascade"},
    )
    monitor_step_id = fields.Many2one(
        comodel_name="monitor.flow.step",
        string="Checkpoint",
        ondelete="restrict",
        help="The step of a flow that a record has passed when this action runs on it.",
    )
    monitor_correlation_field_id = fields.Many2one(
        comodel_name="ir.model.fields",
        string="Correlation Field",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('char', 'integer'))]",
        ondelete="set null",
        help="Holds the id that other systems know this record by. Empty: model and "
        "database id.",
    )

    def _run(self, records, eval_context):
        """Observe one execution; what it does and raises stays as it is."""
        span = self._monitor_open(records)
        if span is None:
            return super()._run(records, eval_context)
        recorder = self.env["monitor.recorder"]
        token = current_span.set(span)
        try:
            result = super()._run(records, eval_context)
        except Exception as error:
            recorder._fail(span, error)
            raise
        finally:
            current_span.reset(token)
        recorder._succeed(span)
        return result

    @quiet
    def _monitor_open(self, records):
        """Return a span to close, or ``None`` where another one stands for this run.

        The action of a scheduled action is that run, the actions of a rule are the
        rule's run: neither is counted twice.
        """
        parent = current_span.get()
        usage = self.usage
        if usage == "ir_cron":
            return None
        rule_id = self.base_automation_id.id
        source, switch = (self._name, self.id), None
        if rule_id:
            source, switch = ("base.automation", rule_id), "base.automation"
            if parent is not None and parent.source == source:
                parent.executed = True
                parent.record_ids.update(_real_ids(records))
                return None
        span = self.env["monitor.recorder"]._open(source, records._name, switch)
        if span is not None:
            span.record_ids.update(_real_ids(records))
        return span

    def _run_action_monitor_checkpoint_multi(self, eval_context=None):
        """Record that the active records passed the step; never fails the caller."""
        context = self.env.context
        ids = context.get("active_ids") or [context.get("active_id")]
        self.env["monitor.recorder"]._record_checkpoints(self, list(filter(None, ids)))
        return False

    def _monitor_correlation(self, records):
        """Return ``{record id: correlation id}``."""
        field = self.monitor_correlation_field_id.name
        return {
            record.id: str(field and record[field] or f"{record._name},{record.id}")
            for record in records
        }


def _real_ids(records):
    """Return the database ids of ``records`` (an onchange runs on new records)."""
    return [id_ for id_ in records._ids if isinstance(id_, int)]
