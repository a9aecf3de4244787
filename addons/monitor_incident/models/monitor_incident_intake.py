import logging
from datetime import timedelta

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_health import pack_params
from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.fingerprint import is_retryable
from odoo.addons.monitor_core.tools.scales import SEVERITIES, rank

from ..tools import grouping, priority
from ..tools.observation import Observation
from ..tools.scales import OPEN_STATES

_logger = logging.getLogger(__name__)

#: A resolved incident reopens within this time; an open one takes nothing new after it.
REOPEN_WITHIN = timedelta(hours=24)
FREEZE_AFTER = timedelta(hours=24)
#: What could not be taken in is tried again after this time.
BACK_OFF = timedelta(hours=1)
QUIETLY = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


class MonitorIncident(models.Model):
    """Groups alerts into incidents: opens, counts, reopens and resolves them."""

    _inherit = "monitor.incident"

    @api.model
    def _take_alerts(self, alert_ids, now):
        """Bring incidents up to date with alerts that changed.

        One group that cannot be taken in is tried again in an hour, keeps no other from
        being taken in, and is itself an alert.
        """
        self.env.flush_all()
        now = now.replace(microsecond=0)
        alerts = self.env["monitor.alert"].with_context(lang="en_US").browse(alert_ids)
        alerts = alerts.exists()
        alerts.fetch()
        joining = alerts.filtered(lambda alert: alert._wants_incident())
        incidents, broken = self._join(joining, now)
        incidents |= alerts.incident_id
        incidents._follow_alerts(alerts, now)
        if broken:
            self._report_broken(broken, now)

    # Which incident

    @api.model
    def _join(self, alerts, now):
        """Give each alert its incident; return them, and what could not be opened."""
        groups = alerts.grouped(lambda alert: alert._group_key(now))
        known = self._of_groups(list(groups), now)
        incidents, broken = self.browse(), []
        for key, members in groups.items():
            try:
                with self.env.cr.savepoint():
                    incidents |= self._join_group(key, members, known.get(key), now)
            except Exception as error:
                if isinstance(error, psycopg2.Error) and is_retryable(error):
                    raise  # the tick begins anew
                _logger.exception("No incident for the alerts of %s", key)
                members.invalidate_recordset(flush=False)
                broken.append((members, error))
        return incidents, broken

    @api.model
    def _of_groups(self, keys, now):
        """Return ``{group key: its incident}``: the open one, else the last one."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (group_key) group_key, coalesce(merged_into_id, id)
                  FROM monitor_incident WHERE group_key = ANY(%s)
                 ORDER BY group_key, state IN %s DESC, opened_at DESC NULLS LAST, id DESC
                """,
                keys,
                OPEN_STATES,
            )
        )
        return {key: self.browse(incident_id) for key, incident_id in rows}

    @api.model
    def _join_group(self, key, members, last, now):
        """Return the incident that takes these alerts: open, reopened or new."""
        last = last or self.browse()
        if last.state in OPEN_STATES and not last._is_frozen(now):
            last._add(members, now)
            return last
        resolved_at = last.resolved_at
        if last.state == "resolved" and now - resolved_at <= REOPEN_WITHIN:
            last._reopen("reopened_auto", {}, now)
            last._add(members, now)
            return last
        if last.state in OPEN_STATES:
            last._freeze(now)
        return self._open(key, members, last, now)

    def _is_frozen(self, now):
        """Whether it is open for so long that what comes new is told on its own."""
        return now - (self.grouped_at or self.opened_at or now) > FREEZE_AFTER

    def _freeze(self, now):
        self.write({"group_key": False, "frozen_at": now})
        self._log("note", "frozen", {}, now=now)
        self.flush_recordset()

    def _add(self, alerts, now):
        """Take in alerts that are not its own yet."""
        new = alerts.filtered(lambda alert: alert.incident_id != self)
        new.write({"incident_id": self.id})
        for alert in new:
            self._log("alert", "alert_added", {"summary": alert.name}, now=now)

    # Opening

    @api.model
    def _open(self, key, alerts, previous, now):
        """Open an incident for alerts: number, words, owner, priority, deadlines."""
        lead = alerts.sorted(
            lambda a: (-rank(SEVERITIES, a.severity), a.first_seen_at, a.id)
        )[0]
        rule, workflow = lead.rule_id, lead.workflow_id
        incident = self.with_context(**QUIETLY).create(
            {
                "name": self.env["ir.sequence"].next_by_code("monitor.incident"),
                "title": self._title(key, alerts, lead),
                "severity": lead.severity,
                "company_id": lead.company_id.id,
                "workflow_id": workflow.id if len(alerts.workflow_id) == 1 else False,
                "rule_id": rule.id,
                "model": lead.model,
                "res_id": lead.res_id,
                "group_key": key,
                "labels": lead.labels,
                "count": 0,  # added up with those that are known already
                "first_seen_at": min(alerts.mapped("first_seen_at")),
                "last_seen_at": max(alerts.mapped("last_seen_at")),
                "opened_at": min(a.fired_at or a.first_seen_at for a in alerts),
                "grouped_at": now,
                "previous_id": previous.id,
                "escalation_policy_id": self._policy(rule, workflow).id,
                "postmortem_required": lead.severity == "critical",
            }
        )
        alerts.write({"incident_id": incident.id})
        incident._begin(lead, previous, now)
        return incident

    def _begin(self, lead, previous, now):
        """Give a new incident all that depends on the incident itself."""
        rule, workflow = lead.rule_id, lead.workflow_id
        user, team, reason = self._choose_owner(rule, workflow, lead, now)
        detected = now - self.first_seen_at
        self.write(
            {
                "user_id": user.id,
                "team_id": team.id,
                "owner_reason": reason,
                "detect_ms": max(0, round(detected.total_seconds() * 1000)),
            }
        )
        self._set_deadlines(now)
        self._prioritize(now)
        code = "opened_again" if previous else "opened"
        params = {"title": self.title, "previous": previous.name}
        self._log("opened", code, params, now=self.opened_at)
        if user:
            params = {"owner": user.name, "reason": reason or ""}
            self._log("assigned", "owner", params, now=now)
        self._capture(now)
        self._run_server_action(rule.server_action_id, now)

    @api.model
    def _title(self, key, alerts, lead):
        if key and key.startswith("maintenance:") and len(alerts) > 1:
            return self.env._(
                "%(count)s alerts still there after “%(window)s”",
                count=len(alerts),
                window=lead.silence_id.name,
            )
        return lead.name or lead.rule_id.name

    @api.model
    def _policy(self, rule, workflow):
        team = workflow.team_id or rule.team_id
        return rule.escalation_policy_id or team.escalation_policy_id

    def _prioritize(self, now):
        """Work out priority from impact and urgency."""
        for incident in self:
            left = incident.resolve_by and incident.resolve_by - now
            found = priority.decide(
                priority.Facts(
                    severity=incident.severity,
                    criticality=incident.workflow_id.criticality or "medium",
                    value=incident.value_at_stake,
                    customers=incident.customer_count,
                    records=incident.record_count,
                    time_left=left or None,
                )
            )
            if incident.priority != found.value:
                incident.priority = found.value

    def _run_server_action(self, action, now):
        """Run a rule's server action on the incident, or on the record it is about."""
        self.ensure_one()
        if not action:
            return
        about = self
        if action.model_name != self._name:
            if action.model_name != self.model or not self.res_id:
                return
            about = self.env[self.model].browse(self.res_id).exists()
        context = {
            "active_model": about._name,
            "active_id": about.id,
            "active_ids": about.ids,
        }
        try:
            with self.env.cr.savepoint():
                action.with_context(**context).run()
        except Exception as error:
            # Somebody else's code: its failure is shown, and the incident stays.
            _logger.exception("Server action %s of incident %s", action.id, self.name)
            params = {"action": action.name, "error": str(error)[:200]}
            self._log("action", "server_action_failed", params, now=now)
        else:
            self._log("action", "server_action", {"action": action.name}, now=now)

    # part C
    @api.model
    def _choose_owner(self, rule, workflow, alert, now):
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

    # What became of the alerts

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
        self._raise_severity(now)
        self._note_flapping(now)
        self._note_released(changed, now)
        self._resolve_recovered(now)
        self._plan_news(now)

    def _log_alerts(self, changed, now):
        for alert in changed.filtered("incident_id"):
            params = {"summary": alert.name, "by": alert.suppressed_by or ""}
            if alert.state == "resolved":
                params["since"] = alert.resolved_at
                alert.incident_id._log("alert", "alert_over", params, now=now)
            elif alert.state == "suppressed" and alert.fired_at:
                alert.incident_id._log("alert", "alert_suppressed", params, now=now)
            elif alert.released_at == now:
                params["by"] = alert.silence_id.name or ""
                alert.incident_id._log("alert", "alert_released", params, now=now)

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

    def _raise_severity(self, now):
        """Raise the severity to that of the worst alert; it never falls by itself."""
        for incident in self.filtered(lambda incident: incident.state in OPEN_STATES):
            alerts = incident.alert_ids.filtered(lambda a: a.state != "resolved")
            worst = max(
                [incident.severity, *alerts.mapped("severity")],
                key=lambda severity: rank(SEVERITIES, severity),
            )
            if worst == incident.severity:
                continue
            critical = {"postmortem_required": True} if worst == "critical" else {}
            incident.with_context(**QUIETLY).write({"severity": worst, **critical})
            incident._log("alert", "severity", {"severity": worst}, now=now)
            incident._wake(now)
            incident._prioritize(now)

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
            )
        )
        successes = over._last_successes()
        for incident in over:
            since = max(incident.alert_ids.mapped("resolved_at"))
            run_id, run_at = successes.get(incident.workflow_id.id, (None, None))
            evidence = {
                "over_at": since.isoformat(),
                "alerts": len(incident.alert_ids),
                "count": incident.count,
            }
            code, params = "recovered", {"since": since}
            if run_at and run_at >= incident.first_seen_at:
                evidence.update(run_id=run_id, run_at=run_at.isoformat())
                code, params = "recovered_runs", {"since": since, "run_at": run_at}
            told = incident.last_notified_at
            if not told:
                code = "self_resolved"
            incident._set_resolved(since, "recovered" if told else code, evidence)
            incident._log("resolved", code, params, now=now)

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

    def _last_successes(self):
        """Return ``{workflow id: (run id, when it ended)}`` of the last good runs."""
        if not self.workflow_id:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT w.id, ok.id, ok.finished_at FROM monitor_workflow w
                 CROSS JOIN LATERAL (
                    SELECT r.id, r.finished_at FROM monitor_run r
                     WHERE r.workflow_id = w.id AND r.finished_at IS NOT NULL
                       AND r.state = 'succeeded'
                     ORDER BY r.finished_at DESC, r.id DESC LIMIT 1) ok
                 WHERE w.id IN %s
                """,
                tuple(self.workflow_id.ids),
            )
        )
        return {workflow: (run_id, run_at) for workflow, run_id, run_at in rows}

    def _reopen(self, code, params, now, user=None, note=None):
        """Open a resolved incident again; the time in between does not count."""
        self.ensure_one()
        shift = max(timedelta(), now - (self.resolved_at or now))
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
                **self._shifted_deadlines(shift),
            }
        )
        self._log("reopened", code, params, note=note, user=user, now=now)

    def _shifted_deadlines(self, shift):
        """Return deadlines that were not missed yet, later by a pause."""
        values = {}
        for name, breach in (
            ("respond_by", "respond_breached_at"),
            ("resolve_by", "resolve_breached_at"),
        ):
            if self[name] and not self[breach]:
                values[name] = self[name] + shift
        return values

    def _log(self, kind, code=None, params=None, note=None, user=None, now=None):
        """Append a line to the timeline of each of these incidents.

        :param code: a sentence of ``tools/summaries.py``; ``params``: its values
        """
        now = now or clock.utcnow()
        # sudo: nobody writes the timeline but the Monitor itself
        self.env["monitor.incident.entry"].sudo().create(
            [
                {
                    "incident_id": incident.id,
                    "at": now,
                    "kind": kind,
                    "text_code": code,
                    "text_params": pack_params(params or {}),
                    "note": note,
                    "user_id": user.id if user else False,
                }
                for incident in self
            ]
        )

    # What failed

    @api.model
    def _report_broken(self, broken, now):
        """Try again later what raised, and say so as one alert of the Monitor itself."""
        rule = self.env["monitor.rule"].search([("kind", "=", "defect")], limit=1)
        for members, _error in broken:
            members.write({"next_check_at": now + BACK_OFF})
        members, error = broken[0]
        if not rule or rule in members.rule_id:
            return
        self.env["monitor.alert"]._take(
            [
                Observation(
                    rule_id=rule.id,
                    labels=rule._labels(key="incidents"),
                    active=True,
                    since=now,
                    count=len(broken),
                    code="defect",
                    params={"error": f"{type(error).__name__}: {error}"[:200]},
                )
            ],
            now,
        )
