from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_time
from odoo.tools.misc import babel_locale_parse, get_lang

from odoo.addons.monitor_core.tools import clock

from ..tools import silences
from .monitor_silence import WEEKDAYS

#: Of the open alerts, the newest so many are compared while somebody types.
COMPARED_ALERTS = 10_000
SHOWN_ALERTS = 80
SHOWN_WINDOWS = 3
SCOPE = ("matchers", "workflow_ids", "rule_ids", "team_ids", "company_id")
TIME = ("kind", "starts_at", "ends_at", "active", "tz", "start_hour", "duration_hours")


class MonitorSilence(models.Model):
    """What a silence matches now and when it mutes next, before it is saved."""

    # by topic, as the files of an incident
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.silence"

    matching_ids = fields.Many2many(
        comodel_name="monitor.alert",
        compute="_compute_matching",
        string="Matches Now",
    )
    matching_count = fields.Integer(compute="_compute_matching")
    matching_line = fields.Char(compute="_compute_matching", string="Effect")
    next_windows = fields.Text(
        compute="_compute_next_windows", help="When it mutes next, in its time zone."
    )

    @api.depends(*SCOPE, *TIME, *WEEKDAYS)
    @api.depends_context("lang", "uid")
    def _compute_matching(self):
        now = clock.utcnow()
        for silence in self:
            problem = silence._scope_problem()
            over = silences.status(silence._rule(), now) == "expired"
            found = silence.env["monitor.alert"]
            if not problem and not over and silence.active:
                found = silence._matching()
            silence.matching_ids = found[:SHOWN_ALERTS]
            silence.matching_count = len(found)
            silence.matching_line = problem or (
                silence._matching_words(len(found), now)
                if silence.active and not over
                else False
            )

    @api.depends(*TIME, *WEEKDAYS)
    @api.depends_context("lang")
    def _compute_next_windows(self):
        now = clock.utcnow()
        for silence in self:
            rule = silence._rule()
            shown = silence.active and rule.window and rule.window.days
            shown = shown and not silences.problem(
                rule, recurring=True, is_manager=True
            )
            windows = silences.previews(rule, now, SHOWN_WINDOWS) if shown else []
            lines = [silence._window_words(*window, now) for window in windows]
            silence.next_windows = "\n".join(lines) or False

    def _matching(self):
        """Return the alerts that are not over and that this is about."""
        self.ensure_one()
        open_alerts = self.env["monitor.alert"].search_fetch(
            [("state", "!=", "resolved"), ("fired_at", "!=", False)],
            ["labels"],
            limit=COMPARED_ALERTS,
        )
        matches = self._matcher()
        return open_alerts.filtered(lambda alert: matches(alert.labels or {}))

    def _scope_problem(self):
        """Return what is wrong with what it is about, in words; else ``False``."""
        self.ensure_one()
        try:
            parsed = self.env["monitor.inhibition"]._parsed(self.matchers)
        except ValidationError as error:
            return error.args[0]
        if parsed or self.workflow_ids or self.rule_ids or self.team_ids:
            return False
        return self.env._(
            "Say what is muted: workflows, rules, teams or conditions. "
            "A silence of everything would hide everything."
        )

    def _matching_words(self, count, now):
        if not count:
            return self.env._("Nothing that fires now matches.")
        if silences.mutes(self._rule(), now):
            if count == 1:
                return self.env._("Mutes 1 alert now.")
            return self.env._("Mutes %s alerts now.", count)
        if count == 1:
            return self.env._("1 alert that fires now matches; it is not muted yet.")
        return self.env._(
            "%s alerts that fire now match; they are not muted yet.", count
        )

    def _window_words(self, start, end, now):
        """Return one window: the day, from when until when, in its time zone."""
        tz = self.tz or "UTC"
        local = fields.Datetime.context_timestamp(self.with_context(tz=tz), start)
        locale = babel_locale_parse(get_lang(self.env).code)
        values = {
            "day": format_skeleton("MMMEd", local, locale=locale),
            "start": format_time(self.env, start, tz=tz, time_format="short"),
            "end": format_time(self.env, end, tz=tz, time_format="short"),
        }
        if start <= now:
            return self.env._("%(day)s, now until %(end)s", **values)
        return self.env._("%(day)s, %(start)s – %(end)s", **values)

    def action_open_matching(self):
        """List the alerts that it matches now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Matches now: %s", self.name),
            "res_model": "monitor.alert",
            "view_mode": "list,form",
            "domain": [("id", "in", self._matching().ids)],
        }
