from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools.delegation import (
    MAX_HOPS,
    Case,
    Delegation,
    acting_for,
    applies,
    conflict,
    deputies,
)

FROM, TO = datetime(2026, 5, 1), datetime(2026, 5, 8)
NOON = datetime(2026, 5, 4, 12)
MICROSECOND = timedelta(microseconds=1)
ORDER = Case("purchase.order", Decimal(4000), company=1)
#: Users by the names that the scenarios give them.
A, B, C, R = 1, 2, 3, 4


def delegation(ident, from_user, to_user, **values):
    return Delegation(ident, from_user, to_user, FROM, TO, **values)


def chain(*users):
    """Return delegations from each user to the next one, with ids from 1 on."""
    pairs = zip(users, users[1:], strict=False)
    return [delegation(n, one, other) for n, (one, other) in enumerate(pairs, 1)]


def test_a7_on_leave():
    week = [delegation(7, B, C, max_amount=Decimal(5000))]
    small, large = ORDER, replace(ORDER, amount=Decimal(6000))
    assert acting_for(C, NOON, small, week) == {B: (7,)}
    assert deputies(B, NOON, small, week) == {C: (7,)}
    assert acting_for(C, NOON, large, week) == {}
    assert deputies(B, NOON, large, week) == {}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (FROM - MICROSECOND, {}),
        (FROM, {B: (1,)}),
        (TO - MICROSECOND, {B: (1,)}),
        (TO, {}),
    ],
)
def test_a8_the_end_is_not_in_it(moment, expected):
    assert acting_for(C, moment, ORDER, chain(B, C)) == expected


def test_a8_a_cycle_terminates():
    circle = chain(A, B, A)
    for hops in (1, 5, 1000):
        assert acting_for(A, NOON, ORDER, circle, hops) == {B: (2,)}
        assert acting_for(B, NOON, ORDER, circle, hops) == {A: (1,)}
        assert deputies(A, NOON, ORDER, circle, hops) == {B: (1,)}
    assert acting_for(A, NOON, ORDER, circle[:1]) == {}


def test_a8_six_hops_stop_at_the_fifth():
    six_hops = chain(10, 11, 12, 13, 14, 15, 16)
    assert MAX_HOPS == 5
    assert acting_for(16, NOON, ORDER, six_hops) == {
        15: (6,),
        14: (6, 5),
        13: (6, 5, 4),
        12: (6, 5, 4, 3),
        11: (6, 5, 4, 3, 2),
    }
    assert list(deputies(10, NOON, ORDER, six_hops)) == [11, 12, 13, 14, 15]
    assert acting_for(16, NOON, ORDER, six_hops, hops=6)[10] == (6, 5, 4, 3, 2, 1)


def test_a9_the_delegate_is_the_requester():
    case = replace(ORDER, makers=frozenset({R, 9}))
    assert acting_for(R, NOON, case, chain(B, R)) == {B: (1,)}
    assert conflict(R, B, case) == "maker"
    assert conflict(C, B, case) is None


def test_who_decides_for_a_maker_is_in_conflict_too():
    case = replace(ORDER, makers=frozenset({B}))
    assert conflict(C, B, case) == "maker"
    assert conflict(C, A, case) is None
    assert conflict(C, B, ORDER) is None


@pytest.mark.parametrize(
    ("scope", "case", "expected"),
    [
        ({}, {}, True),
        ({}, {"model": "hr.expense", "amount": None, "company": None}, True),
        ({"models": frozenset({"purchase.order"})}, {}, True),
        ({"models": frozenset({"hr.expense", "purchase.order"})}, {}, True),
        ({"models": frozenset({"hr.expense"})}, {}, False),
        ({"company": 1}, {}, True),
        ({"company": 2}, {}, False),
        ({"company": 1}, {"company": None}, False),
        ({"max_amount": Decimal(5000)}, {}, True),
        ({"max_amount": Decimal(5000)}, {"amount": Decimal("5000.00")}, True),
        ({"max_amount": Decimal(5000)}, {"amount": Decimal("5000.01")}, False),
        ({"max_amount": Decimal(5000)}, {"amount": Decimal("-5000.00")}, True),
        ({"max_amount": Decimal(5000)}, {"amount": Decimal("-5000.01")}, False),
        ({"max_amount": Decimal(5000)}, {"amount": None}, False),
        ({"max_amount": Decimal(5000)}, {"amount": Decimal("NaN")}, False),
        ({"max_amount": Decimal(5000)}, {"amount": Decimal("-Infinity")}, False),
        ({"max_amount": Decimal(0)}, {"amount": Decimal(0)}, True),
        ({"max_amount": Decimal(0)}, {"amount": Decimal("0.01")}, False),
        ({"max_amount": None}, {"amount": Decimal(10**12)}, True),
    ],
)
def test_scope(scope, case, expected):
    assert applies(delegation(1, B, C, **scope), NOON, replace(ORDER, **case)) is (
        expected
    )


