from odoo import fields, models


class MonitorRulePreviewLine(models.TransientModel):
    """A time at which a rule would have fired."""

    _name = "monitor.rule.preview.line"
    _description = "Monitor Rule Preview Line"
    _order = "since desc, id"

    preview_id = fields.Many2one(
        comodel_name="monitor.rule.preview",
        required=True,
        ondelete="cascade",
        index=True,
    )
    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow", ondelete="cascade", readonly=True
    )
    what = fields.Char(readonly=True)
    since = fields.Datetime(string="From", readonly=True)
    until = fields.Datetime(readonly=True)
    count = fields.Integer(readonly=True)
