from odoo import fields, models


class MonitorInhibition(models.Model):
    """A firing alert that explains others: they are listed, but tell nobody."""

    _name = "monitor.inhibition"
    _description = "Monitor Inhibition"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(comodel_name="res.company")
    source_matchers = fields.Char(required=True, help="The alert that explains.")
    target_matchers = fields.Char(required=True, help="The alerts that it explains.")
    equal_labels = fields.Char(
        help="Labels in which both must agree, separated by commas."
    )
