"""When an incident's news are told: wait, interval, repeat, as in Alertmanager.

The first news wait a moment, for what comes along with them; what is over by then is
not told at all. Further news are told at most once an interval, counted from the last
telling. Without news an incident is told again after the repeat time, rounded up to
whole intervals. Who acknowledged is not reminded, but told of news.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Counts that are worth a line in the timeline; nobody is told of them.
MILESTONES = (100, 1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Pace:
    """A rule's group wait, group interval and repeat interval."""

    wait: timedelta = timedelta(seconds=30)
    interval: timedelta = timedelta(minutes=5)
    repeat: timedelta = timedelta(hours=4)


@dataclass(frozen=True)
class Told:
    """What was told last: the alerts that fired and those that were over by then."""

    at: datetime
    firing: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    """The alerts of an incident: fingerprints of those that fire and that are over.

    ``since`` is when the first began to fire. ``released``: a silence ended while it
    fired, which is news. ``quiet``: somebody is at work on it, nothing is repeated.
    """

    since: datetime
    firing: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    released: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Decision:
    """What to tell at ``now`` (``None``: nothing) and when to ask again."""

    reason: str | None
    next_at: datetime | None


def decide(group: Group, told: Told | None, pace: Pace, now: datetime) -> Decision:
    """Return what is to be told now, and when to look next if nothing changes.

    Reasons: ``first``, ``firing`` (others fire), ``resolved``, ``released`` (a silence
    ended) and ``repeat``.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> group = Group(noon, frozenset("a"))
    >>> decide(group, None, Pace(), noon).next_at
    datetime.datetime(2026, 1, 5, 12, 0, 30)
    >>> decide(group, None, Pace(), noon + timedelta(seconds=30)).reason
    'first'
    """
    reason, due = _next_news(group, told, pace)
    if due is None:
        return Decision(None, None)
    if told is not None and told.at - now > (
        pace.repeat if reason == "repeat" else timedelta()
    ):
        due = now  # the clock went back: rather told once more than not at all
    if now < due:
        return Decision(None, due)
    after = Told(now, group.firing, group.resolved)
    calm = Group(group.since, group.firing, group.resolved, quiet=group.quiet)
    return Decision(reason, _next_news(calm, after, pace)[1])


def milestones(before: int, after: int) -> list[int]:
    """Return the milestones that a count passed.

    >>> milestones(99, 1_000)
    [100, 1000]
    """
    return [mark for mark in MILESTONES if before < mark <= after]


def _next_news(
    group: Group, told: Told | None, pace: Pace
) -> tuple[str | None, datetime | None]:
    """Return what is to be told next, and when."""
    if told is None or not told.firing:
        if not group.firing:
            return None, None
        if told is None:
            return "first", group.since + pace.wait
        return "firing", max(group.since + pace.wait, told.at + pace.interval)
    if not group.firing <= told.firing:
        return "firing", told.at + pace.interval
    if group.released:
        return "released", told.at
    if group.resolved & (told.firing - group.firing):
        return "resolved", told.at + pace.interval
    if group.quiet or not group.firing:
        return None, None
    return "repeat", told.at + _whole_intervals(pace)


def _whole_intervals(pace: Pace) -> timedelta:
    """Return the repeat time, rounded up to a multiple of the interval."""
    if pace.interval <= timedelta():
        return pace.repeat
    return math.ceil(pace.repeat / pace.interval) * pace.interval
