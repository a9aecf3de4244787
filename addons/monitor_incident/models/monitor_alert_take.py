import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from odoo import api, models

from odoo.addons.monitor_core.tools import clock

from ..tools import alert_state
from ..tools.observation import Observation

_logger = logging.getLogger(__name__)

#: What could not be looked at is tried again after this time.
BACK_OFF = timedelta(hours=1)
#: A rule with a window looks again after a tenth of it, a minute at least.
WINDOW_KINDS = ("failure_rate", "volume", "duplicate", "slo_burn")

# Columns that this file writes, with their SQL types.
COLUMNS = {
    "name": "varchar",
    "rule_id": "int",
    "workflow_id": "int",
    "company_id": "int",
    "source": "varchar",
    "fingerprint": "varchar",
    "labels": "jsonb",
    "state": "varchar",
    "suppression": "varchar",
    "suppressed_by": "varchar",
    "silence_id": "int",
    "muted_at": "timestamp",
    "released_at": "timestamp",
    "explains": "boolean",
    "severity": "varchar",
    "count": "int",
    "value": "float8",
    "summary_code": "varchar",
    "summary_params": "jsonb",
    "first_seen_at": "timestamp",
    "last_seen_at": "timestamp",
    "fired_at": "timestamp",
    "clear_since": "timestamp",
    "resolved_at": "timestamp",
    "end_reason": "varchar",
    "next_check_at": "timestamp",
    "flips": "jsonb",
    "flapping": "boolean",
    "model": "varchar",
    "res_id": "int",
    "first_run_id": "int",
    "last_run_id": "int",
    "sample_run_ids": "jsonb",
}
# A change of these is news to the incident.
NEWS = {"state", "suppression", "count", "severity", "flapping", "fired_at"}
NAMES = ", ".join(COLUMNS)
TYPES = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
OPEN = "state <> 'resolved'"
SELECT = f"SELECT id, incident_id, {NAMES} FROM monitor_alert"
# The open alert of a set of labels comes first, then the last one that is over.
TAKEN = f"""
    SELECT DISTINCT ON (fingerprint) * FROM (
        {SELECT} WHERE fingerprint = ANY(%(fingerprints)s)
            AND ({OPEN} OR resolved_at > %(flipped_since)s)
        UNION {SELECT} WHERE {OPEN} AND next_check_at <= %(now)s
        UNION {SELECT} WHERE {OPEN} AND rule_id IN (
            SELECT id FROM monitor_rule WHERE NOT active)
    ) found ORDER BY fingerprint, resolved_at DESC NULLS FIRST, id DESC
"""


