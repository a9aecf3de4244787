from odoo import models
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_health import (
    as_schedule,
    pack_params,
    unpack_params,
)
from odoo.addons.monitor_core.tools import schedule
from odoo.addons.monitor_core.tools.scales import SEVERITIES, rank

from ..tools import grouping
from ..tools.scales import OPEN_STATES
from .monitor_incident_intake import QUIETLY


class MonitorIncidentFollow(models.AbstractModel):
    """What becomes of an incident when its alerts change: worse, over, again."""

    _name = "monitor.incident.follow"
    _description = "Incident: What Becomes of It"

    def _follow_alerts(self, changed, now):
        """Count, raise, resolve and plan the news of incidents whose alerts changed."""
        if not self:
            return
        self.env.flush_all()
        self._log_alerts(changed, now)
        before = {incident.id: incident.count for incident in self}
        self._recount()
        for incident in self:
            for mark in grouping.milestones(before[incident.id], incident.count):
                incident._log("count", "milestone", {"count": mark}, now=now)
        self._take_worst(now)
        self._measure_impact(now)
        self._note_flapping(now)
        self._note_released(changed, now)
        self._resolve_recovered(now)
        self._plan_news(now)

    def _log_alerts(self, changed, now):
        lines = []
        for alert in changed.filtered("incident_id"):
            code, params = None, {"summary": alert.name}
            if alert.state == "resolved":
                code, params["since"] = "alert_over", alert.resolved_at
                code = f"alert_{alert.end_reason}" if alert.end_reason else code
            elif alert.state == "suppressed" and alert.muted_at == now:
                code, params["by"] = "alert_suppressed", alert.suppressed_by or ""
            elif alert.released_at == now:
                code, params["by"] = "alert_released", alert.silence_id.name or ""
            if code:
                line = alert.incident_id._line("alert", code, params, now=now)
                lines.append(line)
        self._write_lines(lines)

    def _recount(self):
        """Add up the alerts of these incidents, in one statement.

        Two rules that see the same failures do not make them twice as many.
        """
        self.env.cr.execute(
            """
            UPDATE monitor_incident incident
               SET count = greatest(incident.count, found.count),
                   alert_count = found.alerts,
                   first_seen_at = least(incident.first_seen_at, found.first_seen_at),
                   last_seen_at = greatest(incident.last_seen_at, found.last_seen_at)
              FROM (SELECT incident_id, sum(count) AS count, sum(alerts) AS alerts,
                           min(first_seen_at) AS first_seen_at,
                           max(last_seen_at) AS last_seen_at
                      FROM (SELECT incident_id, max(count) AS count,
                                   count(*) AS alerts,
                                   min(first_seen_at) AS first_seen_at,
                                   max(last_seen_at) AS last_seen_at
                              FROM monitor_alert WHERE incident_id IN %s
                             GROUP BY incident_id, workflow_id,
                                      CASE WHEN rule_id IS NULL THEN fingerprint
                                           ELSE coalesce(
                                               labels->>'error', labels->>'record',
                                               labels->>'key', labels->>'kind')
                                      END
                           ) same
                     GROUP BY incident_id) found
             WHERE incident.id = found.incident_id
            """,
            [tuple(self.ids)],
        )
        self.invalidate_recordset(flush=False)

    def _take_worst(self, now):
        """Raise the severity to that of the worst alert."""
        for incident in self.filtered(lambda incident: incident.state in OPEN_STATES):
            alerts = incident.alert_ids.filtered(lambda a: a.state != "resolved")
            worst = max(
                [incident.severity, *alerts.mapped("severity")],
                key=lambda severity: rank(SEVERITIES, severity),
            )
            incident.with_context(**QUIETLY)._raise_severity(worst, now)

    def _note_flapping(self, now):
        for incident in self:
            flapping = any(incident.alert_ids.mapped("flapping"))
            if flapping and not incident.flapping:
                incident._log("alert", "flapping", {}, now=now)
            if flapping != incident.flapping and incident.state in OPEN_STATES:
                incident.flapping = flapping

    def _note_released(self, changed, now):
        released = changed.filtered(
            lambda alert: alert.state == "firing" and alert.released_at == now
        )
        released.incident_id.write({"released_at": now})

    def _resolve_recovered(self, now):
        """Resolve incidents whose alerts are all over, with the evidence."""
        over = self.filtered(
            lambda incident: (
                incident.state in OPEN_STATES
                and incident.alert_ids
                and all(alert.state == "resolved" for alert in incident.alert_ids)
                and not incident._is_held_open()
            )
        )
        successes = over._last_successes()
        for incident in over:
            since = max(incident.alert_ids.mapped("resolved_at"))
            run_id, started, run_at = successes.get(
                incident.workflow_id.id, (None, None, None)
            )
            evidence = {
                "over_at": since.isoformat(),
                "alerts": len(incident.alert_ids),
                "count": incident.count,
            }
            code, params = "recovered", {"since": since}
            if run_at and run_at >= incident.first_seen_at:
                evidence.update(run_id=run_id, run_at=run_at.isoformat())
                code, params = "recovered_runs", {"since": since, "run_at": run_at}
                late = incident._lateness(started)
                if late:
                    evidence.update(pack_params(late))
                    code, params = "recovered_late", {"since": since, **late}
            resolution = "recovered"
            if incident._is_unwatched(since):
                resolution = code = "unwatched"
            elif not incident.last_notified_at:
                resolution = code = "self_resolved"
            incident._set_resolved(since, resolution, evidence)
            incident._log("resolved", code, params, now=now)

    def _is_unwatched(self, since):
        """Whether what was over last ended because nobody looks any more."""
        last = self.alert_ids.filtered(lambda alert: alert.resolved_at == since)
        return any(last.mapped("end_reason"))

    def _is_held_open(self):
        """Whether somebody reopened it, and nothing happened since that could end."""
        held = self.held_open_at
        return bool(held) and max(self.alert_ids.mapped("last_seen_at")) <= held

    def _lateness(self, started):
        """Return by how much what was awaited came late, and how often it did not.

        Empty where anything but its absence was wrong.
        """
        alerts = self.alert_ids
        if not {*alerts.mapped("summary_code")} <= {"late", "never_ran"}:
            return {}
        params = [unpack_params(alert.summary_params) for alert in alerts]
        expected = min((p["expected"] for p in params if p.get("expected")), default=0)
        if not expected or expected > started:
            return {}
        due = as_schedule(self.workflow_id)
        missed = schedule.missed(due, expected, started)
        return {"late": started - expected, "missed": missed}

    def _set_resolved(self, moment, resolution, evidence=None):
        """Write that it is over; a deadline that was missed by then is noted."""
        self.ensure_one()
        moment = max(moment, self.opened_at or moment)
        spent = moment - (self.opened_at or moment)
        values = {
            "state": "resolved",
            "resolved_at": moment,
            "resolution": resolution,
            "resolve_ms": round(spent.total_seconds() * 1000),
            "snoozed_at": False,
            "snoozed_until": False,
            "evidence": evidence or self.evidence or False,
            "flapping": False,
        }
        if self.resolve_by and self.resolve_by < moment:
            values["resolve_breached_at"] = self.resolve_breached_at or self.resolve_by
        self.with_context(**QUIETLY).write(values)
        self._pause_deadlines(moment)

    def _last_successes(self):
        """Return ``{workflow id: (run id, start, end)}`` of the last good runs."""
        if not self.workflow_id:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT w.id, ok.id, ok.started_at, ok.finished_at
                  FROM monitor_workflow w
                 CROSS JOIN LATERAL (
                    SELECT r.id, r.started_at, r.finished_at FROM monitor_run r
                     WHERE r.workflow_id = w.id AND r.finished_at IS NOT NULL
                       AND r.state = 'succeeded'
                     ORDER BY r.finished_at DESC, r.id DESC LIMIT 1) ok
                 WHERE w.id IN %s
                """,
                tuple(self.workflow_id.ids),
            )
        )
        return {row[0]: row[1:] for row in rows}

    def _reopen(self, code, params, now, user=None, note=None):
        """Open a resolved incident again; the time in between does not count."""
        self.ensure_one()
        self._resume_deadlines(now)
        self.with_context(**QUIETLY).write(
            {
                "state": "acknowledged" if self.acknowledged_at else "new",
                "resolved_at": False,
                "closed_at": False,
                "resolution": False,
                "resolve_ms": False,
                "noise_ratio": 0.0,
                "grouped_at": now,
                "reopen_count": self.reopen_count + 1,
                "next_step_at": now,
            }
        )
        self._log("reopened", code, params, note=note, user=user, now=now)
