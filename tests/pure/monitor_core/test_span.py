from datetime import datetime, timedelta

import pytest

from odoo.addons.monitor_core.tools.span import (
    MAX_SINGLE_RUNS,
    FailureBuffer,
    RunBuffer,
    Span,
)

NOON = datetime(2026, 1, 5, 12)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def span(**values):
    """A scheduled action that began at noon, at 1000 ms, after 10 statements."""
    known = {
        "source": ("ir.cron", 7),
        "trace_id": TRACE,
        "span_id": "00f067aa0ba902b7",
        "started_at": NOON,
        "started_ms": 1000.0,
        "sql_start": 10,
    }
    return Span(**known | values)


def closed(*, now_ms=3000.4, sql_count=14, **values):
    now = NOON + timedelta(seconds=2)
    return span(**values).close(now, now_ms, sql_count)


def test_a_closed_span_is_a_row():
    values = {"model": "sale.order", "record_ids": {5}, "user_id": 2, "company_id": 3}
    assert closed(**values) == {
        "source_ref": "ir.cron,7",
        "correlation_id": TRACE,
        "trace_id": TRACE,
        "span_id": "00f067aa0ba902b7",
        "parent_span_id": None,
        "parent_run_id": None,
        "started_at": "2026-01-05T12:00:00",
        "finished_at": "2026-01-05T12:00:02",
        "duration_ms": 2000,
        "sql_count": 4,
        "record_count": 1,
        "run_count": 1,
        "model": "sale.order",
        "res_id": 5,
        "user_id": 2,
        "company_id": 3,
    }


def test_the_parent_is_the_span_around_it_else_that_of_the_caller():
    outer = span(span_id="b7ad6b7169203331", run_id=40)
    inner = closed(parent=outer, parent_span_id="from outside")
    assert (inner["parent_span_id"], inner["parent_run_id"]) == (outer.span_id, 40)
    called = closed(parent_span_id="from outside")
    assert (called["parent_span_id"], called["parent_run_id"]) == ("from outside", None)


def test_the_correlation_of_the_caller_wins_over_the_trace():
    row = closed(correlation_id="order 12")
    assert (row["correlation_id"], row["trace_id"]) == ("order 12", TRACE)


@pytest.mark.parametrize(
    ("records", "count", "res_id"), [(set(), 0, None), ({5}, 1, 5), ({5, 6}, 2, None)]
)
def test_one_record_is_named_several_are_counted(records, count, res_id):
    row = closed(record_ids=records)
    assert (row["record_count"], row["res_id"]) == (count, res_id)


def test_no_duration_or_count_is_negative():
    row = closed(now_ms=900, sql_count=9)
    assert (row["duration_ms"], row["sql_count"]) == (0, 0)


def row(start=1, end=2, **values):
    known = {
        "source_ref": "ir.cron,7",
        "parent_span_id": None,
        "run_count": 1,
        "duration_ms": 5,
        "sql_count": 3,
        "record_count": 1,
        "started_at": f"2026-01-05T12:00:0{start}",
        "finished_at": f"2026-01-05T12:00:0{end}",
        "res_id": 7,
    }
    return known | values


