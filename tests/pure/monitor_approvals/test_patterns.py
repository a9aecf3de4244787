from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools.patterns import (
    Burst,
    Decision,
    bursts,
    coupled,
    ping_pong,
    rubber_stamps,
)

NOON = datetime(2026, 1, 5, 12)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
ANA, BOB = 1, 2


def decision(approval, at=NOON, waited=60, act=None, user=ANA):
    """Return a decision at a moment, after so many seconds."""
    since = None if waited is None else at - timedelta(seconds=waited)
    return Decision(approval, user, at, since, act)


def minutes(*moments, user=ANA):
    """Return a decision at each minute, each an act on another approval."""
    return [
        decision(number, NOON + moment * MINUTE, act=f"{user}:{number}", user=user)
        for number, moment in enumerate(moments)
    ]


# Rubber stamps


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(0, True), (4.999999, True), (5, False), (60, False), (-1, False), (None, False)],
)
def test_approved_within_seconds(waited, expected):
    one = decision(7, waited=waited)
    assert rubber_stamps([one], 5) == ([one] if expected else [])


def test_seconds_may_be_parts_of_one_or_none():
    one = decision(7, waited=0.5)
    assert rubber_stamps([one], 0.75) == [one]
    assert rubber_stamps([one], 0.5) == []
    for seconds in (0, -1):
        assert rubber_stamps([decision(7, waited=0)], seconds) == []


def test_a_mass_act_is_no_rubber_stamp():
    alone = decision(9, waited=1, act="b")
    mass = [decision(n, waited=1, act="a") for n in (7, 8)]
    assert rubber_stamps([*mass, alone], 5) == [alone]
    # the act of somebody else is another act
    other = decision(8, waited=1, act="a", user=BOB)
    assert rubber_stamps([mass[0], other], 5) == [mass[0], other]


def test_tiers_in_one_act_are_told_once_and_waited_since_the_first_did():
    read = [decision(7, waited=60, act="a"), decision(7, waited=0, act="a")]
    assert rubber_stamps(read, 5) == []
    fast = [
        Decision(7, ANA, NOON + 2 * MICROSECOND, NOON, "a"),
        Decision(7, ANA, NOON + 1 * MICROSECOND, NOON, "a"),
    ]
    assert rubber_stamps(fast, 5) == [fast[1]]
    partly_known = [decision(7, waited=None, act="a"), decision(7, waited=1, act="a")]
    assert [one.approval for one in rubber_stamps(partly_known, 5)] == [7]
    # a second act, later, is told on its own
    later = decision(7, NOON + 9 * SECOND, waited=1, act="b")
    assert rubber_stamps([*read, later], 5) == [later]


def test_acts_that_are_not_known_are_one_decision_each():
    both = [decision(8, waited=1), decision(7, waited=1)]
    assert rubber_stamps(both, 5) == both[::-1]


def test_in_order_of_time():
    ones = [decision(n, NOON + n * MINUTE, waited=1, act=n) for n in (3, 1, 2)]
    assert rubber_stamps(ones, 5) == [ones[1], ones[2], ones[0]]


# Bursts


def test_a26_a_mass_approval_of_500_in_one_act_is_one_burst():
    act = [decision(n, act="a") for n in range(500, 0, -1)]
    assert bursts(act, 20, 5) == [Burst(ANA, NOON, NOON, tuple(range(1, 501)))]


def test_a_long_act_is_not_divided():
    act = [decision(n, NOON + n * MINUTE, act="a") for n in range(100)]
    (found,) = bursts(act, 20, 5)
    assert found == Burst(ANA, NOON, NOON + 99 * MINUTE, tuple(range(100)))


