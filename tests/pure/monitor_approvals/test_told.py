"""What a document says itself of the tiers that decide on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools.told import (
    STATES,
    ToldTier,
    asked_anew,
    in_parallel,
    passed,
    read,
)

KEYS = st.one_of(st.none(), st.integers(1, 5))
TOLD = st.fixed_dictionaries(
    {"state": st.sampled_from(STATES)},
    optional={
        "key": KEYS,
        "name": st.text(max_size=5),
        "users": st.lists(st.integers(1, 9), max_size=3),
        "by": KEYS,
    },
)
LEVELS = st.integers(1, 12).map(str)
RICH = st.dictionaries(LEVELS, TOLD, max_size=4)
PLAIN = st.dictionaries(LEVELS, st.booleans(), max_size=4)


def test_all_it_tells():
    raw = {"state": "approved", "name": "Boss", "users": [3, 4], "by": 3, "key": 9}
    assert read({"2": raw}) == (ToldTier(2, "approved", "Boss", (3, 4), 3, 9),)


def test_what_is_not_told():
    raw = {"state": None, "name": None, "users": None, "by": None, "key": None}
    assert read({"1": raw}) == read({"1": {}}) == (ToldTier(1),)
    assert ToldTier(1).state == "waiting"


@pytest.mark.parametrize("raw", [None, {}, {"1": True}, {"1": None}, {"1": 5}])
def test_nothing_of_this_is_a_tier(raw):
    assert read(raw) == ()


@given(RICH)
def test_by_level_as_numbers(raw):
    levels = [tier.level for tier in read(raw)]
    assert levels == sorted(map(int, raw))


def test_ten_comes_after_two():
    assert [tier.level for tier in read({"10": {}, "2": {}})] == [2, 10]


@given(RICH, RICH)
def test_what_an_adapter_tells_counts_as_it_is(raw, before):
    approved = {int(one) for one, told in raw.items() if told["state"] == "approved"}
    assert passed(raw, before) == approved


@given(PLAIN, PLAIN)
def test_plain_levels_pass_once(raw, before):
    news = {int(one) for one, is_so in raw.items() if is_so and not before.get(one)}
    assert passed(raw, before) == news


def test_nothing_known_before():
    assert passed({"1": True}, None) == {1}
    assert passed(None, None) == frozenset()


@given(RICH)
def test_the_same_is_not_anew(raw):
    assert not asked_anew(raw, raw)


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        ([4, 5], [1, 2], True),
        ([4, 5], [4, 5], False),
        ([2, 3], [1, 2], False),  # one of them is the same
        ([4], [], False),  # nobody was asked before
        ([], [4], False),  # nobody is asked any more
        ([None], [4], False),
        ([4], [None], False),
        ([None, 4], [None, 3], True),
    ],
)
def test_asked_anew(now, then, expected):
    told = [
        {str(level): {"key": key} for level, key in enumerate(keys, 1)}
        for keys in (now, then)
    ]
    assert asked_anew(*told) is expected


def test_plain_levels_are_never_anew():
    assert asked_anew({"1": True}, {"1": False}) is False
    assert asked_anew(None, None) is False


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["pending", "waiting"], False),
        (["pending", "pending"], True),
        (["approved", "approved", "pending"], False),
        ([], False),
    ],
)
def test_in_parallel(states, expected):
    tiers = tuple(ToldTier(level, state) for level, state in enumerate(states, 1))
    assert in_parallel(tiers) is expected
