from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import rotation as turns


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
    display_name = fields.Char(compute="_compute_display_name")
    color = fields.Integer(related="user_id.partner_id.color")
    handover_note = fields.Text(related="rotation_id.handover_note")

    _in_order = models.Constraint(
        "CHECK (start_at < end_at)", "A shift ends after it begins."
    )
    _when_idx = models.Index("(rotation_id, end_at)")

    @api.depends("user_id", "rotation_id", "is_override")
    def _compute_display_name(self):
        for shift in self:
            shift.display_name = f"{shift.user_id.name} · {shift.rotation_id.name}"

    @api.constrains("user_id")
    def _check_user(self):
        for shift in self:
            if shift.user_id.share:
                raise ValidationError(self.env._("Only internal users can be on call."))

    def _to_turn(self):
        return turns.Shift(self.start_at, self.end_at, self.user_id.id)
