"""What should not have happened in a round that was decided.

Segregation of duties compares sets: whoever made the document with whoever approved any
tier of it, as actor or on behalf of somebody, any with any. Approving the requester's
own, the beneficiary's own and the last editor's own are the same breach.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Any

try:
    from .scales import RISKS
except ImportError:  # outside of its package: python3 -m doctest findings.py
    from scales import RISKS

RISK_ORDER = [value for value, _label in RISKS]


@dataclass(frozen=True)
class Decision:
    """That a tier was approved."""

    level: int
    actor: int
    principal: int
    act: str
    at: datetime
    in_window: bool = True
    limit: Decimal | None = None

    @property
    def persons(self) -> frozenset[int]:
        """Who acted, and in whose name."""
        return frozenset({self.actor, self.principal})


@dataclass(frozen=True)
class Round:
    """A round as far as it was decided."""

    decisions: tuple[Decision, ...] = ()
    skipped: tuple[int, ...] = ()
    makers: frozenset[int] = field(default_factory=frozenset)
    amount: Decimal | None = None
    self_limit: Decimal = Decimal(0)
    risk: str = "low"
    different_persons: bool = True


@dataclass(frozen=True)
class Finding:
    """One breach: its kind, how severe, and the facts it rests on."""

    kind: str
    severity: str
    evidence: dict[str, Any]
    count: int = 1


def judge(round_: Round) -> list[Finding]:
    """Return everything that is to be explained about a round.

    >>> judge(Round((), makers=frozenset({7})))
    []
    """
    return [
        *_self_approval(round_),
        *_same_person(round_),
        *_skipped(round_),
        *_outside_window(round_),
        *_over_limit(round_),
    ]


def _self_approval(round_: Round) -> Iterable[Finding]:
    checkers = frozenset().union(*(one.persons for one in round_.decisions))
    own = sorted(checkers & round_.makers)
    if own:
        below = round_.amount is not None and abs(round_.amount) < round_.self_limit
        severity = "info" if below else _by_risk(round_.risk, "error", "critical")
        evidence = {
            "users": own,
            "levels": sorted(
                {one.level for one in round_.decisions if one.persons & set(own)}
            ),
            "below_limit": below,
            "deciders": sorted(
                frozenset().union(
                    *(one.persons for one in round_.decisions if one.persons & set(own))
                )
            ),
        }
        yield Finding("self_approval", severity, evidence)


def _same_person(round_: Round) -> Iterable[Finding]:
    """Tiers one person passed: in one act that is a bypass, in several a breach."""
    apart, at_once, persons = set(), set(), set()
    for one, other in combinations(round_.decisions, 2):
        common = one.persons & other.persons
        if one.level == other.level or not common:
            continue
        levels = {one.level, other.level}
        if _one_act(one, other):
            at_once |= levels
        elif round_.different_persons:
            apart |= levels
        else:
            continue
        persons |= common
    evidence = {"users": sorted(persons)}
    if apart:
        levels = sorted(apart | at_once)
        yield Finding("same_person", "error", evidence | {"levels": levels})
    elif at_once:
        severity = "warning" if round_.different_persons else "info"
        yield Finding("auto_bypass", severity, evidence | {"levels": sorted(at_once)})


def _one_act(one: Decision, other: Decision) -> bool:
    """Whether two decisions of a person are one act: one transaction, or one second."""
    same_second = one.at.replace(microsecond=0) == other.at.replace(microsecond=0)
    return one.actor == other.actor and (one.act == other.act or same_second)


def _skipped(round_: Round) -> Iterable[Finding]:
    if round_.skipped:
        severity = _by_risk(round_.risk, "error", "critical")
        yield Finding("skipped_tier", severity, {"levels": sorted(round_.skipped)})


def _outside_window(round_: Round) -> Iterable[Finding]:
    outside = [one for one in round_.decisions if not one.in_window]
    if outside:
        risky = RISK_ORDER.index(round_.risk) >= RISK_ORDER.index("medium")
        evidence = {
            "users": sorted({one.actor for one in outside}),
            "levels": sorted({one.level for one in outside}),
            "at": min(one.at for one in outside).isoformat(),
        }
        yield Finding("outside_window", "warning" if risky else "info", evidence)


def _over_limit(round_: Round) -> Iterable[Finding]:
    if round_.amount is None:
        return
    over = [
        one
        for one in round_.decisions
        if one.limit is not None and abs(round_.amount) > one.limit
    ]
    if over:
        evidence = {
            "users": sorted({one.principal for one in over}),
            "limit": str(max(one.limit for one in over)),
            "amount": str(round_.amount),
        }
        yield Finding(
            "over_limit", _by_risk(round_.risk, "error", "critical"), evidence
        )


def _by_risk(risk: str, usual: str, high: str) -> str:
    """Return how severe a breach is where much is at risk, and elsewhere."""
    return high if RISK_ORDER.index(risk) >= RISK_ORDER.index("high") else usual


def is_stale(
    amount: Decimal | None,
    approved: Decimal | None,
    others_changed: bool,
    tolerance: Decimal = Decimal(0),
    decrease_allowed: bool = False,
) -> bool:
    """Return whether an approval does not cover what the document says now.

    :param amount: now, and :param approved: when it was approved, in one currency
    :param others_changed: another material field differs from what was approved
    :param tolerance: how much the amount may differ

    >>> is_stale(Decimal(1400), Decimal(900), False)
    True
    >>> is_stale(Decimal(800), Decimal(900), False, decrease_allowed=True)
    False
    """
    if others_changed or (amount is None) != (approved is None):
        return True
    if amount is None:
        return False
    more = abs(amount) - abs(approved)
    if decrease_allowed and more <= 0 and (amount < 0) == (approved < 0):
        return False
    return abs(amount - approved) > tolerance
