from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import grouping
from odoo.addons.monitor_incident.tools.grouping import Decision, Group, Pace, Told

NOON = datetime(2026, 1, 5, 12)
PACE = Pace()


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def group(firing="", resolved="", **values):
    return Group(NOON, frozenset(firing), frozenset(resolved), **values)


def told(minute, firing="", resolved=""):
    return Told(at(minute), frozenset(firing), frozenset(resolved))


@pytest.mark.parametrize(
    ("what", "before", "minute", "reason", "due"),
    [
        # Group wait
        (group(), None, 0, None, None),
        (group("a"), None, 0, None, 0.5),
        (group("a"), None, 0.5, "first", 240.5),
        (group("a"), None, 400, "first", 640),
        (group("", "a"), None, 1, None, None),
        (group("a", quiet=True), None, 0.5, "first", None),
        # Group interval
        (group("a"), told(1, "a"), 6, None, 241),
        (group("ab"), told(1, "a"), 2, None, 6),
        (group("ab"), told(1, "a"), 6, "firing", 246),
        (group("ab", quiet=True), told(1, "a"), 6, "firing", None),
        (group("a", "b"), told(1, "ab"), 2, None, 6),
        (group("a", "b"), told(1, "ab"), 6, "resolved", 246),
        (group("a", "b"), told(1, "a", "b"), 6, None, 241),
        (group("", "a"), told(1, "a"), 5, None, 6),
        (group("", "a"), told(1, "a"), 6, "resolved", None),
        (group("", "a"), told(1, "", "a"), 600, None, None),
        # What began again after its end was told; what did so unnoticed is no news
        (group("a", "a"), told(1, "", "a"), 2, None, 6),
        (group("a", "a"), told(1, "", "a"), 6, "firing", 246),
        (group("a", "a"), told(1, "a"), 6, None, 241),
        # A suppressed alert neither fires nor is over
        (group(), told(1, "a"), 600, None, None),
        # Repeat
        (group("a"), told(1, "a"), 240.9, None, 241),
        (group("a"), told(1, "a"), 241, "repeat", 481),
        (group("a", quiet=True), told(1, "a"), 241, None, None),
        # A silence ended
        (group("a", released=True), told(1, "a"), 2, "released", 242),
        (group("ab", released=True), told(1, "a"), 2, None, 6),
        (group("a", released=True), None, 0.1, None, 0.5),
        # The clock went back: rather told once more than not at all
        (group("ab"), told(60, "a"), 0, "firing", 240),
        (group("a"), told(240, "a"), 0, None, 480),
        (group("a"), told(241, "a"), 0, "repeat", 240),
        (group("a", released=True), told(60, "a"), 0, "released", 240),
    ],
)
def test_table(what, before, minute, reason, due):
    expected = Decision(reason, None if due is None else at(due))
    assert grouping.decide(what, before, PACE, at(minute)) == expected


@pytest.mark.parametrize(
    ("interval", "repeat", "expected"),
    [(5, 240, 240), (5, 12, 15), (5, 15, 15), (5, 1, 5), (0, 12, 12), (7, 15, 21)],
)
def test_the_repeat_is_rounded_up_to_intervals(interval, repeat, expected):
    pace = Pace(timedelta(0), timedelta(minutes=interval), timedelta(minutes=repeat))
    before = told(0, "a")
    assert grouping.decide(group("a"), before, pace, at(0)).next_at == at(expected)


def test_a_new_group_after_its_predecessor_was_told_waits_for_both():
    new = Group(at(9), frozenset("b"))
    before = told(1, "")
    assert grouping.decide(new, before, PACE, at(9)).next_at == at(9.5)
    assert grouping.decide(new, told(8, ""), PACE, at(9)).next_at == at(13)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 99, []),
        (0, 100, [100]),
        (99, 100, [100]),
        (100, 101, []),
        (5, 20_000, [100, 1_000, 10_000]),
        (999_999, 1_000_000, [1_000_000]),
    ],
)
def test_milestones(before, after, expected):
    assert grouping.milestones(before, after) == expected


NAMES = st.frozensets(st.sampled_from("abcd"))


@given(st.lists(st.tuples(NAMES, NAMES, st.booleans()), max_size=12))
def test_nobody_is_told_more_than_once_in_an_interval(states):
    """Whatever happens each minute, and what fires for long enough is told."""
    before, moments, known = None, [], frozenset()
    for minute, (firing, resolved, quiet) in enumerate(states):
        what = Group(NOON, firing, resolved, quiet=quiet)
        decision = grouping.decide(what, before, PACE, at(minute))
        if decision.reason:
            moments.append(minute)
            before = Told(at(minute), firing, resolved)
            known |= firing
        if decision.next_at:
            assert decision.next_at > at(minute)
    assert all(later - sooner >= 5 for sooner, later in pairwise(moments))
