from odoo import fields, models


class MonitorWorkflow(models.Model):
    _inherit = "monitor.workflow"

    rules_due = fields.Boolean(
        readonly=True,
        copy=False,
        help="Its health was reviewed: rules look at it in the next stage of the tick.",
    )
    incident_ids = fields.One2many(
        comodel_name="monitor.incident", inverse_name="workflow_id", readonly=True
    )

    _rules_due_idx = models.Index("(id) WHERE rules_due")
