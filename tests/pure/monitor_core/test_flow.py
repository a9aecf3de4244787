from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.flow import Step, progress

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
