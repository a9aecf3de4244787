from odoo import fields, models


class MonitorWorkflow(models.Model):
    _inherit = "monitor.workflow"

    rules_due = fields.Boolean(
        readonly=True,
        copy=False,
        help="Its health was reviewed: rules look at it in the next stage of the tick.",
    )
    rules_check_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When rules about a window look again although nothing happens.",
    )
    incident_ids = fields.One2many(
        comodel_name="monitor.incident", inverse_name="workflow_id", readonly=True
    )

    _rules_due_idx = models.Index("(id) WHERE rules_due")
    _rules_check_idx = models.Index("(rules_check_at) WHERE rules_check_at IS NOT NULL")
