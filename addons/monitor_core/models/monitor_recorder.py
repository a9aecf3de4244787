import functools
import logging
import time
from collections import Counter

from odoo import SUPERUSER_ID, api, models
from odoo.http import request

from ..tools import clock, fingerprint, redaction, trace_context
from ..tools.span import FailureBuffer, RunBuffer, Span, current_span
from .recorder_sql import LINK_FAMILIES, call_guarded, create_functions, to_json

_logger = logging.getLogger(__name__)

RUNS_KEY = "monitor_core.runs"
FAILURES_KEY = "monitor_core.failures"
MAX_ID = 255  # characters of a correlation id
SELF_ERROR_EVERY = 60  # seconds between two stored self-errors of one process
WAKE_EVERY = 1.0  # seconds between two wake-ups of the tick by one process

# What went wrong in our own code, by place, in this process.
self_errors = Counter()
_last = {"wake": 0.0, "self_error": 0.0}


def quiet(method):
    """Keep any error of ours from the caller: log it once, count it, return ``None``.

    SQL inside must run in a savepoint of its own, else the caller's transaction would
    be aborted although the exception is caught.
    """

    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            note_self_error(self.env, method.__name__, error)
            return None

    return wrapper


def note_self_error(env, place, error):
    """Count an error of the monitor itself; log the first, store one a minute.

    The stored event is written after the transaction, so that the tick can show that
    something was not seen.
    """
    note = _counted(place, error)
    if self_errors[place, type(error).__name__] == 1:
        _logger.warning(
            "Monitoring failed in %s, business goes on", place, exc_info=True
        )
    if note:
        _after_transaction(env).self_errors.append(note)


def note_self_error_apart(registry, place, error):
    """Count an error of the monitor itself where no transaction of the host is open.

    The note is stored at once, on a fresh cursor. The caller logs. Nothing is raised.
    """
    note = _counted(place, error)
    if note:
        _store_notes(registry, [note])


def _counted(place, error):
    """Count ``error``; return what is to be stored of it, ``None`` most times.

    One a minute is stored, of all kinds together.
    """
    self_errors[place, type(error).__name__] += 1
    last, now = _last["self_error"], time.monotonic()
    if last and now - last < SELF_ERROR_EVERY:
        return None
    _last["self_error"] = now
    detail = f"{place}: {type(error).__name__}: {error}"[:500].replace("\0", "")
    return redaction.redact_text(detail)


def write_runs(cr, rows, adopt_traces=()):
    """Insert finished ``rows`` (see :meth:`Span.close`) and their events.

    Raises what PostgreSQL raises, with the caller's transaction intact.
    """
    call_guarded(
        cr,
        "SELECT monitor_record_runs(%s, %s, %s::varchar[])",
        [to_json(rows), clock.utcnow(), list(adopt_traces)],
    )


class Pending:
    """What is to be written once the transaction has ended."""

    def __init__(self):
        self.failures = FailureBuffer()
        self.self_errors = []
        self.spans = {}  # span id -> trace id of runs whose links are to be set


def _after_transaction(env):
    """Return what is written on a fresh cursor once the transaction has ended.

    Failures cannot be part of the transaction they make fail. They wait under both
    hooks: a rollback runs one, a commit (the caller caught the error) the other; a
    savepoint's rollback clears neither.
    """
    cr = env.cr
    pending = cr.postrollback.data.get(FAILURES_KEY)
    if pending is None:
        pending = cr.postrollback.data[FAILURES_KEY] = Pending()
        registry = env.registry

        def write():
            _write_pending(registry, pending)

        cr.postrollback.add(write)
        cr.postcommit.add(write)
    return pending


def _write_pending(registry, pending):
    """Write and empty ``pending``; called by a hook, so nothing may escape."""
    rows = _without_repeats(pending.failures.take())
    notes, pending.self_errors = pending.self_errors, []
    spans, pending.spans = pending.spans, {}
    spans.update((row["span_id"], row["trace_id"]) for row in rows)
    try:
        with registry.cursor() as cr:
            if rows:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["monitor.enrichment"]._enrich(rows)
                write_runs(cr, rows)
            if spans:
                notes += filter(None, [_link_families(cr, spans)])
            if notes:
                _write_self_errors(cr, notes)
        if rows:
            wake_tick(registry)
    except Exception as error:
        _logger.warning(
            "%s failed runs could not be recorded", len(rows), exc_info=True
        )
        notes += filter(None, [_counted("_write_pending", error)])
        if notes:
            _store_notes(registry, notes)


