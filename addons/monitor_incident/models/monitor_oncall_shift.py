from odoo import fields, models


class MonitorOncallShift(models.Model):
    """A time on call: planned ahead from the rotation, or an exception to it."""

    _name = "monitor.oncall.shift"
    _description = "Monitor On-Call Shift"
    _order = "start_at, id"

    rotation_id = fields.Many2one(
        comodel_name="monitor.oncall.rotation",
        required=True,
        ondelete="cascade",
        index=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )
    start_at = fields.Datetime(required=True)
    end_at = fields.Datetime(required=True)
    is_override = fields.Boolean(string="Exception", default=True)
    note = fields.Char()
    company_id = fields.Many2one(related="rotation_id.company_id", store=True)