def test_each_delegation_on_the_way_has_to_hold():
    way = chain(A, B, C)
    assert acting_for(C, NOON, ORDER, way) == {B: (2,), A: (2, 1)}
    way[0] = replace(way[0], max_amount=Decimal(3000))
    assert acting_for(C, NOON, ORDER, way) == {B: (2,)}
    assert deputies(A, NOON, ORDER, way) == {}
    way[0] = replace(way[0], max_amount=None, date_to=NOON)
    assert acting_for(C, NOON, ORDER, way) == {B: (2,)}


def test_the_shortest_way_and_then_the_lowest_ids():
    """From A over B or over R to C; and directly, later."""
    ways = [
        delegation(4, A, B),
        delegation(1, B, C),
        delegation(3, A, R),
        delegation(2, R, C),
        delegation(5, R, C),
    ]
    assert acting_for(C, NOON, ORDER, ways) == {B: (1,), R: (2,), A: (1, 4)}
    assert deputies(A, NOON, ORDER, ways) == {R: (3,), B: (4,), C: (3, 2)}
    direct = [*ways, delegation(9, A, C)]
    assert acting_for(C, NOON, ORDER, direct)[A] == (9,)
    assert list(acting_for(C, NOON, ORDER, direct)) == [B, R, A]


def test_nobody_acts_for_themselves():
    assert acting_for(A, NOON, ORDER, chain(A, A)) == {}
    assert deputies(A, NOON, ORDER, [*chain(A, A), delegation(5, A, B)]) == {B: (5,)}


def test_without_delegations_or_hops():
    assert acting_for(A, NOON, ORDER, []) == {}
    assert acting_for(C, NOON, ORDER, chain(A, B, C), hops=0) == {}
    assert acting_for(C, NOON, ORDER, chain(A, B, C), hops=1) == {B: (2,)}
    assert deputies(A, NOON, ORDER, chain(A, B, C), hops=1) == {B: (1,)}
    for reached, user in ((acting_for, 19), (deputies, 0)):
        assert len(reached(user, NOON, ORDER, chain(*range(20)))) == MAX_HOPS


def test_delegations_may_be_an_iterator():
    assert deputies(A, NOON, ORDER, iter(chain(A, B, C))) == {B: (1,), C: (1, 2)}


USERS = range(1, 6)
CASES = st.builds(
    Case,
    model=st.sampled_from(["purchase.order", "hr.expense"]),
    amount=st.none() | st.decimals(-9, 9, places=0),
    company=st.sampled_from([None, 1, 2]),
)
HOURS = st.integers(-2, 2).map(lambda n: NOON + timedelta(hours=n))
LINKS = st.lists(
    st.builds(
        delegation,
        st.integers(1, 99),
        st.sampled_from(USERS),
        st.sampled_from(USERS),
        models=st.frozensets(st.sampled_from(["purchase.order", "sale.order"])),
        max_amount=st.none() | st.decimals(0, 9, places=0),
        company=st.sampled_from([None, 1]),
    )
    # most apply, so that ways are long
    | st.builds(
        delegation,
        st.integers(1, 99),
        st.sampled_from(USERS),
        st.sampled_from(USERS),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


def all_ways(user, links, case, hops):
    """Return ``{reached: ways}`` by trying every order of users, without repetition."""
    found = {}
    for length in range(1, hops + 1):
        for way in permutations([u for u in USERS if u != user], length):
            stops = (user, *way)
            paths = [()]
            for near, far in zip(stops, stops[1:], strict=False):
                paths = [
                    (*path, one.id)
                    for path in paths
                    for one in links
                    if (one.to_user, one.from_user) == (near, far) and holds(one, case)
                ]
            found.setdefault(way[-1], []).extend(paths)
    return {reached: ways for reached, ways in found.items() if ways}


def holds(one, case):
    if one.models and case.model not in one.models:
        return False
    if one.company and one.company != case.company:
        return False
    if one.max_amount is None:
        return True
    return case.amount is not None and abs(case.amount) <= one.max_amount


@given(st.sampled_from(USERS), LINKS, CASES, st.integers(0, 5))
def test_as_a_search_of_all_ways(user, links, case, hops):
    expected = {
        reached: min(ways, key=lambda way: (len(way), way))
        for reached, ways in all_ways(user, links, case, hops).items()
    }
    assert acting_for(user, NOON, case, links, hops) == expected
    assert acting_for(user, NOON, case, links[::-1], hops) == expected


@given(LINKS, CASES, st.integers(0, 5))
def test_who_acts_for_whom_is_the_deputy_of_whom(links, case, hops):
    acting = {
        (user, principal, len(way))
        for user in USERS
        for principal, way in acting_for(user, NOON, case, links, hops).items()
    }
    deputy = {
        (delegate, user, len(way))
        for user in USERS
        for delegate, way in deputies(user, NOON, case, links, hops).items()
    }
    assert acting == deputy


@given(LINKS, HOURS, HOURS, HOURS)
def test_nothing_holds_outside_of_its_time(links, begin, end, now):
    case = Case("purchase.order")
    timed = [replace(one, date_from=begin, date_to=end) for one in links]
    expected = acting_for(A, NOON, case, links) if begin <= now < end else {}
    assert acting_for(A, now, case, timed) == expected
