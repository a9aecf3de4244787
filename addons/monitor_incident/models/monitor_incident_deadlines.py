from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.scales import OPEN_STATES

PREFIX = "monitor_incident."
#: Minutes to respond and to resolve, by severity; info has no deadline.
DEFAULTS = {
    "critical": (15, 4 * 60),
    "error": (60, 8 * 60),
    "warning": (4 * 60, 3 * 24 * 60),
}


class MonitorIncident(models.Model):
    """Until when somebody responds and it is resolved, and when that was missed."""

    # by topic, as in the other files of this model
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.incident"

    paused_rest = fields.Json(
        readonly=True,
        copy=False,
        help="Minutes that were left for each deadline when it was snoozed.",
    )

    def _set_deadlines(self, now):
        """Set both deadlines, counted from ``now``: before, nobody could know of it.

        Those of the rule, else of the severity from the settings; in the working time
        of the owner, unless the rule, or a critical one the settings, say by the clock.
        """
        for incident in self:
            respond, resolve = incident._deadline_minutes()
            incident.write(
                {
                    "respond_by": respond and incident._deadline(now, respond),
                    "resolve_by": resolve and incident._deadline(now, resolve),
                }
            )

    def _tighten_deadlines(self, now):
        """Bring the deadlines forward to those of a severity that rose."""
        self.ensure_one()
        before = {name: self[name] for name in ("respond_by", "resolve_by")}
        self._set_deadlines(now)
        for name, due in before.items():
            if due and (not self[name] or due < self[name]):
                self[name] = due

    def _deadline_minutes(self):
        """Return the minutes to respond and to resolve; ``False``: no deadline."""
        self.ensure_one()
        number, minutes = self.env["monitor.config"]._number, []
        for index, name in enumerate(("respond", "resolve")):
            default = DEFAULTS.get(self.severity, (0, 0))[index]
            given = number(f"{PREFIX}{name}_{self.severity}", default)
            minutes.append(self.rule_id[f"{name}_minutes"] or given or False)
        return minutes

    def _deadline(self, start, minutes):
        """Return when so many minutes that count have passed."""
        if self._by_clock():
            return start + timedelta(minutes=minutes)
        return self.env["monitor.working.time"]._plan(
            self.user_id, self.team_id, self.company_id, start, minutes
        )

    def _by_clock(self):
        self.ensure_one()
        if self.rule_id and not self.rule_id.working_time:
            return True
        return self.severity == "critical" and self._critical_by_clock()

    @api.model
    def _critical_by_clock(self):
        # sudo: a setting, for whoever opens an incident
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param(f"{PREFIX}critical_by_clock", "True") == "True"

    def _pause_deadlines(self, now):
        """Stop the clock of each incident (a snooze begins)."""
        for incident in self.filtered(lambda i: not i.paused_rest):
            incident.paused_rest = {
                name: incident._rest(now, incident[name])
                for name in ("respond_by", "resolve_by")
                if incident[name] and incident[name] > now
            }
            incident.priority_review_at = False

    def _rest(self, now, due):
        if self._by_clock():
            return (due - now).total_seconds() / 60
        return self.env["monitor.working.time"]._minutes_between(
            self.user_id, self.team_id, self.company_id, now, due
        )

    def _resume_deadlines(self, now):
        """Let the clock go on: what was left at the pause is left now."""
        for incident in self.filtered("paused_rest"):
            rest = incident.paused_rest
            values = {
                name: incident._deadline(now, left) for name, left in rest.items()
            }
            incident.write({**values, "paused_rest": False})
            incident._prioritize(now)

    @api.model
    def _record_breaches(self, now):
        """Note missed deadlines, at the moment they were missed."""
        self.flush_model()
        for name, missed in (
            ("respond", "acknowledged_at IS NULL AND state = 'new'"),
            ("resolve", "resolved_at IS NULL AND state <> 'snoozed'"),
        ):
            due, breached = (
                SQL.identifier(f"{name}_by"),
                SQL.identifier(f"{name}_breached_at"),
            )
            rows = self.env.execute_query(
                SQL(
                    "UPDATE monitor_incident SET %s = %s WHERE %s IS NULL AND %s <= %s "
                    "AND state IN %s AND %s RETURNING id",
                    breached,
                    due,
                    breached,
                    due,
                    now,
                    OPEN_STATES,
                    SQL(missed),  # pylint: disable=sql-injection
                )
            )
            incidents = self.browse([row[0] for row in rows])
            incidents.invalidate_recordset([f"{name}_breached_at"])
            for incident in incidents:
                moment = fields.Datetime.to_string(incident[f"{name}_by"])
                incident._log("breached", f"{name}_missed", {"due": moment}, now=now)
