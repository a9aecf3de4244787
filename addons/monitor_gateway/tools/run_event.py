"""What an event of one of our own types says of a run: checked, else flagged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from odoo.addons.monitor_core.tools import (  # noqa: TID251 - they are pure too
    payload,
    run_report,
    slug,
    trace_context,
)

from .cloudevents import Envelope

PREFIX = "odoo.monitor."
#: Event type -> (kind of the stored event, state of a run that ends with it).
TYPES = {
    f"{PREFIX}run.started": ("started", None),
    f"{PREFIX}checkpoint": ("checkpoint", None),
    f"{PREFIX}run.checkpoint": ("checkpoint", None),
    f"{PREFIX}run.succeeded": ("succeeded", "succeeded"),
    f"{PREFIX}run.failed": ("failed", "failed"),
}
MAX_ID = 255
MAX_ERROR = 1000
MAX_DURATION = 10**15  # milliseconds: 30,000 years
DATA = {
    "workflow": str,
    "step": str,
    "correlation_id": str,
    "duration_ms": (int, float),
    "error": str,
    "context": Mapping,
    "model": str,
    "record_id": int,
}
RANGES = {"duration_ms": (0, MAX_DURATION), "record_id": (1, 2**31 - 1)}


def complaint(envelope: Envelope) -> str | None:
    """Return what is wrong with the data of an event of our types, if anything.

    >>> complaint(Envelope("1", "/shop", "odoo.monitor.run.started", data={}))
    'data.workflow: is missing'
    """
    data = envelope.data
    if envelope.type not in TYPES:
        return f"type: {envelope.type} is none of {', '.join(TYPES)}"
    if not isinstance(data, Mapping):
        return "data: an object is expected"
    for name in DATA:
        wrong = _wrong(name, data.get(name))
        if wrong:
            return f"data.{name}: {wrong}"
    if not data.get("workflow"):
        return "data.workflow: is missing"
    if TYPES[envelope.type][0] == "checkpoint" and not data.get("step"):
        return "data.step: is missing"
    name = correlation_id(envelope)
    if name != payload.storable_text(name):
        return "data.correlation_id: has characters that cannot be stored"
    if len(name) > MAX_ID:
        return f"data.correlation_id: at most {MAX_ID} characters"
    return None


def _wrong(name: str, value: Any) -> str | None:
    """Return what is wrong with one value; XML-RPC has no null and says false."""
    if value is None or value is False:
        return None
    if value is True or not isinstance(value, DATA[name]):
        return "is of the wrong type"
    if name == "workflow" and value and not slug.is_valid_code(value):
        return "is no code"
    if name in RANGES and not RANGES[name][0] <= value <= RANGES[name][1]:
        return "is out of range"
    return None


def correlation_id(envelope: Envelope) -> str:
    """Return what the run is known by: told, else the trace, the subject, the event.

    The last ones let a sender that knows nothing of correlation report single runs.
    """
    data = envelope.data if isinstance(envelope.data, Mapping) else {}
    told = data.get("correlation_id") or envelope.extensions.get("correlationid")
    if told:
        return str(told)
    traced = trace(envelope)
    if traced:
        return traced.trace_id
    return envelope.subject or envelope.id


def trace(envelope: Envelope) -> Any:
    """Return the W3C trace context of the distributed tracing extension, if valid."""
    header = envelope.extensions.get("traceparent")
    return trace_context.parse_traceparent(header) if isinstance(header, str) else None


def report(envelope: Envelope, now: datetime, error: str = "") -> run_report.Report:
    """Return what the event adds to its run; a sender's clock may be ahead.

    :param error: what ``data.error`` says, redacted
    """
    kind, state = TYPES[envelope.type]
    data = envelope.data
    moment = min(envelope.time or now, now)
    about = (int(kind != "started"), moment.isoformat(), envelope.key)
    if kind == "started":
        return run_report.Report(started=moment, first=moment, about=about)
    if kind == "checkpoint":
        steps = {data["step"]: moment}
        return run_report.Report(first=moment, steps=steps, about=about)
    duration = data.get("duration_ms")
    if duration is None or duration is False:
        duration = -1
    end = run_report.make_end(
        moment,
        envelope.key,
        state,
        error[:MAX_ERROR] if state == "failed" else "",
        round(duration),
    )
    return run_report.Report(first=moment, end=end, about=about)
