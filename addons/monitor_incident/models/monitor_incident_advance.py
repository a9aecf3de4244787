import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.scales import OPEN_STATES
from .monitor_incident_intake import QUIETLY, REOPEN_WITHIN, raise_if_retryable

_logger = logging.getLogger(__name__)

BATCH = 1000
#: How often it is looked for what could not be resolved when it was over.
SWEEP_EVERY = timedelta(hours=1)
#: What a person resolved and still fires is open again after this time.
RECHECK_RESOLVED = timedelta(hours=4)
#: Days for which closed incidents and alerts that are over are kept: (least, default).
KEPT_DAYS = {"incident": (30, 365), "alert": (7, 90)}
MAX_DAYS = 36_525
PARAMETER = "monitor_incident.%s_days"


class MonitorIncidentAdvance(models.AbstractModel):
    """What time alone does to incidents: snoozes end, deadlines pass, they close."""

    _name = "monitor.incident.advance"
    _description = "Incident: What Time Does"

    @api.model
    def _advance(self, now):
        """Do what is due at ``now``; a stage of the tick."""
        self.env.flush_all()
        now = now.replace(microsecond=0)
        self._end_snoozes(now)
        self._record_breaches(now)
        self._prioritize_due(now)
        self._reopen_unresolved(now)
        self._close_resolved(now)
        tick = self.env["monitor.tick"]._get()
        if not tick.swept_at or now - tick.swept_at >= SWEEP_EVERY:
            tick.swept_at = now
            self._resolve_forgotten(now)

    def _each(self, work, now):
        """Do ``work(incident)`` with each; one that raises keeps no other from it."""
        for incident in self:
            try:
                with self.env.cr.savepoint():
                    work(incident)
            except Exception as error:
                raise_if_retryable(error)
                self.env.invalidate_all(flush=False)
                _logger.exception("Incident %s is not as far as it should", incident.id)
                incident._report_defect([error], now)

    @api.model
    def _resolve_forgotten(self, now):
        """Resolve what is over and could not be resolved when it was; each hour."""
        found = self.search(
            [
                ("state", "in", OPEN_STATES),
                ("alert_ids", "!=", False),
                ("alert_ids", "not any", [("state", "!=", "resolved")]),
            ],
            limit=BATCH,
        )
        found._follow_safely(self.env["monitor.alert"], now)

    @api.model
    def _end_snoozes(self, now):
        due = self.search([("state", "=", "snoozed"), ("snoozed_until", "<=", now)])
        due._each(lambda incident: incident._end_snooze(now), now)

    def _end_snooze(self, now):
        self._log("snoozed", "snooze_over", {}, now=self.snoozed_until or now)
        self.with_context(**QUIETLY)._wake(now)
        self._plan_news(now)

    @api.model
    def _reopen_unresolved(self, now):
        """Reopen what somebody resolved although its condition still holds."""
        found = self.search(
            [
                ("state", "=", "resolved"),
                ("resolution", "in", ("fixed", "no_action")),
                ("resolved_at", "<=", now - RECHECK_RESOLVED),
                ("alert_ids.state", "=", "firing"),
            ]
        )
        found._each(lambda incident: incident._reopen_unless_taken(now), now)

    def _reopen_unless_taken(self, now):
        """Open it again, unless another incident has taken its place."""
        taken = self.group_key and self.search_count(
            [("group_key", "=", self.group_key), ("state", "in", OPEN_STATES)]
        )
        if not taken:
            self._reopen("reopened_auto", {}, now)
            self._plan_news(now)

    @api.model
    def _close_resolved(self, now):
        """Close what stayed resolved for so long that it will not reopen."""
        found = self.search(
            [("state", "=", "resolved"), ("resolved_at", "<=", now - REOPEN_WITHIN)],
            limit=BATCH,
        )
        found._each(lambda incident: incident._close_by_itself(), now)

    def _close_by_itself(self):
        self._close(self.resolved_at + REOPEN_WITHIN)
        self._log("closed", "closed_auto", {}, now=self.closed_at)

    def _close(self, moment):
        """Write that it is closed, and whether anybody had anything to do."""
        self.ensure_one()
        self.with_context(**QUIETLY).write(
            {
                "state": "closed",
                "closed_at": moment,
                "noise_ratio": 0.0 if self.action_count else 1.0,
                "notify_at": False,
                "next_step_at": False,
            }
        )

    # Retention

    @api.model
    def _kept_days(self, what):
        """Return for how many days what is over is kept: ``incident`` or ``alert``."""
        least, default = KEPT_DAYS[what]
        number = self.env["monitor.config"]._number
        return number(PARAMETER % what, default, least, MAX_DAYS)

    @api.model
    def _delete_old(self, now, limit=BATCH):
        cutoff = now - timedelta(days=self._kept_days("incident"))
        # Merged ones go with what they were merged into.
        domain = [("closed_at", "<", cutoff), ("state", "!=", "merged")]
        old = self.search(domain, limit=limit)
        merged = self.search([("merged_into_id", "in", old.ids)])
        (merged | old).unlink()
        return len(old), len(old) == limit

    @api.model
    def _delete_old_alerts(self, now, limit=10 * BATCH):
        """Delete alerts past their retention; those of an open incident stay."""
        self.env["monitor.alert"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM monitor_alert WHERE id IN (
                    SELECT a.id FROM monitor_alert a
                      LEFT JOIN monitor_incident i ON i.id = a.incident_id
                     WHERE a.state = 'resolved' AND a.resolved_at < %s
                       AND coalesce(i.state NOT IN %s, true)
                     LIMIT %s)
                """,
                now - timedelta(days=self._kept_days("alert")),
                OPEN_STATES,
                limit,
            )
        )
        done = self.env.cr.rowcount
        self.env["monitor.alert"].invalidate_model(flush=False)
        return done, done == limit