class MonitorAlertTake(models.AbstractModel):
    """Takes in what rules observed; says which alerts fire, and which are muted."""

    _name = "monitor.alert.take"
    _description = "Alert: Intake"

    @api.model
    def _take(self, observations, now):
        """Bring alerts up to date with observations, and with the time that passed.

        Costs the same number of statements whatever their number. What changed goes to
        ``monitor.incident._take_alerts``.
        """
        self._bring_up_to_date(observations, now, review_all=False)

    @api.model
    def _review(self, now):
        """Look at alerts that are due, and at all that fire where muting changed."""
        silences = self.env["monitor.silence"]
        edited = silences._take_changes(now)
        edited |= self.env["monitor.inhibition"]._take_changes()
        silences._remind(now)
        self._bring_up_to_date([], now, review_all=edited)

    @api.model
    def _end(self, domain, reason=""):
        """Take in that nobody says any more what these alerts say.

        :param reason: a value of ``scales.END_REASONS``
        """
        now = clock.utcnow()
        # sudo: alerts are written by the system alone
        alerts = self.sudo().search([("state", "!=", "resolved"), *domain])
        alerts._take(
            [
                Observation(
                    rule_id=alert.rule_id.id or 0,
                    labels=alert.labels or {},
                    active=False,
                    since=now,
                    end_reason=reason,
                    workflow_id=alert.workflow_id.id or None,
                    company_id=alert.company_id.id or None,
                    known_as=alert.fingerprint,
                )
                for alert in alerts
            ],
            now,
        )

    @api.model
    def _review_suppressed(self):
        """Have the next tick look at all muted alerts: what muted them goes."""
        self.flush_model()
        self.env.cr.execute(
            "UPDATE monitor_alert SET next_check_at = first_seen_at "
            "WHERE state = 'suppressed' AND suppression <> 'pending'"
        )
        self.invalidate_model(flush=False)

    @api.model
    def _bring_up_to_date(self, observations, now, review_all):
        self.env.flush_all()
        now = now.replace(microsecond=0)
        seen = merged(observations)
        old = self._stored(seen, now)
        rules = self._rules(seen, old)
        rows, errors = [], []
        for fingerprint in dict.fromkeys([*seen, *old]):  # in the order seen
            try:
                row = self._stepped(
                    old.get(fingerprint), seen.get(fingerprint), rules, now
                )
            except Exception as error:
                # One odd alert must not keep the others from being looked at.
                _logger.exception("Alert %s not brought up to date", fingerprint)
                errors.append(error)
                row = self._backed_off(old.get(fingerprint), now)
            if row:
                rows.append(row)
        rows = self._suppressed(rows, old, now, review_all)
        before = {row["id"]: row for row in old.values()}
        changed = self._store(rows, before, now)
        if changed:
            self.env["monitor.incident"]._take_alerts(changed, now)
        if errors:
            self.env["monitor.incident"]._report_defect(errors, now)

    @api.model
    def _backed_off(self, row, now):
        """Return the row of an alert that could not be looked at: later, as it is."""
        if not row or row["resolved_at"]:
            return None
        state = "suppressed" if row["suppression"] else "firing"
        return {**row, "state": state, "next_check_at": now + BACK_OFF}

    # What is stored and what was seen

    @api.model
    def _stored(self, seen, now):
        """Return ``{fingerprint: row}`` of what was seen, is due, or has no rule."""
        self.env.cr.execute(
            TAKEN,
            {
                "fingerprints": list(seen),
                "now": now,
                "flipped_since": now - alert_state.FLAPPING_WITHIN,
            },
        )
        return {row["fingerprint"]: row for row in self.env.cr.dictfetchall()}

    @api.model
    def _rules(self, seen, old):
        """Return the rules and workflows that this is about, prefetched."""
        rule_ids = {one.rule_id for one in seen.values()}
        rule_ids |= {row["rule_id"] for row in old.values()}
        rules = self.env["monitor.rule"].with_context(active_test=False, lang="en_US")
        rules = rules.browse(sorted(filter(None, rule_ids))).exists()
        rules.fetch(["name", "kind", "active", "severity"])
        workflow_ids = {one.workflow_id for one in seen.values()}
        workflows = self.env["monitor.workflow"].with_context(lang="en_US")
        workflows = workflows.browse(sorted(filter(None, workflow_ids))).exists()
        workflows.fetch(["name", "code", "team_id"])
        workflows.team_id.fetch(["name"])
        return {
            "rules": {rule.id: rule for rule in rules},
            "workflows": {workflow.id: workflow for workflow in workflows},
        }

    @api.model
    def _stepped(self, row, one, known, now):
        """Return the row of one alert after what was seen; ``None`` for no alert."""
        past = row if row and row["resolved_at"] else None
        row = None if past else row
        rule = known["rules"].get(row["rule_id"] if row else one and one.rule_id)
        seen, reason = as_seen(one), one and one.end_reason or None
        if row and one is None and nobody_says(row, rule):
            seen, reason = alert_state.Seen(False, final=True), "rule"
        timing = timing_of(rule)
        alert = alert_state.step(
            row and as_alert(row), seen, timing, now, as_flips(past or {})
        )
        if alert is None:
            return None
        values = dict(row) if row else self._new_row(one, rule, known)
        if row and one and one.active:
            values.update(self._news_of(row, one))
        return {
            **values,
            **{
                name: getattr(alert, name)
                for name in alert.__dataclass_fields__
                if name != "flips"
            },
            "flips": [flip.isoformat() for flip in alert.flips],
            # what was well already has recovered, whoever looks
            "end_reason": None if values.get("clear_since") else reason,
            "state": "resolved" if alert.resolved_at else "firing",
            "next_check_at": alert_state.next_check(alert, timing, now),
        }

    # Writing

    @api.model
    def _store(self, rows, before, now):
        """Write rows that differ, in two statements; return the ids that are news."""
        new = [row for row in rows if row["id"] is None]
        changes = {
            row["id"]: {
                name for name in COLUMNS if row[name] != before[row["id"]][name]
            }
            for row in rows
            if row["id"]
        }
        differing = [row for row in rows if changes.get(row["id"])]
        changed = [alert_id for alert_id, names in changes.items() if names & NEWS]
        # What fires and has no incident, or was due, may have failed: once more.
        changed += [
            row["id"]
            for row in rows
            if row["id"]
            and row["state"] == "firing"
            and (not row["incident_id"] or is_due(before[row["id"]], now))
        ]
        if differing:
            self._update(differing)
        if new:
            changed += self._insert(new)
        self.invalidate_model(flush=False)
        return sorted(set(changed))

    @api.model
    def _update(self, rows):
        assignments = ", ".join(f"{name} = new.{name}" for name in COLUMNS)
        self.env.cr.execute(
            f"""
            UPDATE monitor_alert alert SET {assignments}
              FROM json_to_recordset(%s) AS new(id int, {TYPES})
             WHERE alert.id = new.id
            """,  # pylint: disable=sql-injection
            [as_json(rows)],
        )

    @api.model
    def _insert(self, rows):
        # Who took in the same at the same moment is seen as a serialization failure,
        # which is tried again; where he was before us, our occurrences are added.
        self.env.cr.execute(
            f"""
            INSERT INTO monitor_alert ({NAMES})
            SELECT {NAMES} FROM json_to_recordset(%s) AS new({TYPES})
            ON CONFLICT (fingerprint) WHERE {OPEN}
            DO UPDATE SET count = monitor_alert.count + excluded.count,
                          last_seen_at = excluded.last_seen_at
            RETURNING id
            """,  # pylint: disable=sql-injection
            [as_json(rows)],
        )
        return [row[0] for row in self.env.cr.fetchall()]


