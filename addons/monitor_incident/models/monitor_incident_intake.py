import logging
from datetime import timedelta

import psycopg2

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_health import pack_params
from odoo.addons.monitor_core.tools.fingerprint import is_retryable
from odoo.addons.monitor_core.tools.scales import SEVERITIES, rank

from ..tools.observation import Observation
from ..tools.scales import OPEN_STATES
from .monitor_alert_take import BACK_OFF

_logger = logging.getLogger(__name__)

#: A resolved incident reopens within this time; an open one takes nothing new after it.
REOPEN_WITHIN = timedelta(hours=24)
FREEZE_AFTER = timedelta(hours=24)
QUIETLY = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


class MonitorIncidentIntake(models.AbstractModel):
    """Groups alerts into incidents: opens, counts, reopens and resolves them."""

    _name = "monitor.incident.intake"
    _description = "Incident: Alerts"

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
        broken += incidents._follow_safely(alerts, now)
        if broken:
            for members, _error in broken:
                members.write({"next_check_at": now + BACK_OFF})
            if not any(m.rule_id.kind == "defect" for m, _error in broken):
                self._report_defect([error for _members, error in broken], now)

    def _follow_safely(self, alerts, now):
        """Follow alerts, one incident at a time where one raises; return the broken."""
        try:
            with self.env.cr.savepoint():
                self._follow_alerts(alerts, now)
            return []
        except Exception as error:
            raise_if_retryable(error)
            _logger.exception("Incidents are followed one at a time")
            self.env.invalidate_all(flush=False)
        broken = []
        for incident in self:
            members = alerts.filtered(lambda a, one=incident: a.incident_id == one)
            try:
                with self.env.cr.savepoint():
                    incident._follow_alerts(members, now)
            except Exception as error:
                raise_if_retryable(error)
                self.env.invalidate_all(flush=False)
                broken.append((members, error))
        return broken

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
                raise_if_retryable(error)
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
                 ORDER BY group_key, state IN %s DESC,
                          opened_at DESC NULLS LAST, id DESC
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
        self._write_lines(
            self._line("alert", "alert_added", {"summary": alert.name}, now=now)
            for alert in new
        )

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
                "postmortem_required": lead.severity == "critical",
            }
        )
        alerts.write({"incident_id": incident.id})
        incident._begin(lead, previous, now)
        return incident

    def _begin(self, lead, previous, now):
        """Give a new incident all that depends on the incident itself."""
        rule, workflow = lead.rule_id, lead.workflow_id
        record = self._business_record()
        user, team, reason = self._choose_owner(
            rule, workflow, now, company=lead.company_id, record=record
        )
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
        self._plan_news(now)
        self._start_escalation(now)
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

    def _log(self, kind, code=None, params=None, note=None, user=None, *, now):
        """Append a line to the timeline of each of these incidents.

        :param code: a sentence of ``tools/summaries.py``; ``params``: its values
        """
        self._write_lines(
            incident._line(kind, code, params, note, user, now) for incident in self
        )

    def _line(self, kind, code, params, note=None, user=None, now=None):
        """Return the values of a line of this incident's timeline."""
        self.ensure_one()
        return {
            "incident_id": self.id,
            "at": now,
            "kind": kind,
            "text_code": code,
            "text_params": pack_params(params or {}),
            "note": note,
            "user_id": user.id if user else False,
        }

    @api.model
    def _write_lines(self, lines):
        """Append to timelines, in one statement however many they are."""
        # sudo: nobody writes the timeline but the Monitor itself
        self.env["monitor.incident.entry"].sudo().create(list(lines))

    # What failed

    @api.model
    def _report_defect(self, errors, now):
        """Say that something could not be taken in: one alert of the Monitor itself."""
        rule = self.env["monitor.rule"].search([("kind", "=", "defect")], limit=1)
        if not rule:
            return
        error = f"{type(errors[0]).__name__}: {errors[0]}"[:200]
        self.env["monitor.alert"]._take(
            [
                Observation(
                    rule_id=rule.id,
                    labels=rule._labels(key="incidents"),
                    active=True,
                    since=now,
                    count=len(errors),
                    code="defect",
                    params={"error": error},
                )
            ],
            now,
        )


def raise_if_retryable(error):
    """Let a lost race through: the tick, or Odoo, begins anew."""
    if is_retryable(error):
        raise error
    taken = isinstance(error, psycopg2.errors.UniqueViolation)
    if taken and error.diag.constraint_name == "monitor_incident_open_uniq":
        raise ConcurrencyError("Another one opened it") from error
