"""Working time of one calendar, counted once and then asked any number of times.

Inside all is whole microseconds since the begin of the clock, so nothing is rounded:
exactly 8 working hours are no breach of 8 working hours, a microsecond more is one.
Moments are naive UTC.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from operator import sub

_MICROSECOND = timedelta(microseconds=1)
#: Values of ``monitor_incident``'s ``AGE_UNITS``: whether it is working time.
_IS_WORKING = {
    "hours": False,
    "days": False,
    "working_hours": True,
    "working_days": True,
}


class OutsideHorizon(ValueError):
    """The clock was asked of a time for which it does not know the calendar."""


class WorkingClock:
    """The working time between ``begin`` and ``end``; of other times it knows nothing.

    ``intervals`` are the (from, to) in which people work. They may overlap, touch, be
    unsorted or reach outside; empty and reversed ones count for nothing. Raises
    ``ValueError`` for an end before the begin.

    >>> monday = datetime(2026, 1, 5)
    >>> morning = (monday + timedelta(hours=8), monday + timedelta(hours=12))
    >>> clock = WorkingClock([morning], monday, monday + timedelta(days=1))
    >>> clock.between(monday, monday + timedelta(hours=9, minutes=30))
    datetime.timedelta(seconds=5400)
    """

    def __init__(
        self,
        intervals: Iterable[tuple[datetime, datetime]],
        begin: datetime,
        end: datetime,
    ):
        if end < begin:
            raise ValueError(f"A clock cannot end ({end}) before it begins ({begin}).")
        self.begin = begin
        self.end = end
        self._starts: list[int] = []
        self._stops: list[int] = []
        #: Working time since the begin, when an interval starts and when it stops.
        self._before: list[int] = []
        self._after: list[int] = []
        self._open_at_end = False
        self._fill(intervals)

    def between(self, start: datetime, stop: datetime) -> timedelta:
        """Return the working time from ``start`` to ``stop``, none if that is earlier.

        Raises :class:`OutsideHorizon` where one of them is before the begin of the
        clock or after its end.
        """
        if stop <= start:
            return timedelta()
        return (self._worked(stop) - self._worked(start)) * _MICROSECOND

    def after(
        self, start: datetime, working: timedelta, latest: bool = False
    ) -> datetime | None:
        """Return the first moment at which exactly so much was worked since ``start``.

        With ``latest`` the last such moment: the evening of a working day and the
        morning of the next are the same working time. What comes after it is a breach.
        ``None`` where the clock ends too early to tell, or begins after ``start``.
        Raises ``ValueError`` for a negative time.

        >>> monday, hour = datetime(2026, 1, 5), timedelta(hours=1)
        >>> shifts = [(monday + n * hour, monday + (n + 4) * hour) for n in (8, 13)]
        >>> clock = WorkingClock(shifts, monday, monday + 24 * hour)
        >>> [clock.after(monday, 4 * hour, latest).hour for latest in (False, True)]
        [12, 13]
        """
        if working < timedelta():
            raise ValueError(f"Working time cannot be negative: {working}.")
        if not self.begin <= start <= self.end:
            return None
        if not working and not latest:
            return start
        reached = self._worked(start) + working // _MICROSECOND
        find = bisect_right if latest else bisect_left
        index = find(self._after, reached)
        if index == len(self._after):
            return None
        since = self._starts[index] + reached - self._before[index]
        return max(start, self.begin + since * _MICROSECOND)

    def is_open(self, moment: datetime) -> bool:
        """Tell whether people work at that moment: from a start to before a stop.

        At the end of the clock only if an interval reaches beyond it: so read some more
        than what is asked for. Raises :class:`OutsideHorizon` outside of what the clock
        knows.
        """
        since = self._since_begin(moment)
        if moment == self.end:
            return self._open_at_end
        index = bisect_right(self._starts, since) - 1
        return index >= 0 and since < self._stops[index]

    def _fill(self, intervals: Iterable[tuple[datetime, datetime]]) -> None:
        """Store the intervals: clipped, sorted, merged, and with what was worked."""
        for start, stop in sorted(intervals):
            self._open_at_end |= start <= self.end < stop
            if max(start, self.begin) >= min(stop, self.end):
                continue
            since = self._since_begin(max(start, self.begin))
            until = self._since_begin(min(stop, self.end))
            if self._stops and since <= self._stops[-1]:
                self._stops[-1] = max(until, self._stops[-1])
            else:
                self._starts.append(since)
                self._stops.append(until)
        self._after += accumulate(map(sub, self._stops, self._starts))
        self._before += [0, *self._after[:-1]]

    def _worked(self, moment: datetime) -> int:
        """Return what was worked from the begin to a moment."""
        since = self._since_begin(moment)
        index = bisect_right(self._starts, since) - 1
        if index < 0:
            return 0
        return (
            self._before[index] + min(since, self._stops[index]) - self._starts[index]
        )

    def _since_begin(self, moment: datetime) -> int:
        if not self.begin <= moment <= self.end:
            raise self._outside(moment)
        return (moment - self.begin) // _MICROSECOND

    def _outside(self, moment: datetime) -> OutsideHorizon:
        return OutsideHorizon(
            f"Working time is known from {self.begin} to {self.end}, not at {moment}."
        )


def round_the_clock(begin: datetime, end: datetime) -> WorkingClock:
    """Return the clock of those who have no working hours.

    >>> clock = round_the_clock(datetime(2026, 1, 3), datetime(2026, 1, 5))
    >>> clock.after(datetime(2026, 1, 3, 12), timedelta(hours=24))
    datetime.datetime(2026, 1, 4, 12, 0)
    """
    return WorkingClock([(begin, end)], begin, end)


def allowance(
    amount: float, unit: str, hours_per_day: float
) -> tuple[timedelta, bool] | None:
    """Return how long that is and whether it counts in working time.

    A working day has the ``hours_per_day`` of its calendar, never 24. ``None`` for a
    negative amount: never. Raises ``ValueError`` for what is no such time.

    >>> allowance(2, "working_days", 7.5)
    (datetime.timedelta(seconds=54000), True)
    >>> allowance(2, "days", 7.5), allowance(-1, "hours", 8)
    ((datetime.timedelta(days=2), False), None)
    """
    if unit not in _IS_WORKING:
        raise ValueError(f"Unknown unit of time: {unit!r}.")
    if not math.isfinite(amount):
        raise ValueError(f"{amount} {unit} is no length of time.")
    if amount < 0:
        return None
    try:
        return _length(amount, unit, hours_per_day), _IS_WORKING[unit]
    except OverflowError:
        raise ValueError(f"{amount} {unit} is too long.") from None


def _length(amount: float, unit: str, hours_per_day: float) -> timedelta:
    if unit == "days":
        return timedelta(days=amount)
    if unit == "working_days":
        if not 0 < hours_per_day <= 24:
            raise ValueError(f"A working day cannot have {hours_per_day} hours.")
        return timedelta(hours=amount * hours_per_day)
    return timedelta(hours=amount)
