"""Runs as OpenTelemetry spans and metrics as OTLP: the JSON that a collector takes.

Source: OTLP 1.x (https://opentelemetry.io/docs/specs/otlp/), its JSON encoding: ids of
traces and spans are hex, 64-bit integers are texts, field names are in camel case,
enumerations are numbers. Attributes have names of the semantic conventions where these
know one, else begin with ``odoo.``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .exposition import COUNTER, HISTOGRAM, Buckets, Family

INTERNAL, SERVER = 1, 2  # SpanKind
ERROR = 2  # StatusCode; what went well is left unset, as the specification asks
CUMULATIVE = 2  # AggregationTemporality
MAX_TEXT = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Workflow kinds whose runs somebody outside has asked for.
_SERVER_KINDS = frozenset({"webhook"})
_FAILED = frozenset({"failed", "lost", "partial"})


class Scope(NamedTuple):
    """Who tells it: attributes of the resource, and our version."""

    resource: Mapping[str, Any]
    version: str


class Run(NamedTuple):
    """A run that ended; moments are naive UTC, ``steps`` ``{code: moment}``."""

    id: int
    trace_id: str
    span_id: str
    parent_span_id: str | None
    workflow: Mapping[str, Any]  # code, name, kind, criticality
    started_at: datetime
    finished_at: datetime
    state: str
    outcome_class: str | None = None
    attributes: Mapping[str, Any] = {}
    error_type: str | None = None
    error_message: str | None = None
    traceback: str | None = None
    steps: Mapping[str, datetime] = {}


def trace_request(scope: Scope, runs: Iterable[Run]) -> dict[str, Any]:
    """Return the ``ExportTraceServiceRequest`` of these runs."""
    return {"resourceSpans": [_resource(scope, "scopeSpans", "spans", map(span, runs))]}


def metrics_request(
    scope: Scope, families: Iterable[Family], since: datetime, now: datetime
) -> dict[str, Any]:
    """Return the ``ExportMetricsServiceRequest`` of metrics as they are ``now``.

    Counters and histograms are cumulative: what a hour turned out to be later is in
    the next figures, and a request that was lost costs nothing but its moment.

    :param since: when they began to count
    """
    metrics = [metric(family, since, now) for family in families if family.samples]
    return {"resourceMetrics": [_resource(scope, "scopeMetrics", "metrics", metrics)]}


def _resource(scope, many, name, values):
    return {
        "resource": {"attributes": attributes(scope.resource)},
        many: [
            {
                "scope": {"name": "monitor_gateway", "version": scope.version},
                name: list(values),
            }
        ],
    }


def span(run: Run) -> dict[str, Any]:
    """Return the span of one run.

    >>> at = datetime(2026, 1, 5, 12)
    >>> one = span(Run(7, "0" * 31 + "1", "0" * 15 + "1", None, {"code": "pay"}, at, at,
    ...                "succeeded"))
    >>> one["name"], one["endTimeUnixNano"], one["status"]
    ('pay', '1767614400000000000', {})
    """
    workflow = run.workflow
    told = {
        **{f"odoo.monitor.workflow.{name}": value for name, value in workflow.items()},
        "odoo.monitor.run.id": run.id,
        "odoo.monitor.run.state": run.state,
        "odoo.monitor.run.outcome_class": run.outcome_class,
        "error.type": run.error_type,
        **run.attributes,
    }
    result = {
        "traceId": hex_id(run.trace_id, 16, f"trace {run.id}"),
        "spanId": hex_id(run.span_id, 8, f"span {run.id}"),
        "name": str(workflow.get("code") or "run"),
        "kind": SERVER if workflow.get("kind") in _SERVER_KINDS else INTERNAL,
        "startTimeUnixNano": nanoseconds(run.started_at),
        "endTimeUnixNano": nanoseconds(max(run.started_at, run.finished_at)),
        "attributes": attributes(told),
        "events": _events(run),
        "status": _status(run),
    }
    if run.parent_span_id:
        result["parentSpanId"] = hex_id(run.parent_span_id, 8, "")
    return result


def _status(run: Run) -> dict[str, Any]:
    if run.state not in _FAILED or not (run.error_type or run.state != "partial"):
        return {}
    message = _cut(run.error_message or run.state)
    return {"code": ERROR, "message": message}


def _events(run: Run) -> list[dict[str, Any]]:
    """Return the steps that a run passed, and the exception that ended it."""
    events = [
        {
            "name": "checkpoint",
            "timeUnixNano": nanoseconds(moment),
            "attributes": attributes({"odoo.monitor.step": code}),
        }
        for code, moment in sorted(run.steps.items(), key=lambda step: (step[1], step))
    ]
    if run.error_type:
        told = {
            "exception.type": run.error_type,
            "exception.message": run.error_message,
            "exception.stacktrace": run.traceback,
        }
        events.append(
            {
                "name": "exception",
                "timeUnixNano": nanoseconds(run.finished_at),
                "attributes": attributes(told),
            }
        )
    return events


def metric(family: Family, since: datetime, now: datetime) -> dict[str, Any]:
    """Return one metric; a counter's name gets no ``_total`` here."""
    times = {"startTimeUnixNano": nanoseconds(since), "timeUnixNano": nanoseconds(now)}
    points = [
        {"attributes": attributes(labels), **times, **_value(value)}
        for labels, value in family.samples
    ]
    cumulative = {"aggregationTemporality": CUMULATIVE, "dataPoints": points}
    data: dict[str, Any] = {"gauge": {"dataPoints": points}}
    if family.kind == COUNTER:
        data = {"sum": {**cumulative, "isMonotonic": True}}
    elif family.kind == HISTOGRAM:
        data = {"histogram": cumulative}
    return {
        "name": family.name,
        "description": family.help,
        "unit": "s" if family.name.endswith("_seconds") else "",
        **data,
    }