def _store_notes(registry, notes):
    """Store ``notes`` on a cursor of their own; where even that fails, count and log.

    Runs may have no table, or an enrichment a defect, while events can be written.
    """
    try:
        with registry.cursor() as cr:
            _write_self_errors(cr, notes)
    except Exception as error:
        # Nothing is left to store it with: the log and the process's counter know.
        self_errors["_store_notes", type(error).__name__] += 1
        _logger.warning("The monitor's own errors not stored: %s", notes, exc_info=True)


def _link_families(cr, spans):
    """Link runs that were written apart: a failed child or parent and its family.

    Guarded, for the tick may change a committed run at the same moment: rather a
    missing link than a lost failure. Returns what is to be stored of an error; that
    race is none: it would make the monitor look ill at work as designed.
    """
    params = {"spans": list(spans), "traces": list(set(spans.values()))}
    try:
        call_guarded(cr, LINK_FAMILIES, params)
    except Exception as error:
        if fingerprint.is_retryable(error):
            self_errors["_link_families", type(error).__name__] += 1
            _logger.info("Runs could not be linked to their parents", exc_info=True)
            return None
        _logger.warning("Runs could not be linked to their parents", exc_info=True)
        return _counted("_link_families", error)
    return None


def _without_repeats(rows):
    """Leave out what an earlier attempt of the same HTTP request already reported.

    Odoo repeats a request after a serialization failure; the same failure of the same
    source in the repetition is the same fact. Within ``rows``, which are those of one
    attempt, each is a fact of its own.
    """
    if not rows or not request:
        return rows
    seen = request.__dict__.setdefault("_monitor_core_reported", set())
    keys = [(row["source_ref"], row["fingerprint"], row["res_id"]) for row in rows]
    fresh = [row for key, row in zip(keys, rows, strict=True) if key not in seen]
    seen.update(keys)
    return fresh


def _write_self_errors(cr, notes):
    cr.execute(
        """
        INSERT INTO monitor_event_data
            (recorded_at, occurred_at, kind, severity, source, step, context, retention)
        SELECT %(now)s, %(now)s, 'log', 'error', 'monitor', 'self_error',
               jsonb_build_object('message', note), 'short'
          FROM unnest(%(notes)s) AS note
        """,
        {"now": clock.utcnow(), "notes": notes},
        log_exceptions=False,
    )


def wake_tick(registry):
    """Let the tick look at once, at most once a second per process.

    In a transaction of its own: the row it references is updated by the tick itself.
    """
    if time.monotonic() - _last["wake"] < WAKE_EVERY and _last["wake"]:
        return
    _last["wake"] = time.monotonic()
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cron = env.ref(
                "monitor_core.ir_cron_monitor_tick", raise_if_not_found=False
            )
            if cron:
                cron._trigger()
    except Exception:
        _logger.info(
            "The tick could not be woken, it comes within a minute", exc_info=1
        )


