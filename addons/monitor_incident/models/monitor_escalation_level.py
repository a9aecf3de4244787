from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import owner

#: A group is told up to so many of its people.
MOST_PEOPLE = 50
CHANNEL_FLAGS = (
    ("activity", "by_activity"),
    ("inbox", "by_inbox"),
    ("discuss", "by_discuss"),
    ("sms", "by_sms"),
)


class MonitorEscalationLevel(models.Model):
    """A level: after which time, whom, by which channel."""

    _name = "monitor.escalation.level"
    _description = "Monitor Escalation Level"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        comodel_name="monitor.escalation.policy",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    delay_minutes = fields.Integer(
        string="After (min)", default=30, help="From the level before."
    )
    working_time = fields.Boolean(
        default=True, help="Counted in the working time of who is told."
    )
    condition = fields.Selection(
        selection=[
            ("unacknowledged", "Nobody acknowledged"),
            ("unresolved", "Not resolved"),
        ],
        required=True,
        default="unacknowledged",
    )
    min_severity = fields.Selection(
        selection=[
            ("info", "Info"),
            ("warning", "Warning"),
            ("error", "Error"),
            ("critical", "Critical"),
        ],
        default="info",
        required=True,
    )
    target = fields.Selection(
        selection=[
            ("owner", "The owner"),
            ("manager", "The owner's manager"),
            ("leader", "The team's leader"),
            ("oncall", "Who is on call"),
            ("user", "Persons"),
            ("group", "A group"),
            ("channel", "A Discuss channel"),
        ],
        required=True,
        default="owner",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users", domain=[("share", "=", False)]
    )
    group_id = fields.Many2one(comodel_name="res.groups")
    rotation_id = fields.Many2one(comodel_name="monitor.oncall.rotation")
    channel_id = fields.Many2one(comodel_name="discuss.channel")
    by_activity = fields.Boolean(default=True)
    by_inbox = fields.Boolean(default=True)
    by_discuss = fields.Boolean()
    by_sms = fields.Boolean()
    server_action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        ondelete="set null",
        help="Runs on the incident, or on the record where its model is that one's.",
    )

    _delay_positive = models.Constraint(
        "CHECK (delay_minutes >= 0)", "The delay of a level cannot be negative."
    )

    @api.constrains("server_action_id")
    def _check_server_action(self):
        for level in self:
            level.server_action_id._monitor_check_author()

    @api.constrains("target", "user_ids", "group_id", "channel_id")
    def _check_target(self):
        needed = {"user": "user_ids", "group": "group_id", "channel": "channel_id"}
        for level in self:
            field = needed.get(level.target)
            if field and not level[field]:
                raise ValidationError(
                    self.env._(
                        "Say whom the level tells: “%s” is empty.",
                        level._fields[field]._description_string(self.env),
                    )
                )

    def _to_plain(self):
        """Return the level as plain values, for the snapshot of an incident."""
        self.ensure_one()
        return {
            "delay": self.delay_minutes,
            "working": self.working_time,
            "condition": self.condition,
            "min_severity": self.min_severity,
            "target": self.target,
            "user_ids": self.user_ids.ids,
            "group_id": self.group_id.id,
            "rotation_id": self.rotation_id.id,
            "channel_id": self.channel_id.id,
            "channels": [name for name, flag in CHANNEL_FLAGS if self[flag]],
            "server_action_id": self.server_action_id.id,
        }

    def _could_tell(self, now):
        """Whether it reaches anybody, as far as that is the same for all incidents."""
        self.ensure_one()
        if self.target in ("owner", "manager", "leader"):
            return True
        if self.target == "oncall" and not self.rotation_id:
            return True
        nothing = self.env["monitor.incident"].new(
            {"company_id": self.policy_id.company_id}
        )
        users, channel, skipped = self._targets(self._to_plain(), nothing, now)
        # who is on leave comes back: a policy does not depend on today
        away = any(reason == "on_leave" for _person, reason in skipped)
        return bool(users or channel or away)

    @api.model
    def _channels(self, line):
        """Return the channels of a level of a snapshot; the inbox if it has none."""
        return line.get("channels") or ["inbox"]

    @api.model
    def _targets(self, line, incident, now):
        """Return ``(users, Discuss channel, skipped)`` of a level of a snapshot.

        ``skipped``: who cannot be reached, each with the reason.
        """
        Channel = self.env["discuss.channel"].sudo()  # sudo: of whatever members
        none = self.env["res.users"]
        if line["target"] == "channel":
            return none, Channel.browse(line["channel_id"] or []).exists(), []
        users = getattr(self, f"_people_{line['target']}")(line, incident, now)
        people = self.env["monitor.people"]._candidates(
            users[:MOST_PEOPLE], "level", now, incident.company_id
        )
        told, skipped = owner.reachable(people)
        return none.browse([p.user_id for p in told]), Channel, skipped

    @api.model
    def _people_owner(self, _line, incident, _now):
        return incident.user_id

    @api.model
    def _people_leader(self, _line, incident, _now):
        return incident.team_id.leader_id

    @api.model
    def _people_manager(self, _line, incident, _now):
        """The manager by HR where that is installed, else the team's leader."""
        user = incident.user_id.sudo()  # sudo: whose manager is who
        if "employee_id" in user._fields:
            manager = user.employee_id.parent_id.user_id
            if manager:
                return manager.sudo(False)
        return incident.team_id.leader_id

    @api.model
    def _people_oncall(self, line, incident, now):
        rotations = self.env["monitor.oncall.rotation"].browse(
            line["rotation_id"] or []
        )
        rotations = rotations.exists() or incident.team_id.rotation_ids
        return rotations._on_call_at(now)

    @api.model
    def _people_user(self, line, _incident, _now):
        return self.env["res.users"].browse(line["user_ids"]).exists()

    @api.model
    def _people_group(self, line, incident, _now):
        # sudo: members of a group. The technical user is nobody who reads
        group = self.env["res.groups"].sudo().browse(line["group_id"] or []).exists()
        company = incident.company_id
        users = group.all_user_ids.filtered(
            lambda u: u.active and (not company or company in u.company_ids)
        )
        return (users - self.env.ref("base.user_root")).sorted("id").sudo(False)

    @api.model
    def _run_action(self, line, incident, now):
        """Run the level's server action; what it raises stops no escalation."""
        # sudo: the level decides what runs, whoever's incident it is
        actions = self.env["ir.actions.server"].sudo()
        action = actions.browse(line.get("server_action_id") or []).exists()
        incident._run_server_action(action, now)