class TestRunBuffer:
    def test_rows_come_in_the_order_of_their_start(self):
        buffer = RunBuffer()
        rows = [row(3, source_ref="a,1"), row(1, source_ref="b,1"), row(2)]
        for one in rows:
            buffer.add(one)
        assert buffer.rows() == [rows[1], rows[2], rows[0]]

    def test_up_to_the_limit_rows_stay_single(self):
        buffer = RunBuffer(limit=2)
        buffer.add(row(1))
        buffer.add(row(2))
        assert [one["run_count"] for one in buffer.rows()] == [1, 1]

    def test_beyond_the_limit_they_are_one_with_sums(self):
        buffer = RunBuffer(limit=2)
        first = row(2, 5, span_id="00f067aa0ba902b7")
        for one in (first, row(1, 3), row(4, 9), row(3, 6, res_id=8)):
            buffer.add(one)
        merged = row(1, 9, run_count=4, duration_ms=20, sql_count=12, record_count=4)
        assert buffer.rows() == [first | merged | {"res_id": None}]

    def test_the_limit_where_none_is_given(self):
        buffer = RunBuffer()
        for _run in range(MAX_SINGLE_RUNS):
            buffer.add(row())
        assert len(buffer.rows()) == MAX_SINGLE_RUNS == 50
        buffer.add(row())
        assert [one["run_count"] for one in buffer.rows()] == [51]

    def test_other_sources_and_other_parents_are_not_merged(self):
        buffer = RunBuffer(limit=1)
        for _run in range(2):
            buffer.add(row(1))
            buffer.add(row(2, source_ref="ir.cron,8"))
            buffer.add(row(3, parent_span_id="00f067aa0ba902b7"))
        found = buffer.rows()
        assert [one["run_count"] for one in found] == [2, 2, 2]
        assert [one["source_ref"][-1] for one in found] == ["7", "8", "7"]

    def test_the_parent_is_remembered_by_its_id(self):
        buffer, parent = RunBuffer(), span()
        buffer.add(row())
        assert buffer.parents == {}
        buffer.add(row(), parent)
        assert buffer.parents == {parent.span_id: parent}

    def test_a_merged_row_stands_for_those_that_others_refer_to(self):
        buffer = RunBuffer(limit=2)
        for number in range(4):
            buffer.add(row(span_id=f"span {number}"), named=number in (0, 1, 3))
        buffer.add(row(span_id="alone", source_ref="ir.cron,8"), named=True)
        assert buffer.stand_ins() == {
            "span 0": "span 0",
            "span 1": "span 0",
            "span 3": "span 0",
        }

    def test_a_new_buffer_is_empty(self):
        buffer = RunBuffer()
        assert (buffer.rows(), buffer.parents) == ([], {})
        assert buffer.adopt_traces == set()
        assert buffer.stand_ins() == {}


def failure(number=1, **values):
    return row(span_id=f"span {number}", fingerprint="no stock", **values)


class TestFailureBuffer:
    def test_rows_come_in_the_order_of_their_start_and_once(self):
        buffer = FailureBuffer()
        rows = [failure(start=start) for start in (3, 1, 2)]
        for one in rows:
            buffer.add(one)
        assert buffer.take() == [rows[1], rows[2], rows[0]]
        assert buffer.take() == []

    def test_the_first_stay_single_and_the_rest_is_one_with_sums(self):
        buffer = FailureBuffer(limit=2)
        rows = [failure(number, start=number, end=number + 1) for number in range(6)]
        for one in rows:
            buffer.add(dict(one))
        merged = failure(2, start=2, end=6, run_count=4, duration_ms=20)
        merged |= {"sql_count": 12, "record_count": 4, "res_id": None}
        assert buffer.take() == [rows[0], rows[1], merged]

    def test_one_beyond_the_limit_is_a_row_as_it_was(self):
        buffer = FailureBuffer(limit=2)
        for number in range(3):
            buffer.add(failure(number))
        assert buffer.take() == [failure(0), failure(1), failure(2)]

    def test_the_limit_where_none_is_given(self):
        buffer = FailureBuffer()
        for number in range(200):
            buffer.add(failure(number))
        counts = [one["run_count"] for one in buffer.take()]
        assert counts == [1] * MAX_SINGLE_RUNS + [150]

    def test_other_sources_and_other_errors_are_not_merged(self):
        buffer = FailureBuffer(limit=1)
        for number in range(3):
            buffer.add(failure(f"a{number}", start=1))
            buffer.add(failure(f"b{number}", start=2, source_ref="ir.cron,8"))
            buffer.add(failure(f"c{number}", start=3) | {"fingerprint": "other"})
        assert [one["run_count"] for one in buffer.take()] == [1, 2] * 3

    def test_what_is_below_a_merged_run_hangs_on_the_row_it_is_in(self):
        buffer = FailureBuffer(limit=1)
        for number in range(4):
            buffer.add(failure(f"parent {number}", start=number))
        for number in (0, 3):
            source = f"child,{number}"
            parent = f"span parent {number}"
            buffer.add(failure(9, start=9, source_ref=source, parent_span_id=parent))
        *_parents, first, last = buffer.take()
        assert first["parent_span_id"] == "span parent 0"
        assert last["parent_span_id"] == "span parent 1"

    def test_what_refers_to_a_run_refers_to_its_stand_in(self):
        buffer = FailureBuffer()
        buffer.add(failure(1, parent_span_id="merged away"))
        buffer.add(failure(2, parent_span_id="single"))
        buffer.refer({"merged away": "merged"})
        parents = [one["parent_span_id"] for one in buffer.take()]
        assert parents == ["merged", "single"]

    def test_what_was_taken_counts_no_more(self):
        buffer = FailureBuffer(limit=1)
        for _round in range(2):
            buffer.add(failure(1))
            assert buffer.take() == [failure(1)]
