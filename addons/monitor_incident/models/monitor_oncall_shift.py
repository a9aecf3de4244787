from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.monitor_core.tools import clock

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

    @api.model
    def default_get(self, fields_list):
        """Offer an exception: oneself, on the days chosen, else until the handover."""
        values = super().default_get(fields_list)
        rotation = self._usual_rotation(values.get("rotation_id"))
        offered = {"user_id": self.env.uid, "rotation_id": rotation.id}
        if rotation:
            offered |= self._usual_time(rotation, values)
        offered = {name: offered[name] for name in offered if name in fields_list}
        chosen = {name for name in values if values[name]}
        if self.env.context.get("default_allday"):
            chosen -= {"start_at", "end_at"}  # whole days, which have no hours yet
        return offered | {name: values[name] for name in values if name in chosen}

    @api.model
    def _usual_rotation(self, given):
        """Return the rotation asked for, else one's own, else the only one there is."""
        rotations = self.env["monitor.oncall.rotation"]
        if given:
            return rotations.browse(given)
        mine = [("member_ids.user_id", "=", self.env.uid)]
        own = rotations.search(mine, limit=2) or rotations.search([], limit=2)
        return own if len(own) == 1 else rotations

    @api.model
    def _usual_time(self, rotation, values):
        """Return the turns of the days in ``values``; of none: from now until the next.

        A day that is chosen in a calendar comes as a time in it, in the time zone of
        who chose it.
        """
        rule = rotation._to_turns()
        if not values.get("start_at"):
            now = clock.utcnow().replace(second=0, microsecond=0)
            return {"start_at": now, "end_at": turns.next_handover(rule, now)}
        first, last = (
            fields.Datetime.context_timestamp(self, moment).date()
            for moment in (
                values["start_at"],
                values.get("end_at") or values["start_at"],
            )
        )
        return {
            "start_at": turns.handover_at(rule, first),
            "end_at": turns.handover_at(rule, last + timedelta(days=1)),
        }

    @api.model_create_multi
    def create(self, vals_list):
        """What people add is an exception; turns are planned by their rotation."""
        if not self.env.su:
            vals_list = [{**vals, "is_override": True} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self.check_access("write")
        self._refuse_planned(becomes_planned=vals.get("is_override") is False)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_planned(self):
        self._refuse_planned()

    def _refuse_planned(self, becomes_planned=False):
        """Raise where people change a turn that the next planning would bring back."""
        if self.env.su:
            return
        if becomes_planned or not all(self.mapped("is_override")):
            raise UserError(
                self.env._(
                    "A planned turn follows its rotation. To have somebody else on "
                    "call, add an exception; to change the plan, change the rotation."
                )
            )

    def _to_turn(self):
        return turns.Shift(self.start_at, self.end_at, self.user_id.id)
