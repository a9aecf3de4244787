from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.monitor_core.tools import clock

from ..tools import rotation as turns

#: How far ahead turns are planned, and when that is renewed.
AHEAD = timedelta(days=60)
RENEWED = timedelta(days=59)
PLANNED_BY = {
    "active",
    "period",
    "length_days",
    "start_date",
    "handover_hour",
    "tz",
    "member_ids",
}


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
    _length_fits = models.Constraint(
        "CHECK (length_days BETWEEN 1 AND 366)", "A turn lasts 1 to 366 days."
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

    handover_note = fields.Text(
        help="What the next person should know; shown on the shifts."
    )
    warning = fields.Char(compute="_compute_warning")

    _handover_range = models.Constraint(
        "CHECK (handover_hour >= 0 AND handover_hour < 24)",
        "The hour of the handover is between 0:00 and 23:59.",
    )

    def _compute_current_user_id(self):
        now = clock.utcnow()
        for rotation in self:
            rotation.current_user_id = rotation._on_call_at(now)[:1]

    @api.depends("member_ids.user_id")
    def _compute_warning(self):
        for rotation in self:
            users = rotation.member_ids.user_id
            silent = users.filtered(lambda user: not user.email or not user.active)
            text = self.env._(
                "Archived or without e-mail address: %s",
                ", ".join(silent.mapped("name")),
            )
            rotation.warning = text if silent else False

    @api.model_create_multi
    def create(self, vals_list):
        rotations = super().create(vals_list)
        rotations._plan(clock.utcnow())
        return rotations

    def write(self, vals):
        result = super().write(vals)
        if PLANNED_BY & vals.keys():
            self._plan(clock.utcnow())
        return result

    def _on_call_at(self, moment):
        """Return who is on call at that moment, at most one for each rotation."""
        # sudo: shifts of colleagues, whoever's incident it is
        shifts = self.env["monitor.oncall.shift"].sudo()
        held = shifts.search(
            [
                ("rotation_id", "in", self.ids),
                ("start_at", "<=", moment),
                ("end_at", ">", moment),
            ],
            order="id",
        )
        users = self.env["res.users"]
        for rotation in self.filtered("active"):
            own = held.filtered(lambda s, r=rotation: s.rotation_id == r)
            member = turns.on_call(
                [s._to_turn() for s in own if not s.is_override],
                [s._to_turn() for s in own if s.is_override],
                moment,
            )
            users |= users.browse(member or [])
        return users

    @api.model
    def _plan_ahead(self, now):
        """Plan the turns of rotations that end too soon, or whose people changed."""
        # archived members take no turns: their rotations are planned anew
        gone = (
            self.env["monitor.oncall.shift"]
            .search(
                [
                    ("is_override", "=", False),
                    ("end_at", ">", now),
                    ("user_id.active", "=", False),
                ]
            )
            .rotation_id
        )
        last = dict(
            self.env["monitor.oncall.shift"]._read_group(
                [("is_override", "=", False), ("end_at", ">", now)],
                ["rotation_id"],
                ["end_at:max"],
            )
        )
        for rotation in self.search([("member_ids", "!=", False)]):
            ends_at = last.get(rotation)
            if rotation in gone or not ends_at or ends_at < now + RENEWED:
                rotation._plan(now)

    def _plan(self, now):
        """Bring the planned shifts up to date; exceptions and what is past stay."""
        for rotation in self:
            stored = rotation.shift_ids.filtered(
                lambda s: not s.is_override and s.end_at > now - AHEAD
            ).sorted("start_at")
            wanted = turns.planned(rotation._to_turns(), now, now + AHEAD)
            change = turns.replan([(s.id, s._to_turn()) for s in stored], wanted, now)
            shifts = stored.browse
            # sudo: managers plan; operators may add exceptions
            shifts(change.delete).sudo().unlink()
            shifts(change.end_now).sudo().write({"end_at": now})
            rotation.env["monitor.oncall.shift"].sudo().create(
                [
                    {
                        "rotation_id": rotation.id,
                        "user_id": turn.member,
                        "start_at": turn.start,
                        "end_at": turn.stop,
                        "is_override": False,
                    }
                    for turn in change.create
                ]
            )

    def _to_turns(self):
        """Return what the pure rule needs; archived people take no turn."""
        self.ensure_one()
        members = self.member_ids.sorted(lambda m: (m.sequence, m.id)).user_id
        return turns.Rotation(
            zone=self.tz,
            start=self.start_date,
            handover=round(self.handover_hour * 60),
            length=turns.length_days(self.period, self.length_days),
            members=tuple(members.filtered("active").ids) if self.active else (),
        )
