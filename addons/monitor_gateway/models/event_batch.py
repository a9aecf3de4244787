"""Storing many events at once: a handful of statements, however many there are."""

import psycopg2.errors

from odoo.addons.monitor_core.models.report_arguments import storable
from odoo.addons.monitor_core.tools import (
    clock,
    kept_json,
    payload,
    redaction,
    slug,
)

from ..tools import run_event
from .copy_rows import copy_rows
from .run_merger import RunMerger

COLUMNS = (
    "recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class, "
    "quantity, step, severity, source, event_uid, correlation_id, duration_ms, model, "
    "res_id, user_id, company_id, context, event_type, flag, retention"
).split(", ")
MAX_FLAG = 500
#: So many keys are worth the two statements of a savepoint.
MANY = 100


class EventBatch:
    """Events of one call: checked envelopes become rows, runs and an answer."""

    def __init__(self, env, envelopes):
        self.env = env
        self.now = clock.utcnow()
        self.now_text = self.now.isoformat()
        self.envelopes = envelopes
        self.company_id = env.company.id
        #: What all events of the call have in common, unless they act on a run.
        self.shared = {
            "recorded_at": self.now_text,
            "workflow_id": None,
            "kind": "custom",
            "quantity": 1,
            "severity": "info",
            "user_id": env.uid,
            "company_id": self.company_id,
            "retention": "standard",
        }
        self.limit = env["monitor.config"]._switches().context_limit_kb * 1024
        self.policy = env["monitor.config"]._redaction()
        self.workflows = {}

    def store(self):
        """Store what was not stored before; return how many, and whether one failed."""
        fresh = self._claim(self.envelopes)
        self.workflows = self._find_workflows(fresh)
        complaints = self.env["monitor.event.type"]._complaints(fresh)
        rows = list(map(self._row, fresh, complaints))
        merger = RunMerger(self.env, self.workflows, self.now)
        rows += merger.merge(
            [
                (row, envelope)
                for row, envelope in zip(rows, fresh, strict=True)
                if row["kind"] != "custom"
            ]
        )
        copy_rows(self.env.cr, "monitor_event_data", COLUMNS, rows)
        return len(fresh), any(row["kind"] == "failed" for row in rows)

    def _claim(self, envelopes):
        """Return the events that were never seen before, each once.

        Two calls at once with the same event race: the loser gets a serialization
        failure, Odoo repeats its call, and that finds the event known.
        """
        by_key = {}
        for envelope in envelopes:
            by_key.setdefault(envelope.key, envelope)
        if len(by_key) >= MANY and self._claim_all(by_key):
            return list(by_key.values())
        if not by_key:
            return []
        self.env.cr.execute(
            """
            WITH claimed AS (
                INSERT INTO monitor_event_key (key, received_at)
                SELECT key, %s FROM unnest(%s::uuid[]) AS key ORDER BY key
                    ON CONFLICT DO NOTHING RETURNING key)
            SELECT count(*), CASE WHEN count(*) < %s THEN array_agg(key)::text[] END
              FROM claimed
            """,
            [self.now, f"{{{','.join(by_key)}}}", len(by_key)],
            log_exceptions=False,
        )
        count, keys = self.env.cr.fetchone()
        if count == len(by_key):  # as nearly always: none is told one by one
            return list(by_key.values())
        claimed = {key.replace("-", "") for key in keys or ()}
        return [envelope for key, envelope in by_key.items() if key in claimed]

    def _claim_all(self, keys):
        """Try to claim keys as if all were new, as they nearly always are.

        Asking of each whether it conflicts takes half as long again. Where one does,
        nothing is claimed; whether it was a race is then found by :meth:`_claim`.
        """
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    """
                    INSERT INTO monitor_event_key (key, received_at)
                    SELECT key, %s FROM unnest(%s::uuid[]) AS key ORDER BY key
                    """,
                    [self.now, f"{{{','.join(keys)}}}"],
                    log_exceptions=False,
                )
        except psycopg2.errors.UniqueViolation:
            return False
        return True

    def _find_workflows(self, envelopes):
        """Return ``{code: ReportedOn}`` of those that the caller may report on."""
        codes = {_code(envelope) for envelope in envelopes} - {None}
        if not codes:  # even a search for nothing asks for the access rules first
            return {}
        found = self.env["monitor.workflow"]._reported_workflows(list(codes))
        return {workflow.code: ReportedOn(workflow) for workflow in found}

    def _row(self, envelope, flag):
        """Return the stored event; what breaks its type's promise is a flagged one."""
        row = {
            **self.shared,
            "occurred_at": envelope.time or self.now_text,
            "source": envelope.source,
            "event_uid": envelope.id,
            "event_type": envelope.type,
        }
        workflow = self.workflows and self.workflows.get(_code(envelope))
        if workflow:
            row["workflow_id"] = workflow.id
            row["company_id"] = workflow.company_id or self.company_id
        if envelope.type.startswith(run_event.PREFIX):
            flag = flag or self._check_run(envelope, workflow)
            if not flag:
                row.update(self._run_columns(envelope))
                return row
        row["context"] = self._whole(envelope)
        if flag:  # it may quote what was sent
            row["flag"] = redaction.redact_text(storable(flag)[:MAX_FLAG], self.policy)
        return row

    def _check_run(self, envelope, workflow):
        """Return what keeps an event of our types from acting on a run, if anything."""
        data = envelope.data
        if not workflow:
            return f"data.workflow: there is no workflow {data.get('workflow')}"
        if run_event.TYPES[envelope.type][0] == "checkpoint":
            if data["step"] not in workflow.steps:
                return f"data.step: {data['step']} is no step of {workflow.code}"
        if data.get("model") and data["model"] not in self.env:
            return f"data.model: {data['model']} is no model"
        return None

    def _run_columns(self, envelope):
        data = envelope.data
        kind, state = run_event.TYPES[envelope.type]
        error = data.get("error") or ""
        if error:
            error = redaction.redact_text(payload.storable_text(error), self.policy)
        return {
            "kind": kind,
            "step": data.get("step") if kind == "checkpoint" else None,
            "severity": "error" if kind == "failed" else "info",
            "correlation_id": run_event.correlation_id(envelope),
            "model": data.get("model") or None,
            "res_id": data.get("record_id") if data.get("model") else None,
            "context": self._context(data.get("context"), envelope.plain_bytes),
            "retention": "long" if kind == "failed" else "standard",
            # an end counts once the run's outcome is known, see RunMerger
            "quantity": 0 if state else 1,
            "error": error,
        }

    def _context(self, value, plain_bytes=None):
        """Return what is kept of a payload: redacted, and cut if it is too large."""
        if not value:
            return None
        return kept_json.kept_json(value, self.limit, self.policy, plain_bytes)

    def _whole(self, envelope):
        """Return what is worth keeping of an event that is not of our types."""
        kept = {"data": envelope.data} if envelope.data is not None else {}
        plain_bytes = envelope.plain_bytes
        if envelope.subject is not None:
            kept["subject"], plain_bytes = envelope.subject, None
        if envelope.extensions:
            plain_bytes = None
            kept.update(envelope.extensions)
        return self._context(kept, plain_bytes and plain_bytes + len('{"data":}'))


class ReportedOn:
    """What events need of a workflow, read once for all of them."""

    def __init__(self, workflow):
        self.id = workflow.id
        self.code = workflow.code
        self.active = workflow.active
        self.company_id = workflow.company_id.id
        self.rules = workflow.step_ids._to_rules()
        self.steps = {step.code for step in workflow.step_ids}


def _code(envelope):
    """Return which workflow the data names, ``None`` where it cannot be a code."""
    code = envelope.data.get("workflow") if isinstance(envelope.data, dict) else None
    return code if slug.is_valid_code(code) else None
