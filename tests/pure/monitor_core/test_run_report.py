"""Any permutation and duplication of a run's reports gives the same run."""

from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.flow import Step
from odoo.addons.monitor_core.tools.run_report import (
    Report,
    from_json,
    make_end,
    merge,
    outcome,
    to_json,
)

NOON = datetime(2026, 1, 5, 12)
RULES = [Step("paid"), Step("packed", timedelta(hours=1)), Step("gift", None, True)]


def at(minutes):
    return NOON + timedelta(minutes=minutes)


moments = st.integers(0, 300).map(at)
ends = st.builds(
    make_end,
    moments,
    st.text("ab", max_size=2),
    st.sampled_from(["succeeded", "failed", "partial", "cancelled"]),
    st.sampled_from(["", "no stock"]),
    st.integers(-1, 5),
)
abouts = st.tuples(st.integers(0, 1), moments.map(str), st.text("ab", max_size=1))
reports = st.one_of(
    st.builds(
        lambda moment, about: Report(started=moment, first=moment, about=about),
        moments,
        abouts,
    ),
    st.builds(
        lambda step, moment: Report(first=moment, steps={step: moment}),
        st.sampled_from(["paid", "packed", "gift"]),
        moments,
    ),
    st.builds(lambda end: Report(first=end.moment, end=end), ends),
)


@given(st.lists(reports, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(told, random):
    again = told + random.choices(told, k=len(told))
    random.shuffle(again)

    merged, shuffled = reduce(merge, told), reduce(merge, again)

    assert merged == shuffled
    assert outcome(merged, RULES, NOON) == outcome(shuffled, RULES, NOON)


@given(st.lists(reports, min_size=1, max_size=6), st.integers(0, 6))
def test_parts_may_be_merged_first(told, cut):
    left, right = told[:cut], told[cut:]
    if left and right:
        assert merge(reduce(merge, left), reduce(merge, right)) == reduce(merge, told)


@given(st.lists(reports, min_size=1, max_size=6))
def test_what_is_stored_is_what_was_merged(told):
    report = reduce(merge, told)
    steps = {code: moment.isoformat() for code, moment in report.steps.items()}

    assert from_json(to_json(report), steps) == report


@given(st.lists(reports, min_size=1, max_size=6))
def test_a_run_never_ends_before_it_begins(told):
    run = outcome(reduce(merge, told), RULES, NOON)

    assert run.finished_at is None or run.finished_at >= run.started_at
    assert run.duration_ms is None or run.duration_ms >= 0


STARTED = Report(started=at(0), first=at(0))


def ended(minutes, state="succeeded", **values):
    end = make_end(at(minutes), "uid", state, **values)
    return Report(first=at(minutes), end=end)


def test_a_start_and_an_end():
    run = outcome(merge(STARTED, ended(5)), [], NOON)

    assert (run.state, run.started_at, run.finished_at) == ("succeeded", at(0), at(5))
    assert (run.duration_ms, run.error, run.next_step) == (300_000, "", None)


def test_an_end_without_a_start_has_no_length():
    run = outcome(ended(5), [], NOON)

    assert (run.started_at, run.finished_at, run.duration_ms) == (at(5), at(5), None)


def test_an_end_may_tell_its_length_and_so_its_start():
    run = outcome(ended(5, duration_ms=60_000), [], NOON)

    assert (run.started_at, run.finished_at, run.duration_ms) == (at(4), at(5), 60_000)


def test_a_length_that_no_calendar_holds_is_kept_as_told():
    run = outcome(ended(5, duration_ms=10**15), [], NOON)

    assert (run.started_at, run.duration_ms) == (at(5), 10**15)


def test_the_length_told_wins_over_the_clock():
    run = outcome(merge(STARTED, ended(5, duration_ms=0)), [], NOON)

    assert (run.started_at, run.duration_ms) == (at(0), 0)


def test_the_later_end_counts():
    first, second = ended(5, "failed", error="no stock"), ended(6)

    assert outcome(merge(first, second), [], NOON).state == "succeeded"
    assert outcome(merge(second, first), [], NOON).finished_at == at(6)


@pytest.mark.parametrize(
    "better, worse",
    [("cancelled", "succeeded"), ("succeeded", "partial"), ("partial", "failed")],
)
def test_of_two_ends_at_once_the_worse_counts(better, worse):
    run = outcome(merge(ended(5, worse), ended(5, better)), [], NOON)

    assert run.state == worse


def test_a_flow_is_done_with_its_last_required_step():
    paid = Report(first=at(1), steps={"paid": at(1)})
    packed = Report(first=at(9), steps={"packed": at(9)})

    waiting = outcome(paid, RULES, NOON)
    done = outcome(merge(packed, paid), RULES, NOON)

    assert (waiting.state, waiting.next_step) == ("running", "packed")
    assert waiting.next_deadline_at == at(61)
    assert (waiting.finished_at, waiting.duration_ms) == (None, None)
    assert (done.state, done.started_at, done.finished_at) == (
        "succeeded",
        at(1),
        at(9),
    )
    assert done.duration_ms == 8 * 60_000


def test_a_step_late_by_an_hour_still_counts_but_does_not_reopen():
    failed = merge(STARTED, ended(5, "failed", error="no stock"))
    run = outcome(merge(failed, Report(first=at(65), steps={"paid": at(65)})), [], NOON)

    assert (run.state, run.error, run.finished_at) == ("failed", "no stock", at(5))


def test_an_end_before_the_start_lasts_no_time():
    run = outcome(merge(STARTED, ended(-5)), [], NOON)

    assert (run.started_at, run.finished_at, run.duration_ms) == (at(0), at(0), 0)


def test_nothing_told_begins_now():
    assert outcome(Report(), [], NOON).started_at == NOON
