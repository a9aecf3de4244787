from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_datetime

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.monitor_core.tools import clock

from ..tools import matchers, silences
from ..tools.suppression import Mute

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
# What the tick writes, and nobody else.
KEPT_BY_TICK = {
    "last_match_at",
    "reminded_at",
    "ended_at",
    "next_change_at",
    "scoped_by",
}
# What says how long it lasts.
SPAN = {"kind", "starts_at", "ends_at"}
# Label of alerts: the field that limits a silence to some of its values.
LABELS = {"workflow": "workflow_ids", "rule": "rule_ids", "team_id": "team_ids"}
# A match is noted this often at most: the row of a silence is not to be hot.
MATCH_NOTED_EVERY = timedelta(minutes=15)


class MonitorSilence(models.Model):
    """Mutes matching alerts for a time: by whom, why, until when."""

    _name = "monitor.silence"
    _description = "Monitor Silence"
    _inherit = ["monitor.scope", "mail.thread"]
    _order = "starts_at desc, id desc"
    _scope_fields = ("workflow_ids", "rule_ids", "team_ids")

    name = fields.Char(string="Reason", required=True, tracking=True)
    kind = fields.Selection(
        selection=[
            ("silence", "Silence"),
            ("maintenance", "Recurring maintenance window"),
        ],
        required=True,
        default="silence",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Author",
        ondelete="set null",
        readonly=True,
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        help="Empty: alerts of all companies.",
    )
    workflow_ids = fields.Many2many(comodel_name="monitor.workflow", string="Workflows")
    rule_ids = fields.Many2many(comodel_name="monitor.rule", string="Rules")
    team_ids = fields.Many2many(comodel_name="monitor.team", string="Teams")
    matchers = fields.Char(
        help='As in Prometheus Alertmanager: severity=~"info|warning", workflow="x"'
    )
    starts_at = fields.Datetime(
        required=True, default=lambda self: clock.utcnow(), tracking=True
    )
    ends_at = fields.Datetime(
        tracking=True,
        help="Operators mute for 7 days at most. Managers may for longer; that they "
        "did is noted below.",
    )
    active = fields.Boolean(default=True)

    # Recurring: on these days, from a local time, for so long
    tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone",
        default=lambda self: self.env.user.tz or "UTC",
    )
    monday = fields.Boolean()
    tuesday = fields.Boolean()
    wednesday = fields.Boolean()
    thursday = fields.Boolean()
    friday = fields.Boolean()
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    start_hour = fields.Float(default=2.0)
    duration_hours = fields.Float(default=2.0)

    last_match_at = fields.Datetime(readonly=True, copy=False)
    reminded_at = fields.Datetime(readonly=True, copy=False)
    ended_at = fields.Datetime(
        readonly=True, copy=False, help="When its end was acted upon."
    )
    next_change_at = fields.Datetime(readonly=True, copy=False, index=True)

    status = fields.Selection(
        selection=[
            ("pending", "Not yet"),
            ("active", "Mutes now"),
            ("between", "Between two windows"),
            ("expired", "Over"),
        ],
        compute="_compute_status",
    )
    unused = fields.Boolean(
        compute="_compute_status", help="Nothing matched for 24 hours."
    )
    alert_ids = fields.One2many(
        comodel_name="monitor.alert", inverse_name="silence_id", readonly=True
    )

    def _compute_status(self):
        now = clock.utcnow()
        for silence in self:
            rule = silence._rule()
            status = silences.status(rule, now)
            muting = silences.mutes(rule, now)
            since = max(filter(None, (silence.last_match_at, silence.starts_at or now)))
            silence.status = "between" if status == "active" and not muting else status
            silence.unused = muting and now - since >= silences.UNUSED_AFTER
            if not silence.active:
                silence.status = "expired"

    @api.constrains(
        "kind",
        "starts_at",
        "ends_at",
        "duration_hours",
        "start_hour",
        *WEEKDAYS,
        # who may mute for so long, may choose what
        "matchers",
        "workflow_ids",
        "rule_ids",
        "team_ids",
        "company_id",
    )
    def _check_time(self):
        user = self.env.user  # Odoo checks constraints as superuser
        manager = user._is_superuser() or user.has_group(
            "monitor_core.group_monitor_manager"
        )
        for silence in self:
            problem = silences.problem(
                silence._rule(), silence.kind == "maintenance", manager
            )
            if problem:
                text = silences.PROBLEMS[problem]
                # The texts are marked for extraction where they stand.
                raise ValidationError(
                    self.env._(text)  # pylint: disable=translation-not-lazy
                )

    @api.constrains("company_id", "name")  # a name is always given
    def _check_company_chosen(self):
        self._check_all_companies()

    @api.constrains("matchers", "workflow_ids", "rule_ids", "team_ids")
    def _check_matchers(self):
        for silence in self:
            problem = silence._scope_problem()
            if problem:
                raise ValidationError(problem)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_kept(vals, KEPT_BY_TICK)
        if not self.env.su:
            vals_list = [{**vals, "user_id": self.env.uid} for vals in vals_list]
        created = super().create(vals_list)
        created._note_long()
        return created

    def write(self, vals):
        """Have open alerts reviewed by the next tick, whatever was changed."""
        self._refuse_kept(vals, KEPT_BY_TICK | {"user_id"})
        if not KEPT_BY_TICK & vals.keys():
            vals = {**vals, "next_change_at": False, "ended_at": False}
        result = super().write(vals)
        if SPAN & vals.keys():
            self._note_long()
        return result

    def _note_long(self):
        """Note who muted for longer than operators may, and until when."""
        for silence in self:
            if not silences.is_long(silence._rule()):
                continue
            values = {"user": self.env.user.name, "days": silences.MAX_SPAN.days}
            if silence.ends_at:
                tz = self.env.user.tz or "UTC"
                until = format_datetime(self.env, silence.ends_at, tz)
                values["until"] = f"{until} ({tz})"
                text = self.env._(
                    "%(user)s mutes until %(until)s, as a manager of Monitor; "
                    "operators may for %(days)s days at most.",
                    **values,
                )
            else:
                text = self.env._(
                    "%(user)s mutes without an end, as a manager of Monitor; operators "
                    "may for %(days)s days at most.",
                    **values,
                )
            silence.message_post(body=text)

    def unlink(self):
        self.env["monitor.alert"]._review_suppressed()
        return super().unlink()

    @api.model
    def _refuse_kept(self, vals, kept):
        refused = kept & vals.keys()
        if refused and not self.env.su:
            raise AccessError(
                self.env._(
                    "The author of a silence and what became of it cannot be written "
                    "(%s).",
                    ", ".join(sorted(refused)),
                )
            )

    def action_expire(self):
        """End these silences now."""
        self.check_access("write")
        now = clock.utcnow().replace(microsecond=0)
        for silence in self:
            if silences.status(silence._rule(), now) == "pending":
                silence.active = False
            elif not silence.ends_at or silence.ends_at > now:
                silence.ends_at = max(now, silence.starts_at + timedelta(seconds=1))
        return True

    def _rule(self):
        """Return the pure :class:`silences.Silence`."""
        self.ensure_one()
        window = None
        if self.kind == "maintenance":
            window = silences.Window(
                days=frozenset(n for n, day in enumerate(WEEKDAYS) if self[day]),
                start=timedelta(minutes=round(self.start_hour * 60)),
                length=timedelta(minutes=round(self.duration_hours * 60)),
                tz=self.tz or "UTC",
            )
        starts_at = self.starts_at or clock.utcnow()
        return silences.Silence(starts_at, self.ends_at or None, window)

    @api.model
    def _muting(self, now):
        """Return a :class:`Mute` for each silence that mutes at this moment."""
        found = self.search(
            [
                ("starts_at", "<=", now),
                "|",
                ("ends_at", "=", False),
                ("ends_at", ">", now),
            ],
            order="id",
        )
        return [
            Mute(silence.id, silence.kind, silence._matcher())
            for silence in found
            if silences.mutes(silence._rule(), now)
        ]

    def _matcher(self):
        """Return a function from labels to whether this silence is about them."""
        self.ensure_one()
        parsed = matchers.parse(self.matchers)
        scopes = [
            (label, self._scope_labels(name))
            for label, name in LABELS.items()
            if self._scope(name) is not None
        ]
        company = str(self.company_id.id) if self.company_id else None

        def matches(labels):
            if company and labels.get("company") not in (company, "", None):
                return False
            return all(
                labels.get(name) in values for name, values in scopes
            ) and matchers.matches_all(parsed, labels)

        return matches

    def _scope_labels(self, name):
        """Return the values of a label by which the chosen ones are known."""
        if name == "workflow_ids":
            chosen = self.with_context(active_test=False).workflow_ids
            return set(chosen.mapped("code"))
        return {str(record_id) for record_id in self._scope(name)}

    @api.model
    def _take_changes(self, now):
        """Tell whether a silence began, ended or was edited; plan the next look."""
        due = self.with_context(active_test=False).search(
            [
                "|",
                ("next_change_at", "<=", now),
                "&",
                ("next_change_at", "=", False),
                ("ended_at", "=", False),
            ]
        )
        for silence in due:
            rule = silence._rule()
            following = silences.next_change(rule, now) if silence.active else None
            silence.write(
                {
                    "next_change_at": following or False,
                    "ended_at": False if following else now,
                }
            )
        return bool(due)

    @api.model
    def _note_matches(self, silence_ids, now):
        """Remember that these muted something, now and then."""
        stale = now - MATCH_NOTED_EVERY
        silences_ = self.browse(silence_ids).filtered(
            lambda s: not s.last_match_at or s.last_match_at <= stale
        )
        silences_.write({"last_match_at": now})

    @api.model
    def _remind(self, now):
        """Remind authors on Friday of an end on the weekend, while it still mutes."""
        ending = self.search(
            [
                ("kind", "=", "silence"),
                ("reminded_at", "=", False),
                ("ends_at", ">", now),
                ("ends_at", "<=", now + timedelta(days=3)),
            ]
        )
        for silence in ending:
            moment = silences.remind_at(silence._rule(), silence.user_id.tz or "UTC")
            if moment and moment <= now and silence._mutes_something():
                silence._remind_author(now)

    def _mutes_something(self):
        return bool(
            self.env["monitor.alert"].search_count(
                [("silence_id", "=", self.id), ("state", "=", "suppressed")], limit=1
            )
        )

    def _remind_author(self, now):
        self.ensure_one()
        self.write({"reminded_at": now})
        self.message_post(
            body=self.env._(
                "This silence ends on the weekend and what it mutes is not over: who "
                "is responsible will be told then."
            ),
            partner_ids=self.user_id.partner_id.ids,
        )
