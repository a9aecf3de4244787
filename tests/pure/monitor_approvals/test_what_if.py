"""What another version of a policy would have said."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools.definition import (
    Definition,
    TierRule,
    expected_tiers,
)
from odoo.addons.monitor_approvals.tools.findings import Decision, Round
from odoo.addons.monitor_approvals.tools.what_if import Difference, Past, compare

NOON = datetime(2026, 3, 2, 12)
THOUSAND = Definition(tiers=(TierRule(1), TierRule(2, amount_from=Decimal(1000))))


def decision(level, actor, act="a"):
    return Decision(level, actor, actor, act, NOON.replace(minute=level))


def past(*levels, amount=500, **values):
    return Past(frozenset(levels), Decimal(amount), **values)


def test_the_same_says_nothing():
    difference = compare(past(1), THOUSAND)
    assert difference == Difference()
    assert not difference


def test_tiers_asked_as_well_and_not_at_all():
    assert compare(past(1, amount=1000), THOUSAND) == Difference(added=(2,))
    assert compare(past(1, 2, 3), THOUSAND) == Difference(removed=(2, 3))
    assert compare(past(1, 2), THOUSAND)


@pytest.mark.parametrize(
    ("rule", "values", "asked"),
    [
        (TierRule(2, risk_from="high"), {"risk": "high"}, True),
        (TierRule(2, risk_from="high"), {"risk": "low"}, False),
        (TierRule(2, department="Sales"), {"department": "Sales"}, True),
        (TierRule(2, department="Sales"), {"department": None}, False),
        (TierRule(2, amount_from=Decimal(9)), {"amount": None}, True),
    ],
)
def test_all_that_a_tier_asks_for(rule, values, asked):
    one = replace(past(1), **values)
    difference = compare(one, Definition(tiers=(TierRule(1), rule)))
    assert difference.added == ((2,) if asked else ())


def test_one_s_own_below_another_limit_is_the_same_kind():
    own = Round((decision(1, 7),), makers=frozenset({7}), amount=Decimal(500))
    other = replace(THOUSAND, self_limit=Decimal(600))
    assert not compare(past(1, round=own), other)


def test_persons_that_would_have_to_differ():
    one = Round((decision(1, 7, "a"), decision(2, 7, "b")), different_persons=False)
    rules = Definition(tiers=(TierRule(1), TierRule(2)))
    assert compare(past(1, 2, round=one), rules).raised == ("same_person",)
    same = replace(one, different_persons=True)
    free = replace(rules, different_persons=False)
    assert compare(past(1, 2, round=same), free).cleared == ("same_person",)


def test_what_is_not_asked_was_not_skipped_and_not_decided():
    skipped = Round((decision(1, 7),), skipped=(2,))
    difference = compare(past(1, 2, round=skipped), THOUSAND)
    assert difference == Difference(removed=(2,), cleared=("skipped_tier",))
    own = Round((decision(2, 7),), makers=frozenset({7}))
    difference = compare(past(1, 2, round=own), THOUSAND)
    assert difference == Difference(removed=(2,), cleared=("self_approval",))


def test_what_is_still_asked_was_skipped():
    skipped = Round((decision(1, 7),), skipped=(2,))
    assert not compare(past(1, 2, amount=1000, round=skipped), THOUSAND)


LEVELS = st.frozensets(st.integers(1, 4))
RULES = st.builds(
    lambda levels, limits: Definition(
        tiers=tuple(
            TierRule(level, amount_from=limit)
            for level, limit in zip(sorted(levels), limits, strict=False)
        )
    ),
    LEVELS,
    st.lists(st.one_of(st.none(), st.decimals(0, 100, places=0)), min_size=4),
)


@given(RULES, st.decimals(0, 100, places=0))
def test_a_definition_compared_with_itself(rules, amount):
    levels = frozenset(tier.level for tier in expected_tiers(rules, amount))
    assert not compare(Past(levels, amount), rules)


@given(LEVELS, RULES, st.decimals(0, 100, places=0))
def test_added_and_removed_make_up_the_other(levels, rules, amount):
    difference = compare(Past(levels, amount), rules)
    now = (levels | set(difference.added)) - set(difference.removed)
    assert now == {tier.level for tier in expected_tiers(rules, amount)}
    assert not set(difference.added) & levels
    assert set(difference.removed) <= levels
    assert difference.added == tuple(sorted(difference.added))
