"""Who is on call when: people take turns, handed over at a local hour.

A turn lasts whole local days, so one that holds a change of the clocks is an hour
shorter or longer, and the next still begins at the hour that people know. Moments are
naive UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

PERIOD_DAYS = {"daily": 1, "weekly": 7}


@dataclass(frozen=True)
class Rotation:
    """Whose turn it is: ``members`` (ids) in order, the first from ``start`` on.

    ``handover`` is in minutes after local midnight, ``length`` in days.
    """

    zone: str
    start: date
    handover: int
    length: int
    members: tuple[int, ...]


@dataclass(frozen=True)
class Shift:
    """A time on call; ``stop`` is not in it."""

    start: datetime
    stop: datetime
    member: int

    def holds(self, moment: datetime) -> bool:
        """Return whether the moment is in the shift."""
        return self.start <= moment < self.stop


@dataclass(frozen=True)
class Replan:
    """What to do with stored shifts: by their id, and those to make."""

    delete: tuple[int, ...] = ()
    end_now: tuple[int, ...] = ()
    create: tuple[Shift, ...] = ()


def length_days(period: str, custom: int) -> int:
    """Return how many days a turn lasts, one at least.

    >>> [length_days(*args) for args in (("weekly", 3), ("custom", 3), ("custom", 0))]
    [7, 3, 1]
    """
    return PERIOD_DAYS.get(period) or max(custom, 1)


def handover_at(rotation: Rotation, day: date) -> datetime:
    """Return when a turn that begins on ``day`` begins.

    An hour that comes twice is its first; one that clocks jump over is as long after
    midnight as on any day.

    >>> paris = Rotation("Europe/Paris", date(2026, 3, 23), 9 * 60, 7, (1,))
    >>> [f"{handover_at(paris, date(2026, 3, day)):%d %H:%M}" for day in (23, 30)]
    ['23 08:00', '30 07:00']
    """
    hours, minutes = divmod(min(max(rotation.handover, 0), 24 * 60 - 1), 60)
    local = datetime.combine(day, time(hours, minutes), tzinfo=ZoneInfo(rotation.zone))
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def next_handover(rotation: Rotation, moment: datetime) -> datetime:
    """Return when the hour of the handover comes next, after ``moment``.

    >>> daily = Rotation("UTC", date(2026, 1, 5), 9 * 60, 7, (1, 2))
    >>> f"{next_handover(daily, datetime(2026, 1, 6, 9)):%d %H}"
    '07 09'
    """
    day = moment.date() - timedelta(days=1)  # wherever on earth, that began already
    while handover_at(rotation, day) <= moment:
        day += timedelta(days=1)
    return handover_at(rotation, day)


def planned(rotation: Rotation, start: datetime, stop: datetime) -> list[Shift]:
    """Return the turns that touch the time from ``start`` to ``stop``, whole.

    >>> daily = Rotation("UTC", date(2026, 1, 5), 9 * 60, 1, (1, 2))
    >>> turns = planned(daily, datetime(2026, 1, 6), datetime(2026, 1, 7, 12))
    >>> [(f"{turn.start:%d %H}", turn.member) for turn in turns]
    [('05 09', 1), ('06 09', 2), ('07 09', 1)]
    """
    if not rotation.members or start >= stop:
        return []
    length = max(rotation.length, 1)
    first = (start.date() - rotation.start).days // length - 1
    turns = []
    for turn in range(max(first, 0), first + 4 + (stop - start).days // length):
        day = rotation.start + timedelta(days=turn * length)
        member = rotation.members[turn % len(rotation.members)]
        begins = handover_at(rotation, day)
        ends = handover_at(rotation, day + timedelta(days=length))
        if begins < stop and ends > start:
            turns.append(Shift(begins, ends, member))
    return turns


def on_call(
    turns: Iterable[Shift], overrides: Sequence[Shift], moment: datetime
) -> int | None:
    """Return who is on call; of several exceptions the last one given counts.

    >>> turn = Shift(datetime(2026, 1, 5), datetime(2026, 1, 6), 1)
    >>> on_call([turn], [replace(turn, member=2)], datetime(2026, 1, 5, 12))
    2
    """
    for shift in (*reversed(overrides), *turns):
        if shift.holds(moment):
            return shift.member
    return None


def replan(
    stored: Iterable[tuple[int, Shift]], wanted: Sequence[Shift], now: datetime
) -> Replan:
    """Return how stored turns become the wanted ones; what is past stays as it was.

    A turn under way that is no longer so ends now, and who is next begins now.

    >>> turn = Shift(datetime(2026, 1, 5), datetime(2026, 1, 6), 1)
    >>> replan([(7, turn)], [replace(turn, member=2)], datetime(2026, 1, 5, 12)).end_now
    (7,)
    """
    missing = {shift for shift in wanted if shift.stop > now}
    delete, end_now, begun = [], [], False
    for ident, shift in stored:
        if shift.stop <= now:
            begun = True
        elif shift in missing:
            missing.discard(shift)
        elif _goes_on(shift, missing, now):
            missing = {s for s in missing if not _same_end(s, shift)}
        elif shift.start < now:
            end_now.append(ident)
        else:
            delete.append(ident)
    if begun or end_now:
        missing = {replace(s, start=max(s.start, now)) for s in missing}
    create = sorted(missing, key=lambda shift: (shift.start, shift.member))
    return Replan(tuple(delete), tuple(end_now), tuple(create))


def _same_end(one: Shift, other: Shift) -> bool:
    return (one.stop, one.member) == (other.stop, other.member)


def _goes_on(shift: Shift, wanted: Iterable[Shift], now: datetime) -> bool:
    """Whether a turn under way began later than planned, and is right from now on."""
    running = (s for s in wanted if s.holds(now))
    return shift.holds(now) and any(_same_end(s, shift) for s in running)
