from odoo import fields, models


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
