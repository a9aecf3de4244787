"""Storing many events at once: a handful of statements, however many there are."""

import json

from odoo import fields
from odoo.tools import SQL

from odoo.addons.monitor_core.models.report_arguments import storable
from odoo.addons.monitor_core.tools import clock, payload, redaction, slug

from ..tools import run_event
from .run_merger import RunMerger

EVENT = """
    occurred_at timestamp, workflow_id int, run_id int, kind varchar, run_state varchar,
    outcome_class varchar, quantity int, step varchar, severity varchar, source varchar,
    event_uid varchar, correlation_id varchar, duration_ms bigint, model varchar,
    res_id int, user_id int, company_id int, context jsonb, event_type varchar,
    flag varchar, retention varchar
"""
COLUMNS = ", ".join(column.split()[0] for column in EVENT.split(","))
MAX_FLAG = 500


class EventBatch:
    """Events of one call: checked envelopes become rows, runs and an answer."""

    def __init__(self, env, envelopes):
        self.env = env
        self.now = clock.utcnow()
        self.envelopes = envelopes
        self.workflows = {}

    def store(self):
        """Store what was not stored before; return how many, and whether one failed."""
        fresh = self._claim(self.envelopes)
        self.workflows = self._find_workflows(fresh)
        rows = [self._row(envelope) for envelope in fresh]
        merger = RunMerger(self.env, self.workflows, self.now)
        rows += merger.merge(
            [
                (row, envelope)
                for row, envelope in zip(rows, fresh, strict=True)
                if row["kind"] != "custom"
            ]
        )
        self._insert(rows)
        return len(fresh), any(row["kind"] == "failed" for row in rows)

    def _claim(self, envelopes):
        """Return the events that were never seen before, each once.

        Two calls at once with the same event race: the loser gets a serialization
        failure, Odoo repeats its call, and that finds the event known.
        """
        by_key = {}
        for envelope in envelopes:
            by_key.setdefault(envelope.key, envelope)
        if not by_key:
            return []
        self.env.cr.execute(
            """
            INSERT INTO monitor_event_key (key, received_at)
            SELECT key, %s FROM unnest(%s::uuid[]) AS key ORDER BY key
                ON CONFLICT DO NOTHING RETURNING key
            """,
            [self.now, list(by_key)],
            log_exceptions=False,
        )
        claimed = {key.replace("-", "") for (key,) in self.env.cr.fetchall()}
        return [envelope for key, envelope in by_key.items() if key in claimed]

    def _find_workflows(self, envelopes):
        """Return ``{code: workflow}`` of those that the caller may report on."""
        codes = {_code(envelope) for envelope in envelopes} - {None}
        found = self.env["monitor.workflow"]._reported_workflows(list(codes))
        return {workflow.code: workflow for workflow in found}

    def _row(self, envelope):
        """Return the stored event; what breaks its type's promise is a flagged one."""
        flag = self.env["monitor.event.type"]._complaint(envelope)
        workflow = self._workflow_of(envelope)
        row = {
            "occurred_at": fields.Datetime.to_string(envelope.time or self.now),
            "workflow_id": workflow.id if workflow else None,
            "kind": "custom",
            "quantity": 1,
            "severity": "info",
            "source": envelope.source,
            "event_uid": envelope.id,
            "event_type": envelope.type,
            "user_id": self.env.uid,
            "company_id": (workflow and workflow.company_id.id) or self.env.company.id,
            "retention": "standard",
        }
        if envelope.type.startswith(run_event.PREFIX):
            flag = flag or self._check_run(envelope, workflow)
            if not flag:
                return row | self._run_columns(envelope)
        return row | {
            "context": self._context(_whole(envelope)),
            "flag": storable(flag)[:MAX_FLAG] if flag else None,
        }

    def _workflow_of(self, envelope):
        return self.workflows.get(_code(envelope))

    def _check_run(self, envelope, workflow):
        """Return what keeps an event of our types from acting on a run, if anything."""
        data = envelope.data
        if not workflow:
            return f"data.workflow: there is no workflow {data.get('workflow')}"
        if run_event.TYPES[envelope.type][0] == "checkpoint":
            known = workflow.step_ids.mapped("code")
            if data["step"] not in known:
                return f"data.step: {data['step']} is no step of {workflow.code}"
        if data.get("model") and data["model"] not in self.env:
            return f"data.model: {data['model']} is no model"
        return None

    def _run_columns(self, envelope):
        data = envelope.data
        kind, state = run_event.TYPES[envelope.type]
        error = redaction.redact_text(payload.storable_text(data.get("error") or ""))
        return {
            "kind": kind,
            "step": data.get("step") if kind == "checkpoint" else None,
            "severity": "error" if kind == "failed" else "info",
            "correlation_id": run_event.correlation_id(envelope),
            "model": data.get("model") or None,
            "res_id": data.get("record_id") if data.get("model") else None,
            "context": self._context(data.get("context")),
            "retention": "long" if kind == "failed" else "standard",
            # an end counts once the run's outcome is known, see RunMerger
            "quantity": 0 if state else 1,
            "error": error,
        }

    def _context(self, value):
        """Return what is kept of a payload: redacted, and cut if it is too large."""
        if not value:
            return None
        limit = self.env["monitor.config"]._switches().context_limit_kb * 1024
        text, _cut = payload.bounded_json(redaction.redact(value), limit)
        return json.loads(text)

    def _insert(self, rows):
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO monitor_event_data (recorded_at, %(columns)s)
                SELECT %(now)s, %(columns)s
                  FROM json_to_recordset(%(rows)s) AS r(%(types)s)
                """,
                columns=SQL(COLUMNS),
                now=self.now,
                rows=json.dumps(rows),
                types=SQL(EVENT),
            )
        )


def _whole(envelope):
    """Return what is worth keeping of an event that is not of our types."""
    kept = {"data": envelope.data, "subject": envelope.subject}
    return {name: value for name, value in kept.items() if value is not None} | dict(
        envelope.extensions
    )


def _code(envelope):
    """Return which workflow the data names, ``None`` where it cannot be a code."""
    code = envelope.data.get("workflow") if isinstance(envelope.data, dict) else None
    return code if slug.is_valid_code(code) else None