def test_count_and_time_are_in_it():
    assert len(bursts(minutes(0, 1, 5), 3, 5)) == 1
    assert bursts(minutes(0, 1, 5), 4, 5) == []
    late = minutes(0, 1, 5)
    late[2] = decision(2, NOON + 5 * MINUTE + MICROSECOND, act="x")
    assert bursts(late, 3, 5) == []
    assert len(bursts(minutes(0, 0.25, 0.5), 3, 0.5)) == 1


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ((0, 1, 2), [(0, 1, 2)]),
        ((0, 1, 2, 4, 6), [(0, 1, 2, 3, 4)]),
        ((0, 1, 2, 7, 8, 9), [(0, 1, 2), (3, 4, 5)]),
        ((0, 3, 5, 8, 10), [(0, 1, 2, 3, 4)]),
        ((0, 9, 10, 11, 30), [(1, 2, 3)]),
        ((0, 1, 2, 6, 7, 8), [(0, 1, 2, 3, 4, 5)]),  # 1, 2 and 6 are one, too
        ((0, 3, 6, 9), []),
    ],
)
def test_bursts_are_maximal_and_disjoint(moments, expected):
    found = bursts(minutes(*moments), 3, 5)
    assert [burst.approvals for burst in found] == expected
    for burst in found:
        assert burst.begin == NOON + moments[burst.approvals[0]] * MINUTE
        assert burst.end == NOON + moments[burst.approvals[-1]] * MINUTE


def test_tiers_of_an_approval_count_once():
    tiers = [decision(n % 2, NOON + n * SECOND, act=n) for n in range(6)]
    assert bursts(tiers, 3, 5) == []
    (found,) = bursts(tiers, 2, 5)
    assert found.approvals == (0, 1)
    # until the last of them has left the window
    slow = [decision(a, NOON + m * MINUTE, act=m) for m, a in enumerate("aabc")]
    assert [burst.approvals for burst in bursts(slow, 3, 2)] == [("a", "b", "c")]
    assert bursts(slow, 3, 1) == []


def test_bursts_are_of_one_user():
    both = [*minutes(0, 1, 2, user=BOB), *minutes(0, 1, 2)]
    assert [burst.user for burst in bursts(both, 3, 5)] == [ANA, BOB]
    assert bursts([*minutes(0, 1), *minutes(2, 3, user=BOB)], 3, 5) == []
    act = [decision(n, act="a", user=n % 2) for n in range(4)]
    assert [burst.approvals for burst in bursts(act, 2, 0)] == [(0, 2), (1, 3)]


def test_bursts_are_in_order_of_time():
    both = [*minutes(5, 6, 7), *minutes(0, 1, 2, user=BOB)]
    assert [burst.user for burst in bursts(both, 3, 5)] == [BOB, ANA]


def test_limits_of_bursts():
    assert [len(b.approvals) for b in bursts(minutes(0, 1), 1, 0)] == [1, 1]
    for count in (0, -1):
        assert bursts(minutes(0, 1), count, 5) == []
    assert len(bursts([decision(n) for n in range(3)], 3, -5)) == 1
    assert bursts([], 1, 5) == []


# To and fro


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        ([], []),
        ([1], []),
        ([1, 2], []),
        ([1, 1, 1], []),
        ([1, 2, 3, 1], []),
        ([1, 2, 1], [1]),
        ((1, 2, 1, 2), [1, 2]),
        ([1, 1, 2, 2, 2, 1, 1], [1]),
        ([1, 2, 1, 3, 1], [1, 1]),
        ([4, 1, 2, 3, 2, 4], [2]),
    ],
)
def test_each_return_counts_once(holders, expected):
    assert ping_pong(holders) == expected


# One act


def test_a12_tiers_in_one_act_are_coupled_and_separate_acts_are_not():
    first = decision(7, act="a")
    bypass = decision(7, NOON + 3 * SECOND, act="a")
    assert coupled([bypass, first]) == [(first, bypass)]
    apart = decision(7, NOON + 3 * SECOND, act="b")
    assert coupled([first, apart]) == []


def test_the_same_second_is_one_act():
    first, last = decision(7, act="a"), decision(7, NOON + 0.999999 * SECOND, act="b")
    assert coupled([first, last]) == [(first, last)]
    assert coupled([first, decision(7, NOON + SECOND, act="b")]) == []
    assert coupled([first, decision(7, NOON - MICROSECOND, act="b")]) == []


def test_only_of_one_user_on_one_approval():
    first = decision(7, act="a")
    assert coupled([first, decision(8, act="a")]) == []
    assert coupled([first, decision(7, act="a", user=BOB)]) == []


def test_acts_are_coupled_over_others():
    ones = [
        decision(7, act="a"),
        decision(7, NOON + 5 * SECOND, act="a"),
        decision(7, NOON + 5.5 * SECOND, act="b"),
        decision(7, NOON + 9 * SECOND, act="b"),
        decision(7, NOON + 20 * SECOND, act="c"),
    ]
    assert coupled(ones[::-1]) == [tuple(ones[:4])]