def _value(value: float | Buckets) -> dict[str, Any]:
    if isinstance(value, Buckets):
        return {
            "count": str(sum(value.counts)),
            "sum": float(value.total),
            "bucketCounts": [str(count) for count in value.counts],
            "explicitBounds": [float(bound) for bound in value.bounds],
        }
    if isinstance(value, int):
        return {"asInt": str(value)}
    return {"asDouble": float(value)}


def attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return ``values`` as key-value pairs; what is absent or empty is left out.

    >>> attributes({"a": 1, "b": None, "c": ["x"]})[0]
    {'key': 'a', 'value': {'intValue': '1'}}
    """
    return [
        {"key": name, "value": _any(value)}
        for name, value in values.items()
        if value is not None and value is not False and value != ""
    ]


def _any(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        # 64 bits are all that there is room for
        return {"intValue": str(value)} if -(2**63) <= value < 2**63 else _text(value)
    if isinstance(value, float):
        return {"doubleValue": value} if value - value == 0 else _text(value)
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": attributes(value)}}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return {"arrayValue": {"values": [_any(item) for item in value]}}
    return _text(value)


def _text(value: Any) -> dict[str, Any]:
    return {"stringValue": _cut(str(value))}


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def hex_id(text: str | None, size: int, instead: str) -> str:
    """Return an id of ``size`` bytes as lower-case hex; made of ``instead`` if unfit.

    >>> hex_id("00F067AA0BA902B7", 8, "")
    '00f067aa0ba902b7'
    >>> len(hex_id("SO1", 16, "run 7"))
    32
    """
    known = (text or "").lower()
    try:
        raw = bytes.fromhex(known)
    except ValueError:
        raw = b""
    if len(raw) == size and any(raw) and len(known) == 2 * size:
        return known
    return hashlib.blake2b((instead or known).encode(), digest_size=size).hexdigest()


def nanoseconds(moment: datetime) -> str:
    """Return naive UTC as nanoseconds since 1970, a text as 64-bit integers are.

    >>> nanoseconds(datetime(2026, 1, 5, 12, 0, 0, 1))
    '1767614400000001000'
    """
    passed = moment.replace(tzinfo=timezone.utc) - _EPOCH
    microseconds = (passed.days * 86_400 + passed.seconds) * 10**6
    return str(max(0, microseconds + passed.microseconds) * 1000)
