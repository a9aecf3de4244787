from odoo import api, fields, models

from odoo.addons.monitor_core.tools import clock


class MonitorOncallMember(models.Model):
    """A person's place in a rotation."""

    _name = "monitor.oncall.member"
    _description = "Monitor On-Call Member"
    _order = "rotation_id, sequence, id"

    rotation_id = fields.Many2one(
        comodel_name="monitor.oncall.rotation",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.rotation_id._plan(clock.utcnow())
        return members

    def write(self, vals):
        rotations = self.rotation_id
        result = super().write(vals)
        (rotations | self.rotation_id)._plan(clock.utcnow())
        return result

    def unlink(self):
        rotations = self.rotation_id
        result = super().unlink()
        rotations.exists()._plan(clock.utcnow())
        return result
