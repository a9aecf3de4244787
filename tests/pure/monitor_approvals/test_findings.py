"""What should not have happened in a round."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools import findings
from odoo.addons.monitor_approvals.tools.findings import Decision, Round

NOON = datetime(2026, 3, 2, 12)


def decided(level, actor, principal=None, act=None, minutes=0, **values):
    at = NOON + timedelta(minutes=minutes)
    return Decision(
        level, actor, principal or actor, act or f"a{minutes}", at, **values
    )


def found(*decisions, **values):
    return {one.kind: one for one in findings.judge(Round(tuple(decisions), **values))}


def test_nothing_to_find():
    assert not found(decided(1, 1), decided(2, 2, minutes=1), makers=frozenset({9}))


@pytest.mark.parametrize(("actor", "principal"), [(9, 9), (9, 1), (1, 9)])
def test_makers_and_checkers_any_with_any(actor, principal):
    one = found(
        decided(1, 5), decided(2, actor, principal, minutes=1), makers=frozenset({8, 9})
    )["self_approval"]
    assert one.evidence == {
        "users": [9],
        "levels": [2],
        "below_limit": False,
        "deciders": sorted({actor, principal}),  # who stood in, too; not the others
    }
    assert (one.severity, one.count) == ("error", 1)


@pytest.mark.parametrize(
    ("amount", "risk", "severity"),
    [
        (Decimal("499.99"), "low", "info"),
        (Decimal("-499.99"), "critical", "info"),
        (Decimal(500), "low", "error"),
        (Decimal(500), "medium", "error"),
        (Decimal(500), "high", "critical"),
        (Decimal(500), "critical", "critical"),
        (None, "low", "error"),
    ],
)
def test_small_ones_are_only_noted(amount, risk, severity):
    one = found(
        decided(1, 9),
        makers=frozenset({9}),
        amount=amount,
        self_limit=Decimal(500),
        risk=risk,
    )["self_approval"]
    assert one.severity == severity
    assert one.evidence["below_limit"] == (severity == "info")


def test_the_same_person_on_two_tiers():
    one = found(decided(1, 1), decided(2, 1, minutes=5))["same_person"]
    assert one.severity == "error"
    assert one.evidence == {"users": [1], "levels": [1, 2]}
    assert not found(decided(1, 1), decided(2, 1, minutes=5), different_persons=False)


def test_two_signatures_on_one_tier_are_no_breach():
    assert not found(decided(1, 1), decided(1, 1, minutes=5))


def test_in_one_act_it_is_a_bypass():
    decisions = (decided(1, 1, act="x"), decided(2, 1, act="x", minutes=5))
    one = found(*decisions)["auto_bypass"]
    assert one.severity == "warning"
    assert one.evidence == {"users": [1], "levels": [1, 2]}
    assert found(*decisions, different_persons=False)["auto_bypass"].severity == "info"
    assert set(found(*decisions)) == {"auto_bypass"}


def test_within_one_second_too():
    one = decided(1, 1, act="x")
    same = replace(one, level=2, act="y", at=one.at + timedelta(milliseconds=999))
    later = replace(one, level=2, act="y", at=one.at + timedelta(seconds=1))
    assert set(found(one, same)) == {"auto_bypass"}
    assert set(found(one, later)) == {"same_person"}


def test_for_somebody_is_a_person_too():
    one = found(decided(1, 1), decided(2, 3, 1, minutes=5))["same_person"]
    assert one.evidence["users"] == [1]
    # two people at the same second are no single act
    at_once = (decided(1, 1, act="x"), decided(2, 3, 1, act="x"))
    assert set(found(*at_once)) == {"same_person"}


def test_one_finding_for_three_tiers():
    decisions = (
        decided(1, 1, act="x"),
        decided(2, 1, act="x"),
        decided(3, 1, minutes=9),
    )
    one = found(*decisions)
    assert set(one) == {"same_person"}
    assert one["same_person"].evidence["levels"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("risk", "severity"), [("low", "error"), ("medium", "error"), ("high", "critical")]
)
def test_a_tier_nobody_decided(risk, severity):
    one = found(skipped=(3, 2), risk=risk)["skipped_tier"]
    assert (one.severity, one.evidence) == (severity, {"levels": [2, 3]})


@pytest.mark.parametrize(
    ("risk", "severity"), [("low", "info"), ("medium", "warning"), ("high", "warning")]
)
def test_outside_of_hours(risk, severity):
    one = found(
        decided(2, 4, minutes=7, in_window=False),
        decided(1, 3, minutes=5, in_window=False),
        decided(3, 5, minutes=1),
        risk=risk,
    )["outside_window"]
    assert one.severity == severity
    assert one.evidence == {
        "users": [3, 4],
        "levels": [1, 2],
        "at": "2026-03-02T12:05:00",
    }


@pytest.mark.parametrize(
    ("amount", "risk", "severity"),
    [
        (Decimal(1000), "low", None),
        (Decimal("1000.01"), "low", "error"),
        (Decimal(-2000), "high", "critical"),
        (None, "low", None),
    ],
)
def test_over_the_limit(amount, risk, severity):
    one = found(
        decided(1, 3, 2, limit=Decimal(1000)),
        decided(2, 4, minutes=3, limit=Decimal(5000)),
        decided(3, 5, minutes=9),
        amount=amount,
        risk=risk,
    ).get("over_limit")
    assert (one and one.severity) == severity
    if one:
        assert one.evidence == {
            "users": [2],
            "limit": "1000",
            "amount": str(amount),
        }


def test_the_highest_limit_that_was_passed_is_told():
    one = found(
        decided(1, 3, limit=Decimal(10)),
        decided(2, 4, minutes=3, limit=Decimal(50)),
        amount=Decimal(60),
    )["over_limit"]
    assert one.evidence["limit"] == "50"
    assert one.evidence["users"] == [3, 4]


@pytest.mark.parametrize(
    ("amount", "approved", "others", "tolerance", "decrease", "stale"),
    [
        ("900", "900", False, 0, False, False),
        ("1400", "900", False, 0, False, True),
        ("1400", "900", False, 500, False, False),
        ("1400.01", "900", False, 500, False, True),
        ("800", "900", False, 0, False, True),
        ("800", "900", False, 0, True, False),
        ("900", "900", False, 0, True, False),
        ("1000", "900", False, 0, True, True),
        ("-800", "900", False, 0, True, True),
        ("-800", "-900", False, 0, True, False),
        ("-1000", "-900", False, 0, True, True),
        ("900", "900", True, 500, True, True),
        (None, None, False, 0, False, False),
        (None, None, True, 0, False, True),
        (None, "900", False, 0, False, True),
        ("900", None, False, 0, False, True),
    ],
)
def test_what_an_approval_still_covers(
    amount, approved, others, tolerance, decrease, stale
):
    amounts = [None if one is None else Decimal(one) for one in (amount, approved)]
    assert findings.is_stale(*amounts, others, Decimal(tolerance), decrease) is stale


def test_by_default_nothing_is_tolerated():
    assert findings.is_stale(Decimal("0.01"), Decimal(0), False)
    assert findings.is_stale(Decimal(1), Decimal(2), False)


PERSONS = st.integers(1, 4)
DECISIONS = st.lists(
    st.builds(
        lambda level, actor, principal, act: decided(
            level, actor, principal, f"a{act}", act
        ),
        st.integers(1, 3),
        PERSONS,
        PERSONS,
        st.integers(0, 3),
    ),
    max_size=5,
)


@given(DECISIONS, st.frozensets(PERSONS), st.booleans())
def test_self_approval_is_an_intersection_of_sets(decisions, makers, different):
    round_ = Round(tuple(decisions), makers=makers, different_persons=different)
    kinds = {one.kind for one in findings.judge(round_)}
    persons = {p for one in decisions for p in (one.actor, one.principal)}
    assert ("self_approval" in kinds) == bool(persons & makers)
    apart = any(
        {a.actor, a.principal} & {b.actor, b.principal}
        and a.level != b.level
        and (a.actor != b.actor or a.act != b.act)
        for a in decisions
        for b in decisions
    )
    assert ("same_person" in kinds) == (apart and different)
