from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from odoo.addons.monitor_core.tools.scales import SEVERITIES, rank

from ..tools import priority
from ..tools.scales import OPEN_STATES

_lt = LazyTranslate(__name__)

BATCH = 1000
LEVELS = (_lt("low"), _lt("medium"), _lt("high"), _lt("critical"))
CAUSES = {
    "criticality": _lt("how critical the workflow is"),
    "value": _lt("the value at stake"),
    "customers": _lt("the customers affected"),
    "records": _lt("the records affected"),
    "severity": _lt("the severity"),
    "deadline": _lt("the deadline is near"),
}


class MonitorIncidentPriority(models.AbstractModel):
    """How severe and how urgent an incident is, what follows from it, and why."""

    _name = "monitor.incident.priority"
    _description = "Incident: Priority"

    priority_review_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the deadline is so near that the priority rises.",
    )
    priority_reason = fields.Char(compute="_compute_priority_reason")

    # What it is worked out from; that the deadline is near shows when it is read anew
    @api.depends("severity", "workflow_id.criticality", "resolve_by", "paused_rest")
    @api.depends("value_at_stake", "customer_count", "record_count")
    @api.depends_context("lang")
    def _compute_priority_reason(self):
        now = self._moment()
        for incident in self:
            found = incident._decide_priority(now)
            incident.priority_reason = self.env._(
                "Impact %(impact)s (%(impact_by)s), "
                "urgency %(urgency)s (%(urgency_by)s)",
                impact=LEVELS[found.impact - 1],
                impact_by=CAUSES[found.impact_by],
                urgency=LEVELS[found.urgency - 1],
                urgency_by=CAUSES[found.urgency_by],
            )

    def _decide_priority(self, now):
        """Return the :class:`priority.Priority` at this moment."""
        self.ensure_one()
        return priority.decide(
            priority.Facts(
                severity=self.severity,
                # sudo: the priority is the same for all who see the incident
                criticality=self.workflow_id.sudo().criticality or "medium",
                value=self.value_at_stake,
                customers=self.customer_count,
                records=self.record_count,
                time_left=self._time_left(now),
            )
        )

    def _time_left(self, now):
        """Return the time until the deadline, ``None`` where no clock runs."""
        if not self.resolve_by or self.paused_rest:
            return None
        return self.resolve_by - now

    def _prioritize(self, now):
        """Work out the priority, and when the deadline alone will raise it."""
        for incident in self:
            value = incident._decide_priority(now).value
            if incident.priority != value:
                if incident.grouped_at and incident.grouped_at < now:  # not just opened
                    params = {"before": f"P{incident.priority}", "now": f"P{value}"}
                    incident._log("alert", "priority", params, now=now)
                incident.priority = value
            soon = priority.changes_in(incident._time_left(now))
            counts = soon is not None and incident.state in OPEN_STATES
            review_at = counts and now + soon
            if incident.priority_review_at != review_at:
                incident.priority_review_at = review_at

    @api.model
    def _prioritize_due(self, now):
        """Raise the priority of those whose deadline came near."""
        due = self.search([("priority_review_at", "<=", now)], limit=BATCH)
        due._each(lambda incident: incident._prioritize(now), now)

    def _set_severity(self, severity, now):
        """Set how severe they are.

        What is worse than before wakes who put it off and has the deadlines of its
        severity; one that was critical once needs a post-mortem.
        """
        for incident in self.filtered(lambda one: one.severity != severity):
            worse = rank(SEVERITIES, severity) > rank(SEVERITIES, incident.severity)
            values = {"severity": severity}
            if severity == "critical":
                values["postmortem_required"] = True
            incident.write(values)
            if worse and incident.state in OPEN_STATES:
                incident._wake(now)
                incident._tighten_deadlines(now)
            incident._prioritize(now)

    def _raise_severity(self, severity, now):
        """Set how severe it is if that is worse; by itself it never falls."""
        self.ensure_one()
        if rank(SEVERITIES, severity) > rank(SEVERITIES, self.severity):
            self._set_severity(severity, now)
            self._log("alert", "severity", {"severity": severity}, now=now)

    def _change_severity(self, severity):
        """Set how severe a person finds them; it is her act."""
        if severity not in dict(SEVERITIES):
            raise UserError(
                self.env._(
                    "Choose one of these severities: %s",
                    ", ".join(value for value, _label in SEVERITIES),
                )
            )
        for incident in self._operated():
            if incident.severity != severity:
                params = {"before": incident.severity, "severity": severity}
                incident._set_severity(severity, incident._moment())
                incident._act("action", "severity_set", None, params)