class MonitorRecorder(models.AbstractModel):
    """Turns executions of automations into runs and events; observes, never decides.

    ``_open`` before, ``_succeed`` or ``_fail`` after: none of them ever raises, and a
    transaction in which nothing monitored runs is not touched at all.
    """

    _name = "monitor.recorder"
    _description = "Monitor Recorder"

    def init(self):
        create_functions(self.env.cr)

    @api.model
    @quiet
    def _open(self, source, model=None, source_model=None):
        """Open a span for ``source`` (``(model, id)``) as child of the innermost one.

        :param source_model: whose switch decides, where it is not the source's own
        :return: ``None`` when this source is not recorded
        """
        switches = self.env["monitor.config"]._switches()
        if not switches.captures(source_model or source[0]):
            return None
        if (
            not self.env["monitor.discovery"]
            ._captured_sources()
            .get(source, (0, True))[1]
        ):
            return None
        span = self._new_span(source)
        span.model = model
        return span

    @api.model
    def _new_span(self, source):
        parent = current_span.get()
        now = clock.utcnow()
        remote = None
        if parent is None and request:
            header = request.httprequest.headers.get("traceparent")
            remote = header and trace_context.parse_traceparent(header)
        if parent is not None:
            trace_id = parent.trace_id
        else:
            trace_id = remote.trace_id if remote else trace_context.new_trace_id(now)
        companies = self.env.context.get("allowed_company_ids")
        return Span(
            source=source,
            trace_id=trace_id,
            span_id=trace_context.new_span_id(),
            started_at=now,
            started_ms=clock.monotonic_ms(),
            sql_start=self.env.cr.sql_log_count,
            parent=parent,
            parent_span_id=remote.parent_id if remote else None,
            correlation_id=self._given_correlation()
            or (parent.correlation_id if parent else None),
            user_id=self.env.uid,
            company_id=companies[0] if companies else None,
        )

    @api.model
    def _given_correlation(self):
        """Return the correlation id that the caller put into the context."""
        given = self.env.context.get("monitor_correlation_id")
        return str(given)[:MAX_ID] if given else None

    @api.model
    @quiet
    def _succeed(self, span):
        """Buffer a run that ended well: written with the transaction or not at all."""
        cr = self.env.cr
        if (
            cr.readonly
        ):  # nothing can be written here, and a retry would cost the caller
            return
        row = self._row(span)
        row.update(
            state="succeeded",
            outcome_class="success",
            kind="succeeded",
            severity="info",
        )
        buffer = cr.precommit.data.get(RUNS_KEY)
        if buffer is None:
            buffer = cr.precommit.data[RUNS_KEY] = RunBuffer()
            cr.precommit.add(self._flush)
        buffer.add(row, span.parent, named=span.has_failed_children)
        if span.has_flushed_children:
            buffer.adopt_traces.add(span.trace_id)
        if span.has_failed_children:
            _after_transaction(self.env).spans[span.span_id] = span.trace_id

    @api.model
    @quiet
    def _fail(self, span, error):
        """Queue a failed run; it survives the rollback that ``error`` causes.

        Errors that Odoo answers by trying again (serialization, deadlock) are no
        outcome, the attempt that follows is.
        """
        if fingerprint.is_retryable(error):
            return
        row = self._row(span)
        row.update(self._describe(error), state="failed", kind="failed")
        _after_transaction(self.env).failures.add(row)
        if span.parent is not None and span.parent.run_id is None:
            span.parent.has_failed_children = True

    @api.model
    def _row(self, span):
        row = span.close(
            clock.utcnow(), clock.monotonic_ms(), self.env.cr.sql_log_count
        )
        known = self.env["monitor.discovery"]._captured_sources().get(span.source)
        row["workflow_id"] = known[0] if known else None
        return row

    @api.model
    def _describe(self, error):
        """Return the error columns of a run for an exception (redacted)."""
        info = fingerprint.describe_exception(error)
        outcome = fingerprint.classify(error)
        policy = self.env["monitor.config"]._redaction()
        return {
            "outcome_class": outcome,
            "severity": "warning" if outcome == "business_error" else "error",
            "error_type": info.error_type,
            "error_message": redaction.redact_text(info.message, policy),
            "traceback": redaction.redact_text(info.traceback, policy),
            "fingerprint": fingerprint.fingerprint(info),
        }

    @api.model
    @quiet
    def _flush(self):
        """Write the buffered runs; a precommit hook, so it may run more than once."""
        cr = self.env.cr
        buffer = cr.precommit.data.pop(RUNS_KEY, None)
        if buffer is None:
            return
        rows = buffer.rows()
        written = {row["span_id"] for row in rows}
        for span_id, parent in buffer.parents.items():
            if span_id not in written and parent.run_id is None:
                parent.has_flushed_children = True
        self.env["monitor.enrichment"]._enrich(rows)
        write_runs(cr, rows, buffer.adopt_traces)
        stand_ins = buffer.stand_ins()
        if stand_ins:
            _after_transaction(self.env).failures.refer(stand_ins)

    @api.model
    @quiet
    def _record_checkpoints(self, action, record_ids):
        """Append one checkpoint event per record; the tick turns them into runs.

        Only inserts: a run that the tick or another transaction updates must not make
        this transaction fail.

        :param action: a server action of the type *Record Checkpoint*
        """
        cr = self.env.cr
        if cr.readonly or not self.env["monitor.config"]._switches().enabled:
            return
        records = self.env[action.model_id.model].browse(record_ids).exists()
        common = {
            "model": records._name,
            "user_id": self.env.uid,
            "company_id": self.env.company.id,
        }
        rows = [
            {**common, "res_id": record_id, "correlation_id": correlation_id[:MAX_ID]}
            for record_id, correlation_id in action._monitor_correlation(
                records
            ).items()
        ]
        step_id, now = action.monitor_step_id.id or None, clock.utcnow()
        if self.env["monitor.enrichment"]._copies_from(records._name):
            # Read when Odoo has written what is still pending, not before it would.
            cr.precommit.add(lambda: self._write_checkpoints(step_id, rows, now))
        else:
            self._write_checkpoints(step_id, rows, now)

    @api.model
    @quiet
    def _write_checkpoints(self, step_id, rows, now):
        self.env["monitor.enrichment"]._enrich(rows)
        call_guarded(
            self.env.cr,
            "SELECT monitor_record_checkpoints(%s, %s, %s)",
            [step_id, to_json(rows), now],
        )
