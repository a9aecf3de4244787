from datetime import timedelta

from odoo import api, models

from ..tools.scales import OPEN_STATES

DEADLINES = (
    ("respond_by", "respond_breached_at", "acknowledged_at", "respond_missed"),
    ("resolve_by", "resolve_breached_at", "resolved_at", "resolve_missed"),
)


class MonitorIncidentPartC(models.AbstractModel):
    """Simplest defaults of owners, deadlines, escalation and context."""

    _name = "monitor.incident.part.c"
    _description = "Incident: Defaults"

    # part C
    @api.model
    def _choose_owner(self, rule, workflow, now, company=None, record=None):
        """Return ``(user, team, reason)``: who is responsible, and why."""
        team = workflow.team_id or rule.team_id
        by_rule = {
            "technical": workflow.technical_owner_id,
            "process": workflow.process_owner_id,
            "compliance": workflow.compliance_owner_id,
            "user": rule.user_id,
        }
        user = by_rule.get(rule.owner) or rule.user_id or team.leader_id
        user = user.filtered("active")
        return user, team, self.env._("as the rule says") if user else False

    # part C
    def _set_deadlines(self, now):
        """Set until when somebody has to respond and resolve."""
        for incident in self:
            rule, since = incident.rule_id, incident.opened_at
            if rule.respond_minutes:
                incident.respond_by = since + timedelta(minutes=rule.respond_minutes)
            if rule.resolve_minutes:
                incident.resolve_by = since + timedelta(minutes=rule.resolve_minutes)

    # part C
    def _pause_deadlines(self, now):
        """Stop the clock of these incidents: they are snoozed, or over."""

    # part C
    def _resume_deadlines(self, now):
        """Let the clock go on, before it is forgotten since when it stood still."""
        for incident in self:
            since = incident.snoozed_at or incident.resolved_at or now
            shift = max(timedelta(), now - since)
            for name, breached, _unless, _code in DEADLINES:
                if incident[name] and not incident[breached]:
                    incident[name] += shift

    # part C
    @api.model
    def _record_breaches(self, now):
        """Note deadlines that passed, with the exact moment, not that of the tick."""
        for due, breached, unless, code in DEADLINES:
            found = self.search(
                [
                    ("state", "in", [s for s in OPEN_STATES if s != "snoozed"]),
                    (due, "<=", now),
                    (breached, "=", False),
                    (unless, "=", False),
                ]
            )
            for incident in found:
                moment = incident[due]
                incident[breached] = moment
                incident._log("breached", code, {"due": moment}, now=moment)

    # part C
    def _start_escalation(self, now):
        """Take the policy as it is now."""
        for incident in self:
            rule, team = incident.rule_id, incident.team_id
            policy = rule.escalation_policy_id or team.escalation_policy_id
            incident.write({"escalation_policy_id": policy.id, "next_step_at": now})

    # part C
    def _take_next_level(self, now):
        """Do the next level at once."""
        self.write({"next_step_at": now})

    # part C
    def _merge_escalation(self, sources):
        """Go on from the incident that is furthest."""
        self.escalation_level = max((self | sources).mapped("escalation_level"))

    # part C
    def _touch(self, now):
        """Note that somebody did something about it."""

    # part E
    def _capture(self, now):
        """Copy onto the incident what surrounds it."""
