"""Who may decide for whom: delegations, also of what was delegated to the delegate.

A delegation hands on a right to decide, for a time and within a scope. What a delegate
was handed may be handed on, over a limited number of hops; each of the delegations on
the way has to hold at that moment and for that case. Moments are naive UTC.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

MAX_HOPS = 5


@dataclass(frozen=True)
class Delegation:
    """``to_user`` may decide for ``from_user``, from one moment to before another.

    No ``models`` are all models, no ``company`` is every company, no ``max_amount`` any
    amount; it is in the currency of the company and is itself within the scope.
    """

    id: int
    from_user: int
    to_user: int
    date_from: datetime
    date_to: datetime
    models: frozenset[str] = frozenset()
    max_amount: Decimal | None = None
    company: int | None = None


@dataclass(frozen=True)
class Case:
    """What is to be decided; ``makers`` are the users who made or asked for it.

    ``amount`` is in the currency of the company, ``None`` where it is not known.
    """

    model: str
    amount: Decimal | None = None
    company: int | None = None
    makers: frozenset[int] = frozenset()


def applies(delegation: Delegation, at: datetime, case: Case) -> bool:
    """Tell whether a delegation is about this case, at this moment.

    A limit counts for what is paid back as for what is paid: -6000 is over 5000. What
    has no known amount is over every limit.

    >>> week = datetime(2026, 5, 1), datetime(2026, 5, 8)
    >>> delegation = Delegation(1, 7, 8, *week, max_amount=Decimal(5000))
    >>> [applies(delegation, week[0], Case("x", Decimal(n))) for n in (5000, 6000)]
    [True, False]
    """
    return (
        delegation.date_from <= at < delegation.date_to
        and (not delegation.models or case.model in delegation.models)
        and delegation.company in (None, case.company)
        and _within(case.amount, delegation.max_amount)
    )


def acting_for(
    user: int,
    at: datetime,
    case: Case,
    delegations: Iterable[Delegation],
    hops: int = MAX_HOPS,
) -> dict[int, tuple[int, ...]]:
    """Return for whom ``user`` may decide a case: ``{principal: delegations}``.

    The ids of the delegations by which it came to be, from the user's own on: the
    shortest way, and of equally short ones the one with the lowest ids. Nobody acts for
    themselves.

    >>> week = datetime(2026, 5, 1), datetime(2026, 5, 8)
    >>> handed_on = [Delegation(3, 1, 2, *week), Delegation(4, 2, 8, *week)]
    >>> acting_for(8, week[0], Case("x"), handed_on)
    {2: (4,), 1: (4, 3)}
    """
    links = (one for one in delegations if applies(one, at, case))
    return _reached(user, [(one.to_user, one.from_user, one.id) for one in links], hops)


def deputies(
    user: int,
    at: datetime,
    case: Case,
    delegations: Iterable[Delegation],
    hops: int = MAX_HOPS,
) -> dict[int, tuple[int, ...]]:
    """Return who may decide a case for ``user``: ``{delegate: delegations}``.

    The ids from the delegation that ``user`` gave on, otherwise as :func:`acting_for`.

    >>> week = datetime(2026, 5, 1), datetime(2026, 5, 8)
    >>> handed_on = [Delegation(3, 1, 2, *week), Delegation(4, 2, 8, *week)]
    >>> deputies(1, week[0], Case("x"), handed_on)
    {2: (3,), 8: (3, 4)}
    """
    links = (one for one in delegations if applies(one, at, case))
    return _reached(user, [(one.from_user, one.to_user, one.id) for one in links], hops)


def conflict(delegate: int, principal: int, case: Case) -> str | None:
    """Return why ``delegate`` must not decide for ``principal``; ``None``: they may.

    ``maker``: one of them made or asked for what is to be decided. Whoever decides for
    another counts as both.

    >>> conflict(7, 8, Case("purchase.order", makers=frozenset({7})))
    'maker'
    """
    return "maker" if case.makers & {delegate, principal} else None


def _within(amount: Decimal | None, limit: Decimal | None) -> bool:
    if limit is None:
        return True
    return amount is not None and math.isfinite(amount) and abs(amount) <= limit


def _reached(
    user: int, edges: Sequence[tuple[int, int, int]], hops: int
) -> dict[int, tuple[int, ...]]:
    """Return whom ``user`` reaches over edges (near, far, id): ``{far: ids}``."""
    reached: dict[int, tuple[int, ...]] = {user: ()}
    found = dict(reached)
    for _hop in range(hops):
        ways = sorted(
            ((*reached[near], ident), far)
            for near, far, ident in edges
            if near in reached and far not in found
        )
        if not ways:
            break
        reached = {}
        for way, far in ways:
            reached.setdefault(far, way)  # the first has the lowest ids
        found |= reached
    del found[user]
    return found
