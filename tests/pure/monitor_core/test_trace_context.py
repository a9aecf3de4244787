"""Vectors: w3c/trace-context, test/test.py, and the examples of the standard."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.trace_context import (
    TraceParent,
    format_traceparent,
    new_span_id,
    new_trace_id,
    parse_traceparent,
)

T = "12345678901234567890123456789012"
P = "1234567890123456"
NOW = datetime(2026, 11, 22, 9, 30, 0, 123456)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"00-{T}-{P}-01", (0, T, P, 1)),
        (f"00-{T}-{P}-00", (0, T, P, 0)),
        (f"00-{T}-{P}-02", (0, T, P, 2)),
        (f"00-{T}-{P}-a1", (0, T, P, 0xA1)),
        (f" 00-{T}-{P}-01", (0, T, P, 1)),
        (f"\t00-{T}-{P}-01", (0, T, P, 1)),
        (f"00-{T}-{P}-01 \t", (0, T, P, 1)),
        (f"cc-{T}-{P}-01", (0xCC, T, P, 1)),
        (f"cc-{T}-{P}-01-what-the-future-will-be-like", (0xCC, T, P, 1)),
        (
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            (0, "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1),
        ),
        (
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            (0, "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 0),
        ),
    ],
)
def test_accepted_headers(header, expected):
    assert parse_traceparent(header) == TraceParent(*expected)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        f"00-{T}-{P}-01,00-{T}-{P}-01",
        f"cc-{T}-{P}-01,cc-{T}-{P}-01",
        f"00-{T}-{P}-01.",
        f"00-{T}-{P}-01X",
        f"00-{T}-{P}-01\n",
        f"00-{T}-{P}-01-what-the-future-will-be-like",
        f"cc-{T}-{P}-01.what-the-future-will-be-like",
        f"ff-{T}-{P}-01",
        f".0-{T}-{P}-01",
        f"0.-{T}-{P}-01",
        f"000-{T}-{P}-01",
        f"0-{T}-{P}-01",
        f"00-{'0' * 32}-{P}-01",
        f"00-{T}3-{P}-01",
        f"00-{T[:-1]}-{P}-01",
        f"00-.{T[1:]}-{P}-01",
        f"00-{T[:-1]}.-{P}-01",
        f"00-{T}-{'0' * 16}-01",
        f"00-{T}-{P}7-01",
        f"00-{T}-{P[:-1]}-01",
        f"00-{T}-.{P[1:]}-01",
        f"00-{T}-{P[:-1]}.-01",
        f"00-{T}-{P}-.0",
        f"00-{T}-{P}-0.",
        f"00-{T}-{P}-001",
        f"00-{T}-{P}-1",
        f"00-{T}-{P}",
        f"00-{'AB' * 16}-{P}-01",
        f"00-{'٣' * 32}-{P}-01",
    ],
)
def test_ignored_headers(header):
    assert parse_traceparent(header) is None


@given(
    st.text() | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.*")
)
def test_no_header_is_an_error(header):
    parsed = parse_traceparent(header)
    if parsed is not None:
        again = parse_traceparent(format_traceparent(*parsed[1:]))
        assert again is not None and again[1:3] == parsed[1:3]


@pytest.mark.parametrize(
    ("trace_id", "span_id", "word"),
    [
        ("0" * 32, P, "trace"),
        (T[:-1], P, "trace"),
        (T + "\n", P, "trace"),
        (T, "0" * 16, "span"),
        (T, "x" * 16, "span"),
    ],
)
def test_no_wrong_header_is_made(trace_id, span_id, word):
    with pytest.raises(ValueError, match=f"not a {word} id"):
        format_traceparent(trace_id, span_id)


def test_unknown_flags_are_sent_as_zero():
    assert format_traceparent(T, P, 0xFF) == f"00-{T}-{P}-03"


def test_trace_id_begins_with_the_time():
    trace_id = new_trace_id(NOW)
    moment = datetime(1970, 1, 1) + timedelta(milliseconds=int(trace_id[:12], 16))
    assert moment == NOW.replace(microsecond=123000)
    east = timezone(timedelta(hours=2))
    aware = NOW.replace(tzinfo=timezone.utc).astimezone(east)
    assert new_trace_id(aware)[:12] == trace_id[:12]


def test_later_trace_ids_sort_later():
    ids = [new_trace_id(NOW + timedelta(milliseconds=ms)) for ms in range(50)]
    assert ids == sorted(ids) and len(set(ids)) == 50


def test_ids_are_never_all_zero():
    assert new_trace_id(datetime(1970, 1, 1), bytes) == "0" * 31 + "1"
    assert new_trace_id(datetime(1900, 1, 1), bytes) == "0" * 31 + "1"
    assert new_span_id(bytes) == "0" * 15 + "1"


def test_new_ids_make_a_header_and_differ():
    header = format_traceparent(new_trace_id(NOW), new_span_id())
    assert parse_traceparent(header) is not None
    assert len({new_span_id() for _call in range(100)}) == 100
    assert len({new_trace_id(NOW) for _call in range(100)}) == 100
