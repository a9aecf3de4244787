"""What an event of our own types says of its run, and what is wrong with it."""

from datetime import datetime, timedelta

import pytest

from odoo.addons.monitor_core.tools.run_report import make_end
from odoo.addons.monitor_gateway.tools.cloudevents import Envelope
from odoo.addons.monitor_gateway.tools.run_event import (
    TYPES,
    complaint,
    correlation_id,
    report,
    trace,
)

NOON = datetime(2026, 1, 5, 12)
NOW = NOON + timedelta(hours=1)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def told(kind="run.started", time=NOON, subject=None, extensions=None, **data):
    data = {"workflow": "shop", "correlation_id": "SO1", **data}
    kind = f"odoo.monitor.{kind}"
    return Envelope("1", "/shop", kind, time, subject, data, extensions or {})


def bare(data, kind="odoo.monitor.run.started"):
    return Envelope("1", "/shop", kind, data=data)


def test_the_types_are_those_of_the_contract():
    assert set(TYPES) == {
        "odoo.monitor.run.started",
        "odoo.monitor.checkpoint",
        "odoo.monitor.run.checkpoint",
        "odoo.monitor.run.succeeded",
        "odoo.monitor.run.failed",
    }


@pytest.mark.parametrize(
    "envelope",
    [
        told(),
        told("checkpoint", step="paid"),
        told("run.succeeded", duration_ms=0),
        told("run.succeeded", duration_ms=1.5),
        told("run.failed", duration_ms=10**15, error=""),
        told(context={}, model="sale.order", record_id=5),
        told(error=None, context=None),
        told(error=False, context=False, duration_ms=False, record_id=False),
        told(correlation_id="x" * 255),
    ],
)
def test_what_is_right(envelope):
    assert complaint(envelope) is None


@pytest.mark.parametrize(
    "envelope, expected",
    [
        (bare({}), "data.workflow: is missing"),
        (bare({"workflow": ""}), "data.workflow: is missing"),
        (bare({"workflow": "A B"}), "data.workflow: is no code"),
        (bare({"workflow": 5}), "data.workflow: is of the wrong type"),
        (bare(None), "data: an object is expected"),
        (bare("text"), "data: an object is expected"),
        (told("checkpoint"), "data.step: is missing"),
        (told("run.checkpoint", step=""), "data.step: is missing"),
        (told(step=5), "data.step: is of the wrong type"),
        (told(correlation_id=5), "data.correlation_id: is of the wrong type"),
        *(
            (
                told(correlation_id=text),
                "data.correlation_id: has characters that cannot be stored",
            )
            for text in ("SO\0", "\ud800")
        ),
        (told(correlation_id="x" * 256), "data.correlation_id: at most 255 characters"),
        (told(duration_ms="5"), "data.duration_ms: is of the wrong type"),
        (told(duration_ms=True), "data.duration_ms: is of the wrong type"),
        (told(duration_ms=-1), "data.duration_ms: is out of range"),
        (told(duration_ms=10**15 + 1), "data.duration_ms: is out of range"),
        (told(duration_ms=float("nan")), "data.duration_ms: is out of range"),
        (told(error=5), "data.error: is of the wrong type"),
        (told(context=[]), "data.context: is of the wrong type"),
        (told(model=5), "data.model: is of the wrong type"),
        (told(record_id="5"), "data.record_id: is of the wrong type"),
        (told(record_id=0), "data.record_id: is out of range"),
        (told(record_id=2**31), "data.record_id: is out of range"),
    ],
)
def test_what_is_wrong(envelope, expected):
    assert complaint(envelope) == expected


def test_an_unknown_type_names_the_known():
    text = complaint(bare({}, "odoo.monitor.nonsense"))
    assert text.startswith("type: odoo.monitor.nonsense is none of odoo.monitor.run")


@pytest.mark.parametrize(
    "envelope, expected",
    [
        (told(extensions={"correlationid": "X"}), "SO1"),
        (told(correlation_id=None, extensions={"correlationid": "X"}), "X"),
        (told(correlation_id="", extensions={"correlationid": 7}), "7"),
        (
            told(correlation_id=None, subject="S1", extensions={"traceparent": TRACE}),
            "0af7651916cd43dd8448eb211c80319c",
        ),
        (
            told(correlation_id=None, subject="S1", extensions={"traceparent": "x"}),
            "S1",
        ),
        (told(correlation_id=None), "1"),
        (bare(None), "1"),
    ],
)
def test_what_a_run_is_known_by(envelope, expected):
    assert correlation_id(envelope) == expected


def test_a_trace_is_a_valid_one():
    assert (
        trace(told(extensions={"traceparent": TRACE})).parent_id == "b7ad6b7169203331"
    )
    assert trace(told(extensions={"traceparent": 5})) is None
    assert trace(told()) is None


def test_a_start():
    told_ = report(told(), NOW)

    assert (told_.started, told_.first, told_.end) == (NOON, NOON, None)
    assert told_.about == (0, NOON.isoformat(), told().key)


def test_a_checkpoint():
    told_ = report(told("checkpoint", step="paid"), NOW)

    assert (told_.started, told_.first, told_.steps) == (None, NOON, {"paid": NOON})
    assert told_.about == (1, NOON.isoformat(), told().key)


def test_ends():
    failed = report(told("run.failed", duration_ms=1.6), NOW, "x" * 2000)
    fine = report(told("run.succeeded"), NOW, "not an error")

    assert (failed.started, failed.first) == (None, NOON)
    assert failed.end == make_end(NOON, told().key, "failed", "x" * 1000, 2)
    assert fine.end == make_end(NOON, told().key, "succeeded")
    assert report(told("run.succeeded", duration_ms=False), NOW).end == fine.end
    assert fine.about == (1, NOON.isoformat(), told().key)


def test_a_clock_that_is_ahead_and_one_that_is_silent():
    assert report(told(time=NOW + timedelta(hours=1)), NOW).started == NOW
    assert report(told(time=None), NOW).started == NOW