def as_seen(one):
    """Return an observation (or ``None``) as :class:`alert_state.Seen`."""
    return one and alert_state.Seen(
        one.active, one.since, one.count, final=bool(one.end_reason)
    )


def nobody_says(row, rule):
    """Tell whether no rule of ours says any more what the alert of a row says."""
    if row["source"] != "rule":
        return False
    kind = row["labels"].get("kind")
    return not rule or not rule.active or kind not in (None, rule.kind)


def is_due(row, now):
    """Tell whether a stored row was to be looked at by now."""
    return bool(row["next_check_at"]) and row["next_check_at"] <= now


def merged(observations):
    """Return ``{fingerprint: observation}``: of several, the last, with all counts."""
    found = {}
    for one in observations:
        before = found.get(one.fingerprint)
        if before and before.active and one.active:
            one = replace(
                one,
                count=before.count + one.count,
                since=min(filter(None, (before.since, one.since)), default=None),
                run_ids=tuple(dict.fromkeys(before.run_ids + one.run_ids)),
            )
        found[one.fingerprint] = one
    return found


def timing_of(rule):
    """Return the :class:`alert_state.Timing` of a rule, or of what has none."""
    if not rule:
        return alert_state.Timing()
    recheck = None
    if rule.kind in WINDOW_KINDS:
        recheck = max(
            timedelta(minutes=1), timedelta(minutes=rule.window_minutes // 10)
        )
    return alert_state.Timing(
        hold=timedelta(minutes=rule.for_minutes),
        recover=timedelta(minutes=rule.recover_minutes),
        recheck=recheck,
    )


def as_alert(row):
    """Return the :class:`alert_state.Alert` of a stored row."""
    names = [n for n in alert_state.Alert.__dataclass_fields__ if n != "flips"]
    values = {name: row[name] for name in names if row[name] is not None}
    return alert_state.Alert(**values, flips=as_flips(row))


def as_flips(row):
    """Return when an alert lately began and ended."""
    return tuple(datetime.fromisoformat(flip) for flip in row.get("flips") or ())


def as_json(rows):
    return json.dumps(rows, default=lambda moment: moment.isoformat())
