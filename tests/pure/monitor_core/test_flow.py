from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.flow import Step, groups, progress

START = datetime(2026, 1, 5, 8)
HOUR = timedelta(hours=1)


def at(hours):
    return START + hours * HOUR


ORDER = [
    Step("confirmed", HOUR),
    Step("paid", 4 * HOUR),
    Step("gift_wrapped", None, optional=True),
    Step("packed", 2 * HOUR),
    Step("shipped"),
]


@pytest.mark.parametrize(
    ("label", "seen", "next_step", "deadline", "out_of_order"),
    [
        ("nothing yet", {}, "confirmed", 1, []),
        ("first", {"confirmed": 0.5}, "paid", 4.5, []),
        ("skips an optional step", {"confirmed": 0, "paid": 3}, "packed", 5, []),
        (
            "counts from an optional step that was passed",
            {"confirmed": 0, "paid": 3, "gift_wrapped": 4},
            "packed",
            6,
            [],
        ),
        (
            "packed before paid",
            {"confirmed": 0, "packed": 1},
            "paid",
            4,
            ["packed"],
        ),
        (
            "and paid afterwards",
            {"confirmed": 0, "packed": 1, "paid": 2},
            "shipped",
            None,
            ["packed"],
        ),
        ("steps of other flows do not count", {"refunded": 0}, "confirmed", 1, []),
    ],
)
def test_table(label, seen, next_step, deadline, out_of_order):
    result = progress(ORDER, {code: at(h) for code, h in seen.items()}, START)
    assert result.next_step == next_step
    expected = None if deadline is None else at(deadline)
    assert result.next_deadline_at == expected
    assert result.out_of_order == out_of_order
    assert not result.complete


def test_complete_without_the_optional_step():
    seen = {"confirmed": at(0), "paid": at(1), "packed": at(2), "shipped": at(3)}
    assert progress(ORDER, seen, START) == ([], None, None, True, [])


def test_a_flow_without_steps_is_complete():
    assert progress([], {}, START).complete


def test_equal_moments_are_in_order():
    seen = {"confirmed": at(1), "paid": at(1)}
    assert progress(ORDER, seen, START).out_of_order == []


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from("abcdef"),
        st.none() | st.integers(0, 48).map(lambda hours: hours * HOUR),
        st.booleans(),
        st.booleans(),
        st.just(None),
    ),
    max_size=6,
    unique_by=lambda step: step.code,
)
moments = st.dictionaries(st.sampled_from("abcdefxy"), st.integers(-5, 50).map(at))


@given(steps, moments)
def test_complete_when_all_required_steps_are_passed(flow, seen):
    result = progress(flow, seen, START)
    required = [step.code for step in flow if not step.optional]
    assert result.complete == all(code in seen for code in required)
    assert result.remaining == [code for code in required if code not in seen]
    assert (result.next_step is None) == result.complete
    assert result.next_deadline_at is None or not result.complete


@given(steps, moments, st.randoms())
def test_the_order_of_arrival_does_not_matter(flow, seen, rng):
    arrivals = list(seen.items())
    rng.shuffle(arrivals)
    assert progress(flow, dict(arrivals), START) == progress(flow, seen, START)


@given(steps, moments)
def test_passing_a_step_never_adds_a_remaining_one(flow, seen):
    before = progress(flow, seen, START).remaining
    for step in flow:
        after = progress(flow, {**seen, step.code: at(51)}, START).remaining
        assert set(after) == set(before) - {step.code}


PARALLEL = [
    Step("ordered", HOUR),
    Step("invoiced", 4 * HOUR),
    Step("picked", 2 * HOUR, parallel=True),
    Step("labelled", HOUR, optional=True, parallel=True),
    Step("shipped", 3 * HOUR),
]


@pytest.mark.parametrize(
    ("label", "seen", "next_step", "deadline", "out_of_order"),
    [
        ("the group waits for what is before", {}, "ordered", 1, []),
        ("the most urgent of a group", {"ordered": 1}, "picked", 3, []),
        ("the other of a group", {"ordered": 1, "picked": 2}, "invoiced", 5, []),
        ("any order in a group", {"ordered": 1, "invoiced": 2}, "picked", 3, []),
        (
            "what follows counts from the last of the group",
            {"ordered": 1, "picked": 2, "invoiced": 5, "labelled": 4},
            "shipped",
            8,
            [],
        ),
        (
            "also from an optional one",
            {"ordered": 1, "picked": 2, "invoiced": 5, "labelled": 6},
            "shipped",
            9,
            [],
        ),
        (
            "shipped before all were picked",
            {"ordered": 1, "invoiced": 2, "shipped": 3},
            "picked",
            3,
            ["shipped"],
        ),
        (
            "shipped before the last of the group",
            {"ordered": 1, "invoiced": 2, "picked": 4, "shipped": 3},
            None,
            None,
            ["shipped"],
        ),
        ("picked before the order", {"picked": 1}, "ordered", 1, ["picked"]),
    ],
)
def test_parallel_steps(label, seen, next_step, deadline, out_of_order):
    moments = {code: at(hours) for code, hours in seen.items()}
    result = progress(PARALLEL, moments, START)
    assert result.next_step == next_step, label
    assert result.next_deadline_at == (None if deadline is None else at(deadline))
    assert result.out_of_order == out_of_order


def test_of_parallel_steps_one_with_a_deadline_is_next():
    flow = [Step("a"), Step("b", HOUR, parallel=True), Step("c", HOUR, parallel=True)]
    assert progress(flow, {}, START)[1:3] == ("b", at(1))
    assert progress(flow, {"b": at(0)}, START)[1:3] == ("c", at(1))
    assert progress(flow, {"b": at(0), "c": at(0)}, START)[1:3] == ("a", None)


def test_the_first_step_is_parallel_to_nothing():
    flow = [Step("a", parallel=True), Step("b"), Step("c", parallel=True)]
    assert [[step.code for step in group] for group in groups(flow)] == [
        ["a"],
        ["b", "c"],
    ]
    assert groups([]) == []


def test_a_deadline_in_working_time_is_planned():
    asked = []

    def plan(moment, duration):
        asked.append((moment, duration))
        return moment + 3 * duration

    flow = [Step("a", HOUR, plan=plan), Step("b", None, plan=plan)]
    assert progress(flow, {}, START).next_deadline_at == at(3)
    assert asked == [(START, HOUR)]
    assert progress(flow, {"a": at(1)}, START).next_deadline_at is None
    assert len(asked) == 1


@given(steps, moments)
def test_the_next_step_is_of_the_first_group_that_waits(flow, seen):
    result = progress(flow, seen, START)
    for group in groups(flow):
        waiting = [s.code for s in group if not s.optional and s.code not in seen]
        if waiting:
            assert result.next_step in waiting
            return
    assert result.next_step is None
