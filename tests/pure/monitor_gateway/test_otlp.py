"""What is sent is what the published definitions (opentelemetry-proto) read."""

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from odoo.addons.monitor_gateway.tools import exposition, otlp
from odoo.addons.monitor_gateway.tools.exposition import Buckets, Family
from odoo.addons.monitor_gateway.tools.otlp import Run, Scope

NOON = datetime(2026, 1, 5, 12)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN, PARENT = "00f067aa0ba902b7", "00f067aa0ba902b8"
SCOPE = Scope({"service.name": "odoo", "empty": None}, "19.0.1")
WORKFLOW = {"code": "pay", "name": "Pay bills", "kind": "cron", "criticality": "high"}


def run(**values):
    return Run(
        **{
            "id": 7,
            "trace_id": TRACE,
            "span_id": SPAN,
            "parent_span_id": None,
            "workflow": WORKFLOW,
            "started_at": NOON,
            "finished_at": NOON + timedelta(seconds=1.5),
            "state": "succeeded",
            "outcome_class": "success",
            **values,
        }
    )


def read_spans(request):
    """Return the request as the published definitions read it.

    In OTLP/JSON ids are hex, where JSON of protocol buffers has base64 (OTLP
    specification, "JSON Protobuf Encoding"): the one deviation.
    """
    text = json.dumps(request, allow_nan=False)
    request = json.loads(text)
    for span in request["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in span:
                raw = bytes.fromhex(span[name])
                span[name] = base64.b64encode(raw).decode()
    return json_format.ParseDict(request, ExportTraceServiceRequest())


def read_span(one):
    request = read_spans(otlp.trace_request(SCOPE, [one]))
    return request.resource_spans[0].scope_spans[0].spans[0]


def told(pairs):
    """Return key-value pairs of the definitions as a dict."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs
    }


def test_a_run_is_a_span():
    request = read_spans(otlp.trace_request(SCOPE, [run(parent_span_id=PARENT)]))

    (resource,) = request.resource_spans
    assert told(resource.resource.attributes) == {"service.name": "odoo"}
    (scope,) = resource.scope_spans
    assert (scope.scope.name, scope.scope.version) == ("monitor_gateway", "19.0.1")
    (span,) = scope.spans
    assert (len(span.trace_id), len(span.span_id), len(span.parent_span_id)) == (
        *(16, 8, 8),
    )
    assert span.trace_id.hex() == TRACE
    assert (span.span_id.hex(), span.parent_span_id.hex()) == (SPAN, PARENT)
    assert (span.name, span.kind) == ("pay", 1)
    start = int(NOON.replace(tzinfo=timezone.utc).timestamp()) * 10**9
    assert span.start_time_unix_nano == start
    assert span.end_time_unix_nano == start + 1_500_000_000
    assert (span.status.code, span.status.message) == (0, "")
    assert told(span.attributes) == {
        "odoo.monitor.workflow.code": "pay",
        "odoo.monitor.workflow.name": "Pay bills",
        "odoo.monitor.workflow.kind": "cron",
        "odoo.monitor.workflow.criticality": "high",
        "odoo.monitor.run.id": 7,
        "odoo.monitor.run.state": "succeeded",
        "odoo.monitor.run.outcome_class": "success",
    }
    assert not span.events


def test_a_run_without_a_parent_says_none():
    assert "parentSpanId" not in otlp.span(run())
    assert read_span(run()).parent_span_id == b""


def test_a_failure_has_its_exception():
    span = read_span(
        run(
            state="failed",
            error_type="builtins.ValueError",
            error_message="no stock",
            traceback="File x",
        )
    )
    assert (span.status.code, span.status.message) == (2, "no stock")
    assert told(span.attributes)["error.type"] == "builtins.ValueError"
    (event,) = span.events
    assert event.name == "exception"
    assert event.time_unix_nano == span.end_time_unix_nano
    assert told(event.attributes) == {
        "exception.type": "builtins.ValueError",
        "exception.message": "no stock",
        "exception.stacktrace": "File x",
    }


@pytest.mark.parametrize(
    ("state", "error_type", "code", "message"),
    [
        ("succeeded", None, 0, ""),
        ("cancelled", None, 0, ""),
        ("partial", None, 0, ""),
        ("partial", "Reported", 2, "partial"),
        ("failed", None, 2, "failed"),
        ("lost", "Lost", 2, "lost"),
    ],
)
def test_the_status(state, error_type, code, message):
    status = read_span(run(state=state, error_type=error_type)).status
    assert (status.code, status.message) == (code, message)


def test_steps_are_events_in_their_order():
    steps = {"paid": NOON + timedelta(seconds=1), "b": NOON, "a": NOON}
    span = read_span(run(steps=steps, error_type="X"))
    assert [
        told(event.attributes).get("odoo.monitor.step") for event in span.events
    ] == [
        *("a", "b", "paid"),
        None,
    ]
    assert span.events[2].time_unix_nano == span.start_time_unix_nano + 10**9


def test_who_was_called_serves():
    assert otlp.span(run(workflow={"code": "hook", "kind": "webhook"}))["kind"] == 2


def test_a_workflow_without_a_code_still_has_a_name():
    assert otlp.span(run(workflow={}))["name"] == "run"


def test_an_end_is_never_before_its_start():
    span = read_span(run(finished_at=NOON - timedelta(hours=1)))
    assert span.end_time_unix_nano == span.start_time_unix_nano


def test_unfit_ids_are_replaced_always_by_the_same():
    bad = run(trace_id=None, span_id="SO1", parent_span_id="x")
    span = read_span(bad)
    assert (len(span.trace_id), len(span.span_id)) == (16, 8)
    assert len(span.parent_span_id) == 8
    assert read_span(bad) == span
    other = read_span(bad._replace(id=8))
    assert other.trace_id != span.trace_id and other.span_id != span.span_id
    assert other.parent_span_id == span.parent_span_id


@pytest.mark.parametrize(
    "text", ["", None, "0" * 16, "g" * 16, "00f067aa 0ba902b", "é"]
)
def test_what_is_no_id(text):
    known = otlp.hex_id(text, 8, "instead")
    assert known != text
    assert len(bytes.fromhex(known)) == 8
    assert known == otlp.hex_id("", 8, "instead")


def test_capital_letters_are_made_small():
    assert otlp.hex_id(TRACE.upper(), 16, "") == TRACE


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), values), st.text(), st.text())
def test_whatever_a_run_says_can_be_read(attributes, message, traceback):
    def storable(value):  # half a character is in no database
        return json.loads(json.dumps(value).replace("\\ud", "\\u0"))

    one = run(
        attributes=storable(attributes),
        error_type="X",
        error_message=storable(message),
        traceback=storable(traceback),
    )
    assert read_span(one).name == "pay"


def test_kinds_of_values():
    sent = {
        "text": "x",
        "yes": True,
        "number": 5,
        "large": 2**63,
        "least": -(2**63),
        "float": 0.5,
        "nan": float("nan"),
        "list": ["a", 1],
        "tuple": (None,),
        "dict": {"a": {"b": 1}, "none": None},
        "no": False,
        "none": None,
        "empty": "",
        "zero": 0,
    }
    assert {pair["key"]: pair["value"] for pair in otlp.attributes(sent)} == {
        "text": {"stringValue": "x"},
        "yes": {"boolValue": True},
        "number": {"intValue": "5"},
        "large": {"stringValue": str(2**63)},
        "least": {"intValue": str(-(2**63))},
        "float": {"doubleValue": 0.5},
        "nan": {"stringValue": "nan"},
        "list": {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}},
        "tuple": {"arrayValue": {"values": [{"stringValue": "None"}]}},
        "dict": {
            "kvlistValue": {
                "values": [
                    {
                        "key": "a",
                        "value": {
                            "kvlistValue": {
                                "values": [{"key": "b", "value": {"intValue": "1"}}]
                            }
                        },
                    }
                ]
            }
        },
        "zero": {"intValue": "0"},
    }


def test_long_texts_are_cut():
    (pair,) = otlp.attributes({"a": "x" * 5000})
    assert pair["value"]["stringValue"] == "x" * 4095 + "…"
    (pair,) = otlp.attributes({"a": "x" * 4096})
    assert pair["value"]["stringValue"] == "x" * 4096


def test_moments():
    assert otlp.nanoseconds(datetime(1970, 1, 1)) == "0"
    assert otlp.nanoseconds(datetime(1969, 1, 1)) == "0"
    assert otlp.nanoseconds(datetime(1970, 1, 2, 0, 0, 1, 5)) == "86401000005000"


# Metrics


def read_metrics(families, since=NOON, now=NOON + timedelta(minutes=1)):
    request = otlp.metrics_request(SCOPE, families, since, now)
    read = json_format.ParseDict(
        json.loads(json.dumps(request)), ExportMetricsServiceRequest()
    )
    (resource,) = read.resource_metrics
    assert told(resource.resource.attributes) == {"service.name": "odoo"}
    (scope,) = resource.scope_metrics
    assert scope.scope.name == "monitor_gateway"
    return scope.metrics


def test_a_counter_is_a_cumulative_sum():
    labels = {"code": "pay", "outcome": "failed"}
    family = Family("odoo_monitor_runs", exposition.COUNTER, "Runs.", [(labels, 3)])
    (metric,) = read_metrics([family])
    assert (metric.name, metric.description, metric.unit) == (
        *("odoo_monitor_runs", "Runs.", ""),
    )
    assert metric.sum.is_monotonic
    assert metric.sum.aggregation_temporality == 2
    (point,) = metric.sum.data_points
    assert point.as_int == 3
    assert told(point.attributes) == labels
    assert point.time_unix_nano - point.start_time_unix_nano == 60 * 10**9


def test_a_gauge():
    family = Family("odoo_age_seconds", exposition.GAUGE, "Age.", [({}, 1.5), ({}, 2)])
    (metric,) = read_metrics([family])
    assert metric.unit == "s"
    assert [point.as_double for point in metric.gauge.data_points] == [1.5, 0]
    assert metric.gauge.data_points[1].as_int == 2


def test_a_histogram():
    buckets = Buckets((0.1, 1.0), (3, 0, 1), 65.5)
    family = Family("odoo_run_seconds", exposition.HISTOGRAM, "", [({}, buckets)])
    (metric,) = read_metrics([family])
    assert metric.histogram.aggregation_temporality == 2
    (point,) = metric.histogram.data_points
    assert (point.count, point.sum) == (4, 65.5)
    assert list(point.bucket_counts) == [3, 0, 1]
    assert list(point.explicit_bounds) == [0.1, 1.0]
    assert len(point.bucket_counts) == len(point.explicit_bounds) + 1


def test_what_has_no_series_is_not_sent():
    assert not read_metrics([Family("odoo_x", exposition.GAUGE, "", [])])
