"""What a rule would have raised: from past runs to the times at which it held.

Pure; a run is told as an :class:`Outcome`. Used by the preview of a rule.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

try:
    from .burn_rate import WINDOWS, Count, burning
except ImportError:  # outside of its package: python3 -m doctest episodes.py
    from burn_rate import WINDOWS, Count, burning


@dataclass(frozen=True)
class Outcome:
    """One finished run (or ``count`` equal ones)."""

    at: datetime
    bad: bool
    count: int = 1


@dataclass(frozen=True)
class Episode:
    """A time for which a condition held; ``until`` None is still."""

    since: datetime
    until: datetime | None
    count: int


def in_a_row(outcomes: Iterable[Outcome], threshold: int) -> list[Episode]:
    """Return when at least ``threshold`` bad runs came in a row, until a good one.

    >>> day = datetime(2026, 1, 5)
    >>> bad, good = Outcome(day, True), Outcome(day, False)
    >>> [episode.count for episode in in_a_row([bad, good, bad, bad], 2)]
    [2]
    """
    episodes: list[Episode] = []
    streak, since = 0, None
    for outcome in outcomes:
        if outcome.bad:
            streak += outcome.count
            if since is None and streak >= max(1, threshold):
                since = outcome.at
            continue
        if since is not None:
            episodes.append(Episode(since, outcome.at, streak))
        streak, since = 0, None
    if since is not None:
        episodes.append(Episode(since, None, streak))
    return episodes


def of_windows(
    outcomes: Sequence[Outcome],
    windows: Sequence[timedelta],
    holds: Callable[[dict[timedelta, Count]], bool],
    every: timedelta = timedelta(minutes=5),
) -> list[Episode]:
    """Return when ``holds`` of the counts in the windows that end at that moment.

    Looked at when a run ends and, while it holds, ``every`` so often.
    """
    times = [outcome.at for outcome in outcomes]
    totals = [0, *accumulate(outcome.count for outcome in outcomes)]
    bads = [0, *accumulate(o.count if o.bad else 0 for o in outcomes)]

    def counts(moment: datetime) -> dict[timedelta, Count]:
        end = bisect_right(times, moment)
        found = {}
        for window in windows:
            start = bisect_right(times, moment - window)
            found[window] = Count(totals[end] - totals[start], bads[end] - bads[start])
        return found

    episodes: list[Episode] = []
    since: datetime | None = None
    begun = 0
    for index, outcome in enumerate(outcomes):
        if since is None:
            if outcome.bad and holds(counts(outcome.at)):
                since, begun = outcome.at, bads[index]
            continue
        # between this run and the one before it may have ended by itself
        moment = times[index - 1] + every
        while since and moment < outcome.at:
            if not holds(counts(moment)):
                episodes.append(Episode(since, moment, bads[index] - begun))
                since = None
            moment += every
        if since and not holds(counts(outcome.at)):
            episodes.append(Episode(since, outcome.at, bads[index] - begun))
            since = None
        elif since is None and outcome.bad and holds(counts(outcome.at)):
            since, begun = outcome.at, bads[index]
    if since is not None:
        episodes.append(Episode(since, None, bads[-1] - begun))
    return episodes


def of_rate(
    outcomes: Sequence[Outcome], window: timedelta, fewest: int, percent: float
) -> list[Episode]:
    """Return when at least ``percent`` of at least ``fewest`` runs were bad."""

    def holds(counts: dict[timedelta, Count]) -> bool:
        count = counts[window]
        enough = count.total >= max(1, fewest) and count.bad > 0
        return enough and 100 * count.error_rate >= percent

    return of_windows(outcomes, [window], holds)


def of_burn(
    outcomes: Sequence[Outcome], target: float, fewest: int, period: timedelta
) -> list[Episode]:
    """Return when the error budget burned too fast, see :mod:`burn_rate`."""
    return of_windows(
        outcomes,
        WINDOWS,
        lambda counts: burning(counts, target, fewest, period) is not None,
    )


def lasting(episodes: Iterable[Episode], hold: timedelta) -> list[Episode]:
    """Return those that held for as long as the rule asks, from when they counted."""
    return [
        Episode(episode.since + hold, episode.until, episode.count)
        for episode in episodes
        if episode.until is None or episode.until - episode.since >= hold
    ]
