"""A policy as plain data: its tiers by amount, risk and department."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools import definition
from odoo.addons.monitor_approvals.tools.definition import Definition, Term, TierRule

WHOLE = Definition(
    mode="decide",
    parallel=True,
    inclusive=False,
    different_persons=False,
    self_limit=Decimal(500),
    window="company",
    warn=Term(4, "hours"),
    due=Term(8, "working_hours"),
    escalate=Term(2, "working_days"),
    materials=("partner_id", "order_line.price_unit"),
    decrease_allowed=True,
    tolerance=Decimal("0.5"),
    risk_rules=(("high", Decimal(9000), "[]"), ("medium", None, "[('a', '=', 1)]")),
    tiers=(
        TierRule(
            level=1,
            name="Buyer",
            amount_from=Decimal("10.50"),
            amount_to=Decimal(1000),
            risk_from="medium",
            department="Sales",
            approver="group",
            users=(3, 4),
            group=7,
            path="user_id",
            role="process_owner",
            quorum="count",
            count=2,
            domain="[]",
            warn=Term(1, "days"),
            due=Term(2, "days"),
            escalate=Term(3, "days"),
        ),
        TierRule(level=2),
    ),
    sources={"model": "purchase.order"},
)


def test_nothing_is_lost_on_the_way():
    assert definition.load(definition.dump(WHOLE)) == WHOLE
    assert definition.load(definition.dump(Definition())) == Definition()


def test_what_a_version_does_not_say_is_the_default():
    assert definition.load("{}") == Definition()
    assert definition.load('{"tiers": [{"level": 3}]}').tiers == (TierRule(3),)


def test_equal_policies_are_equal_texts():
    same = replace(
        WHOLE,
        self_limit=Decimal("500.00"),
        sources=dict(reversed(WHOLE.sources.items())),
    )
    assert definition.dump(same) == definition.dump(WHOLE)
    assert definition.dump(WHOLE) == json.dumps(
        json.loads(definition.dump(WHOLE)), sort_keys=True, separators=(",", ":")
    )
    assert definition.dump(replace(WHOLE, self_limit=Decimal(501))) != definition.dump(
        WHOLE
    )


def test_big_amounts_are_written_in_full():
    assert '"self_limit":"500000"' in definition.dump(
        Definition(self_limit=Decimal("5E5"))
    )


def tiers(amount, policy, **values):
    found = definition.expected_tiers(policy, amount, **values)
    return [tier.level for tier in found]


BANDS = Definition(
    tiers=(
        TierRule(3, amount_from=Decimal(5000)),
        TierRule(1, amount_to=Decimal(1000)),
        TierRule(2, amount_from=Decimal(1000), amount_to=Decimal(5000)),
    )
)


@pytest.mark.parametrize(
    ("amount", "inclusive", "exclusive"),
    [
        ("0", [1], [1]),
        ("999.99", [1], [1]),
        ("1000", [2], [1]),
        ("1000.01", [2], [2]),
        ("4999.99", [2], [2]),
        ("5000", [3], [2]),
        ("5000.01", [3], [3]),
        ("-1000", [2], [1]),
        ("-6000", [3], [3]),
    ],
)
def test_bands_are_half_open(amount, inclusive, exclusive):
    assert tiers(Decimal(amount), BANDS) == inclusive
    assert tiers(Decimal(amount), replace(BANDS, inclusive=False)) == exclusive


def test_an_amount_that_is_not_known_asks_all():
    assert tiers(None, BANDS) == [1, 2, 3]


def test_risk_and_department():
    policy = Definition(
        tiers=(
            TierRule(1),
            TierRule(2, risk_from="high"),
            TierRule(3, department="Sales"),
        )
    )
    assert tiers(Decimal(1), policy) == [1]
    assert tiers(Decimal(1), policy, risk="medium") == [1]
    assert tiers(Decimal(1), policy, risk="high") == [1, 2]
    assert tiers(Decimal(1), policy, risk="critical", department="Sales") == [1, 2, 3]
    assert tiers(Decimal(1), policy, department="IT") == [1]


@given(st.decimals(min_value=-9000, max_value=9000, places=2), st.booleans())
def test_exactly_one_of_adjoining_bands_applies(amount, inclusive):
    assert len(tiers(amount, replace(BANDS, inclusive=inclusive))) == 1


@pytest.mark.parametrize(
    ("amount", "band"),
    [
        (None, ""),
        (Decimal(0), "0-1000"),
        (Decimal(999), "0-1000"),
        (Decimal(1000), "1000-5000"),
        (Decimal(-1500), "1000-5000"),
        (Decimal(5000), "5000+"),
    ],
)
def test_value_bands(amount, band):
    assert definition.band(BANDS.tiers, amount) == band


def test_without_bounds_there_is_one_band():
    assert definition.band((TierRule(1),), Decimal(70)) == "0+"


def test_the_tier_s_own_times_come_first():
    warn, due, escalate = definition.terms(WHOLE, WHOLE.tiers[0])
    assert (warn, due, escalate) == (Term(1, "days"), Term(2, "days"), Term(3, "days"))
    assert definition.terms(WHOLE, WHOLE.tiers[1]) == (
        WHOLE.warn,
        WHOLE.due,
        WHOLE.escalate,
    )
    assert definition.terms(WHOLE, None)[1] == WHOLE.due
    assert definition.NEVER == Term(-1.0, "working_hours")


GOOD = TierRule(1, users=(1,))


@pytest.mark.parametrize(
    ("policy", "problems"),
    [
        (Definition(), ["no_tier"]),
        (Definition(tiers=(GOOD,)), []),
        (Definition(tiers=(GOOD, GOOD)), ["same_level"]),
        (Definition(tiers=(GOOD, GOOD), parallel=True), []),
        (
            Definition(
                tiers=(replace(GOOD, amount_from=Decimal(5), amount_to=Decimal(5)),)
            ),
            ["empty_band"],
        ),
        (
            Definition(
                tiers=(replace(GOOD, amount_from=Decimal(4), amount_to=Decimal(5)),)
            ),
            [],
        ),
        (Definition(tiers=(replace(GOOD, quorum="count", count=0),)), ["no_quorum"]),
        (Definition(tiers=(replace(GOOD, quorum="count", count=1),)), []),
        (Definition(tiers=(replace(GOOD, quorum="count", count=2),)), ["too_few"]),
        (
            Definition(
                tiers=(replace(GOOD, quorum="count", count=2, approver="group"),)
            ),
            [],
        ),
        (Definition(tiers=tuple(replace(GOOD, level=n) for n in range(5))), []),
        (
            Definition(tiers=tuple(replace(GOOD, level=n) for n in range(6))),
            ["long_chain"],
        ),
    ],
)
def test_what_makes_a_policy_unfit(policy, problems):
    assert definition.problems(policy) == problems
