"""A policy as it was at a moment: what is approved, by whom, within what time.

Kept as canonical JSON with each version, because a policy that is edited never changes
what was requested before. Amounts are those of the policy's company currency.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

try:
    from .scales import RISKS
except ImportError:  # outside of its package: python3 -m doctest definition.py
    from scales import RISKS

RISK_ORDER = [value for value, _label in RISKS]


@dataclass(frozen=True)
class Term:
    """A time such as "8 working hours"; a negative amount means never."""

    amount: float = -1.0
    unit: str = "working_hours"


NEVER = Term()


@dataclass(frozen=True)
class TierRule:
    """One tier of a policy: whose decision is asked, for which amounts and risks."""

    level: int
    name: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    risk_from: str = "low"
    department: str | None = None
    approver: str = "users"
    users: tuple[int, ...] = ()
    group: int | None = None
    path: str | None = None
    role: str | None = None
    quorum: str = "one"
    count: int = 1
    domain: str | None = None
    #: Group whose members may decide elsewhere, too, without being asked.
    also: int | None = None
    warn: Term | None = None
    due: Term | None = None
    escalate: Term | None = None


@dataclass(frozen=True)
class Definition:
    """All of a policy that decides about a request."""

    mode: str = "observe"
    parallel: bool = False
    inclusive: bool = True
    different_persons: bool = True
    self_limit: Decimal = Decimal(0)
    window: str = "none"
    warn: Term = NEVER
    due: Term = NEVER
    escalate: Term = NEVER
    materials: tuple[str, ...] = ()
    decrease_allowed: bool = False
    tolerance: Decimal = Decimal(0)
    risk_rules: tuple[tuple[str, Decimal | None, str | None], ...] = ()
    tiers: tuple[TierRule, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def load(text: str) -> Definition:
    """Return the definition that :func:`dump` wrote.

    >>> load(dump(Definition(tiers=(TierRule(1, amount_from=Decimal(5)),)))).tiers
    (TierRule(level=1, name='', amount_from=Decimal('5'), ...
    """
    raw = json.loads(text)
    tiers = tuple(_tier(tier) for tier in raw.pop("tiers", ()))
    rules = tuple(
        (risk, _amount(amount), domain)
        for risk, amount, domain in raw.pop("risk_rules", ())
    )
    for name in ("warn", "due", "escalate"):
        raw[name] = _term(raw.get(name)) or NEVER
    for name in ("self_limit", "tolerance"):
        raw[name] = _amount(raw.get(name)) or Decimal(0)
    raw["materials"] = tuple(raw.get("materials", ()))
    return Definition(tiers=tiers, risk_rules=rules, **raw)


def dump(definition: Definition) -> str:
    """Return it as canonical JSON: equal definitions are equal texts."""
    return json.dumps(definition, default=_plain, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # 5000, 5000.0 and 5E+3 are one amount
        return format(value.normalize(), "f")
    return dict(vars(value))


def _tier(raw: dict) -> TierRule:
    for name in ("amount_from", "amount_to"):
        raw[name] = _amount(raw.get(name))
    for name in ("warn", "due", "escalate"):
        raw[name] = _term(raw.get(name))
    raw["users"] = tuple(raw.get("users", ()))
    return TierRule(**raw)


def _term(raw: dict | None) -> Term | None:
    return None if raw is None else Term(**raw)


def _amount(raw: str | None) -> Decimal | None:
    return None if raw is None else Decimal(raw)


def expected_tiers(
    definition: Definition,
    amount: Decimal | None,
    risk: str = "low",
    department: str | None = None,
) -> tuple[TierRule, ...]:
    """Return the tiers that have to decide, by level.

    An amount is taken without its sign: a credit of 6,000 is 6,000. Of an amount
    that is not known every band applies.

    >>> policy = Definition(tiers=(TierRule(1), TierRule(2, amount_from=Decimal(1000))))
    >>> [tier.level for tier in expected_tiers(policy, Decimal("999.99"))]
    [1]
    >>> [tier.level for tier in expected_tiers(policy, Decimal(1000))]
    [1, 2]
    """
    found = (
        tier
        for tier in definition.tiers
        if _in_band(tier, amount, definition.inclusive)
        and RISK_ORDER.index(risk) >= RISK_ORDER.index(tier.risk_from)
        and tier.department in (None, department)
    )
    return tuple(sorted(found, key=lambda tier: tier.level))


def _in_band(tier: TierRule, amount: Decimal | None, inclusive: bool) -> bool:
    if amount is None:
        return True
    size = abs(amount)
    low, high = tier.amount_from, tier.amount_to
    if inclusive:  # [low, high)
        return (low is None or size >= low) and (high is None or size < high)
    return (low is None or size > low) and (high is None or size <= high)


def band(tier_rules: tuple[TierRule, ...], amount: Decimal | None) -> str:
    """Return the value band of an amount, as ``1000-5000``, by the tiers' bounds.

    >>> rules = (TierRule(1, amount_to=Decimal(1000)), TierRule(2, Decimal(1000)))
    >>> rules = (TierRule(1), TierRule(2, amount_from=Decimal(1000)))
    >>> band(rules, Decimal(20)), band(rules, Decimal(1000)), band(rules, None)
    ('0-1000', '1000+', '')
    """
    if amount is None:
        return ""
    bounds = {Decimal(0)}
    for tier in tier_rules:
        bounds |= {b for b in (tier.amount_from, tier.amount_to) if b is not None}
    low = max((bound for bound in bounds if bound <= abs(amount)), default=Decimal(0))
    high = min((bound for bound in bounds if bound > low), default=None)
    ends = [format(end.normalize(), "f") for end in (low, high) if end is not None]
    return "-".join(ends) if high is not None else f"{ends[0]}+"


def terms(definition: Definition, tier: TierRule | None) -> tuple[Term, Term, Term]:
    """Return when to warn, when it is due and when to escalate: the tier's own first.

    >>> terms(Definition(due=Term(8)), TierRule(1, due=Term(4)))[1].amount
    4
    """
    return tuple(
        (getattr(tier, name, None) if tier else None) or getattr(definition, name)
        for name in ("warn", "due", "escalate")
    )


def problems(definition: Definition) -> list[str]:
    """Return codes of what makes a policy unfit; none is a good policy.

    >>> problems(Definition())
    ['no_tier']
    """
    found = []
    if not definition.tiers:
        found.append("no_tier")
    levels = [tier.level for tier in definition.tiers]
    if len(set(levels)) < len(levels) and not definition.parallel:
        found.append("same_level")
    for tier in definition.tiers:
        low, high = tier.amount_from, tier.amount_to
        if low is not None and high is not None and low >= high:
            found.append("empty_band")
        if tier.quorum == "count" and tier.count < 1:
            found.append("no_quorum")
        if tier.approver == "users" and tier.quorum == "count":
            if len(tier.users) < tier.count:
                found.append("too_few")
    if len(levels) > 5:
        found.append("long_chain")
    return sorted(set(found))
