"""What another version of a policy would have said of what was decided already.

Nothing is judged anew: a request is compared under two definitions, the one it was
decided by and another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

try:
    from .definition import Definition, expected_tiers
    from .findings import Round, judge
except ImportError:  # outside of its package: python3 -m doctest what_if.py
    from definition import Definition, expected_tiers
    from findings import Round, judge


@dataclass(frozen=True)
class Past:
    """A request as it was decided."""

    levels: frozenset[int] = frozenset()
    amount: Decimal | None = None
    risk: str = "low"
    department: str | None = None
    round: Round = Round()


@dataclass(frozen=True)
class Difference:
    """How another definition differs on a request."""

    #: Levels that would have been asked as well, or not at all.
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    #: Kinds of breaches that would have been found, or not.
    raised: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.raised or self.cleared)


def compare(past: Past, other: Definition) -> Difference:
    """Return how ``other`` differs from what a request was decided by.

    >>> compare(Past(levels=frozenset({1})), Definition()).removed
    (1,)
    """
    wanted = expected_tiers(other, past.amount, past.risk, past.department)
    levels = frozenset(tier.level for tier in wanted)
    before = {one.kind for one in judge(past.round)}
    after = {one.kind for one in judge(_under(past.round, other, levels))}
    return Difference(
        added=tuple(sorted(levels - past.levels)),
        removed=tuple(sorted(past.levels - levels)),
        raised=tuple(sorted(after - before)),
        cleared=tuple(sorted(before - after)),
    )


def _under(round_: Round, other: Definition, levels: frozenset[int]) -> Round:
    """Return a round as ``other`` judges it; tiers it does not ask were not skipped."""
    return replace(
        round_,
        decisions=tuple(one for one in round_.decisions if one.level in levels),
        skipped=tuple(level for level in round_.skipped if level in levels),
        self_limit=other.self_limit,
        different_persons=other.different_persons,
    )