def test_unknown_acts_are_coupled_by_the_second_only():
    ones = [decision(7), decision(7, NOON + 5 * SECOND), decision(7, waited=9)]
    assert {one for group in coupled(ones) for one in group} == {ones[0], ones[2]}


def test_groups_in_order_of_time():
    def pair(approval, seconds):
        at = NOON + seconds * SECOND
        return (decision(approval, at, act="a"), decision(approval, at, act="b"))

    assert coupled([*pair(1, 5), *pair(2, 1), *pair(3, 1)]) == [
        pair(2, 1),
        pair(3, 1),
        pair(1, 5),
    ]


# Any decisions

DECISIONS = st.lists(
    st.builds(
        Decision,
        approval=st.integers(1, 4),
        user=st.integers(1, 2),
        at=st.integers(0, 40).map(lambda n: NOON + n * 0.5 * SECOND),
        actionable_at=st.none() | st.integers(0, 40).map(lambda n: NOON + n * SECOND),
        act=st.none() | st.integers(1, 6),
    ),
    max_size=14,
    unique=True,
)


def is_one_act(one, other):
    """Whether two decisions are one act, directly."""
    if one.user != other.user:
        return False
    if one.act is not None and one.act == other.act:
        return True
    same_second = one.at.replace(microsecond=0) == other.at.replace(microsecond=0)
    return one.approval == other.approval and same_second


def components(items, linked):
    """Merge groups as long as two of them are linked."""
    groups = [{item} for item in items]
    merged = True
    while merged:
        merged = False
        for index, group in enumerate(groups):
            for other in groups[index + 1 :]:
                if any(linked(a, b) for a in group for b in other):
                    group |= other
                    groups.remove(other)
                    merged = True
                    break
    return groups


@given(DECISIONS)
def test_coupled_as_merging_pairs(decisions):
    def linked(one, other):
        return one.approval == other.approval and is_one_act(one, other)

    expected = [group for group in components(decisions, linked) if len(group) > 1]
    found = coupled(decisions)
    assert sorted(map(sorted_by_repr, found)) == sorted(map(sorted_by_repr, expected))
    assert found == coupled(decisions[::-1])


def sorted_by_repr(group):
    return sorted(map(repr, group))


@given(DECISIONS, st.integers(0, 20))
def test_rubber_stamps_as_looking_at_each_act(decisions, seconds):
    expected = []
    for act in components(decisions, is_one_act):
        known = [one.actionable_at for one in act if one.actionable_at]
        waited = known and min(one.at for one in act) - min(known)
        alone = len({one.approval for one in act}) == 1
        if known and alone and timedelta() <= waited < seconds * SECOND:
            expected.append(act)
    found = rubber_stamps(decisions, seconds)
    assert found == rubber_stamps(decisions[::-1], seconds)
    assert len(found) == len(expected)
    for one in found:
        (act,) = (act for act in expected if one in act)
        assert one.at == min(other.at for other in act)
    assert [one.at for one in found] == sorted(one.at for one in found)


@given(DECISIONS, st.integers(1, 4), st.sampled_from([0, 1 / 60, 3 / 60, 0.1]))
def test_bursts_as_looking_at_every_window(decisions, count, span):
    acts = [
        (min(one.at for one in act), frozenset(act))
        for act in components(decisions, is_one_act)
    ]
    windows = []
    for begin, first in acts:
        (user,) = {one.user for one in first}
        end = begin + span * MINUTE
        window = {
            one
            for moment, act in acts
            for one in act
            if begin <= moment <= end and one.user == user
        }
        if len({one.approval for one in window}) >= count:
            windows.append(frozenset(window))
    expected = {
        (
            min(one.user for one in burst),
            min(one.at for one in burst),
            max(one.at for one in burst),
            frozenset(one.approval for one in burst),
        )
        for group in components(set(windows), lambda one, other: one & other)
        for burst in [frozenset().union(*group)]
    }
    found = bursts(decisions, count, span)
    assert found == bursts(decisions[::-1], count, span)
    assert {(b.user, b.begin, b.end, frozenset(b.approvals)) for b in found} == expected
    assert len(found) == len(expected)
    for burst in found:
        assert len(set(burst.approvals)) == len(burst.approvals) >= count
    for one, other in pairwise(found):
        assert (one.begin, one.user) < (other.begin, other.user)
