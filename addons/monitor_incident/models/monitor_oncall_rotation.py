from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get


class MonitorOncallRotation(models.Model):
    """Who is on call when: people take turns, exceptions override."""

    _name = "monitor.oncall.rotation"
    _description = "Monitor On-Call Rotation"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    team_id = fields.Many2one(comodel_name="monitor.team", ondelete="set null")
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")
    period = fields.Selection(
        selection=[
            ("daily", "Daily"),
            ("weekly", "Weekly"),
            ("custom", "Every so many days"),
        ],
        required=True,
        default="weekly",
    )
    length_days = fields.Integer(default=7)
    start_date = fields.Date(required=True, default=fields.Date.context_today)
    handover_hour = fields.Float(default=9.0)
    tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    member_ids = fields.One2many(
        comodel_name="monitor.oncall.member", inverse_name="rotation_id", copy=True
    )
    shift_ids = fields.One2many(
        comodel_name="monitor.oncall.shift", inverse_name="rotation_id"
    )
    current_user_id = fields.Many2one(
        comodel_name="res.users", compute="_compute_current_user_id"
    )

    def _compute_current_user_id(self):
        self.current_user_id = False
