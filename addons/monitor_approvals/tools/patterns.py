"""How people decide: at once, in bulk, in one act, to and fro.

Over plain facts: a :class:`Decision` is one approval of a tier. What one user approved
in one transaction is one act of theirs, however many decisions it holds, and is never
told as several. Moments are naive UTC. Results do not depend on the order of the facts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Decision:
    """That a user approved a tier of an approval.

    ``act`` names the transaction, ``None`` is one of its own; ``actionable_at`` is when
    the tier began to wait for a decision, ``None`` where that is not known.
    """

    approval: int
    user: int
    at: datetime
    actionable_at: datetime | None
    act: Hashable


@dataclass(frozen=True)
class Burst:
    """Many approvals by a user in a short time; ``approvals`` in order of time."""

    user: int
    begin: datetime
    end: datetime
    approvals: tuple[int, ...]


def rubber_stamps(decisions: Iterable[Decision], seconds: float) -> list[Decision]:
    """Return what was approved less than ``seconds`` after it became actionable.

    Acts on several approvals are left out: they are bursts, or too few to tell. Tiers
    that somebody passed in one act are told once, by the first, and waited since the
    first of them did: nobody reads the same twice. Not told is what was decided before
    it became actionable, as such times are wrong.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> fast = Decision(7, 1, noon + timedelta(seconds=2), noon, "a")
    >>> [stamp.approval for stamp in rubber_stamps([fast], 5)]
    [7]
    """
    limit = timedelta(seconds=seconds)
    found = []
    for act in _acts(decisions):
        since = [one.actionable_at for one in act if one.actionable_at is not None]
        if len({one.approval for one in act}) > 1 or not since:
            continue
        if timedelta() <= act[0].at - min(since) < limit:
            found.append(act[0])
    return found


def bursts(decisions: Iterable[Decision], count: int, minutes: float) -> list[Burst]:
    """Return where a user approved ``count`` or more within ``minutes``.

    An act counts at the moment of its first decision, so it is never divided: 500 in
    one act are one burst. What belongs to several such times is one longer burst.
    Each approval counts once. A ``count`` below 1 finds nothing.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> act = [Decision(n, 1, noon, None, "a") for n in range(500)]
    >>> [len(burst.approvals) for burst in bursts(act, 20, 5)]
    [500]
    """
    if count < 1:
        return []
    window = timedelta(minutes=max(minutes, 0))
    by_user = defaultdict(list)
    for act in _acts(decisions):
        by_user[act[0].user].append(act)
    found = [
        _burst(run) for acts in by_user.values() for run in _dense(acts, count, window)
    ]
    return sorted(found, key=lambda burst: (burst.begin, burst.user))


def ping_pong(holders: Sequence[int]) -> list[int]:
    """Return who got back at once what they had given away, once for each return.

    Giving something to who has it is no move.

    >>> ping_pong([1, 2, 1, 3, 1])
    [1, 1]
    """
    moves = [
        holder
        for place, holder in enumerate(holders)
        if not place or holder != holders[place - 1]
    ]
    return [
        holder
        for before, holder in zip(moves, moves[2:], strict=False)
        if before == holder
    ]


def coupled(decisions: Iterable[Decision]) -> list[tuple[Decision, ...]]:
    """Return the decisions of a user on one approval that are one act, in groups.

    They are one act in the same transaction or in the same second. What stands alone
    is in no group.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> both = [Decision(7, 1, noon, None, act) for act in "ab"]
    >>> [len(group) for group in coupled(both)]
    [2]
    """
    groups = _linked(
        decisions,
        lambda one: [
            (one.user, one.approval, key) for key in (_act(one), _second(one))
        ],
    )
    return [tuple(group) for group in groups if len(group) > 1]


def _acts(decisions: Iterable[Decision]) -> list[list[Decision]]:
    """Return the decisions act by act, also where an act took two transactions."""
    return _linked(
        decisions,
        lambda one: [(one.user, _act(one)), (one.user, one.approval, _second(one))],
    )


def _act(one: Decision) -> Hashable:
    return one if one.act is None else ("act", one.act)


def _second(one: Decision) -> datetime:
    return one.at.replace(microsecond=0)


def _linked(
    decisions: Iterable[Decision], keys: Callable[[Decision], Sequence[Hashable]]
) -> list[list[Decision]]:
    """Return groups of decisions that share keys, directly or over others, in order."""
    parents: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parents.setdefault(key, key) != key:
            key = parents[key]
        return key

    ordered = sorted(decisions, key=_order)
    for one in ordered:
        first, *others = keys(one)
        for other in others:
            parents[root(other)] = root(first)
    groups = defaultdict(list)
    for one in ordered:
        groups[root(keys(one)[0])].append(one)
    return list(groups.values())


def _order(one: Decision) -> tuple:
    return one.at, one.approval, one.user, repr(one)


def _dense(
    acts: Sequence[Sequence[Decision]], count: int, window: timedelta
) -> list[list[Decision]]:
    """Return the decisions of each run of acts of which each is in a full window."""
    runs: list[tuple[int, int]] = []
    inside: Counter[int] = Counter()
    first = 0
    for last, act in enumerate(acts):
        inside.update(one.approval for one in act)
        while act[0].at - acts[first][0].at > window:
            _take(inside, acts[first])
            first += 1
        if len(inside) >= count:
            overlaps = runs and first <= runs[-1][1]
            runs.append((runs.pop()[0] if overlaps else first, last))
    return [[one for act in acts[a : b + 1] for one in act] for a, b in runs]


def _take(inside: Counter[int], act: Iterable[Decision]) -> None:
    for one in act:
        inside[one.approval] -= 1
        if not inside[one.approval]:
            del inside[one.approval]


def _burst(decisions: Sequence[Decision]) -> Burst:
    ordered = sorted(decisions, key=_order)
    approvals = tuple(dict.fromkeys(one.approval for one in ordered))
    return Burst(ordered[0].user, ordered[0].at, ordered[-1].at, approvals)
