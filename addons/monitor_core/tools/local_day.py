"""Days as people live them: from midnight to midnight of a time zone, as UTC moments.

A day has 23 or 25 hours where clocks change, and none where a zone skipped it. The
days of a zone follow each other without gap or overlap, so that each moment is in
exactly one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class Day(NamedTuple):
    """A day of a time zone; ``start`` is in it, ``stop`` is not (naive UTC)."""

    zone: str
    day: date
    start: datetime
    stop: datetime


@lru_cache(maxsize=4096)
def is_zone(name: str) -> bool:
    """Whether this machine knows a time zone of that name.

    >>> [is_zone(name) for name in ("Asia/Kathmandu", "Mars/Olympus", "../etc", "")]
    [True, False, False, False]
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=4096)
def start_of(zone: str, day: date) -> datetime:
    """Return the first moment of a day, naive UTC.

    Raises ``zoneinfo.ZoneInfoNotFoundError`` for a zone that is not known here.

    >>> start_of("Asia/Kathmandu", date(2026, 3, 1))
    datetime.datetime(2026, 2, 28, 18, 15)
    """
    # Where midnight comes twice, fold=0 is the first; where clocks jump over it, that
    # is the moment of the jump.
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


def day_of(zone: str, moment: datetime) -> date:
    """Return the day on which a moment (naive UTC) falls.

    >>> day_of("America/New_York", datetime(2026, 3, 1, 4, 59))
    datetime.date(2026, 2, 28)
    """
    local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
    day = local.date()
    # Clocks set back over midnight show the day before once more.
    return day + ONE_DAY if moment >= start_of(zone, day + ONE_DAY) else day


def bounds(zone: str, day: date) -> Day:
    """Return the day with its first moment and that of the next one.

    >>> clocks_forward = bounds("America/New_York", date(2026, 3, 8))
    >>> (clocks_forward.stop - clocks_forward.start) / timedelta(hours=1)
    23.0
    """
    return Day(zone, day, start_of(zone, day), start_of(zone, day + ONE_DAY))


def days_of(zone: str, moments: Iterable[datetime]) -> list[Day]:
    """Return the days on which these moments fall, each once, in order.

    >>> noon = datetime(2026, 3, 8, 12)
    >>> [str(found.day) for found in days_of("UTC", [noon, noon + ONE_DAY, noon])]
    ['2026-03-08', '2026-03-09']
    """
    return [bounds(zone, day) for day in sorted({day_of(zone, m) for m in moments})]


def days_between(zone: str, first: date, last: date) -> list[Day]:
    """Return the days from ``first`` to ``last``, both included.

    >>> len(days_between("UTC", date(2026, 2, 1), date(2026, 3, 1)))
    29
    """
    count = (last - first).days + 1
    return [bounds(zone, first + number * ONE_DAY) for number in range(count)]
