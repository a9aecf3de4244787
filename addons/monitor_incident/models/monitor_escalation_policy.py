from odoo import fields, models


class MonitorEscalationPolicy(models.Model):
    """Who is told when nobody does anything, level by level."""

    _name = "monitor.escalation.policy"
    _description = "Monitor Escalation Policy"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")
    level_ids = fields.One2many(
        comodel_name="monitor.escalation.level", inverse_name="policy_id", copy=True
    )
    repeat_count = fields.Integer(
        default=0, help="How often all levels begin anew, 5 times at most."
    )
    unacknowledge_minutes = fields.Integer(
        default=30,
        help="A critical incident that was acknowledged and then not touched for so "
        "many working minutes is new again. 0: never.",
    )
    warning = fields.Char(compute="_compute_warning")

    def _compute_warning(self):
        self.warning = False
