"""When a silence or a recurring maintenance window mutes.

A silence mutes from its start to its end. A maintenance window mutes, between start and
end, on chosen days of the week from a local time on, for so many hours of real time:
where clocks jump over its start it begins as much later as they jump, where they show
it twice it begins the first time. All moments are naive UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

#: Longer ones only managers may make.
MAX_SPAN = timedelta(days=7)
MAX_WINDOW = timedelta(hours=24)
#: One in which nothing matched for so long is pointed out.
UNUSED_AFTER = timedelta(hours=24)
REMIND_HOUR = 9
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
ONE_DAY = timedelta(days=1)
SEARCHED_DAYS = 9  # a week, and a day on both sides for time zones


@dataclass(frozen=True)
class Window:
    """Days of the week (0 is Monday), local start, length and time zone."""

    days: frozenset[int]
    start: timedelta
    length: timedelta
    tz: str = "UTC"


@dataclass(frozen=True)
class Silence:
    """From when until when, and for maintenance the recurring window in between."""

    starts_at: datetime
    ends_at: datetime | None
    window: Window | None = None


def status(silence: Silence, now: datetime) -> str:
    """Return ``pending``, ``active`` or ``expired``.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> status(Silence(noon, noon + timedelta(hours=1)), noon)
    'active'
    """
    if silence.ends_at and now >= silence.ends_at:
        return "expired"
    return "pending" if now < silence.starts_at else "active"


def mutes(silence: Silence, now: datetime) -> bool:
    """Tell whether it mutes at this moment."""
    return muted_until(silence, now) is not None


def muted_until(silence: Silence, now: datetime) -> datetime | None:
    """Return until when it mutes without pause; ``None`` where it does not at ``now``.

    >>> days = frozenset(range(7))
    >>> night = Window(days, timedelta(hours=2), timedelta(hours=2), "Europe/Paris")
    >>> silence = Silence(datetime(2026, 1, 1), None, night)
    >>> muted_until(silence, datetime(2026, 1, 5, 1, 30))
    datetime.datetime(2026, 1, 5, 3, 0)
    """
    if status(silence, now) != "active":
        return None
    if silence.window is None:
        return silence.ends_at or datetime.max
    until = None
    for begin, end in _occurrences(silence.window, now):
        if begin <= (until or now) < end:
            until = end
    if until and silence.ends_at:
        return min(until, silence.ends_at)
    return until


def next_change(silence: Silence, now: datetime) -> datetime | None:
    """Return when it begins or ceases to mute next; ``None``: never again.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> next_change(Silence(noon, noon + timedelta(hours=1)), noon)
    datetime.datetime(2026, 1, 5, 13, 0)
    """
    found = status(silence, now)
    if found == "expired":
        return None
    until = muted_until(silence, now)
    if until is not None:
        return None if until == datetime.max else until
    if silence.window is None:
        return silence.starts_at
    return _next_start(silence, max(now, silence.starts_at))


def previews(silence: Silence, now: datetime, limit: int) -> list[tuple]:
    """Return the next ``(start, end)`` in which it mutes, the present one included.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> previews(Silence(noon, noon + timedelta(hours=1)), noon, 3)
    [(datetime.datetime(2026, 1, 5, 12, 0), datetime.datetime(2026, 1, 5, 13, 0))]
    """
    found: list[tuple] = []
    moment = max(now, silence.starts_at)
    while len(found) < limit:
        until = muted_until(silence, moment)
        if until is not None:
            found.append((moment, until))
            moment = until
            if silence.window is None:
                break
        following = next_change(silence, moment)
        if following is None:
            break
        moment = following
    return found


def problem(silence: Silence, recurring: bool, is_manager: bool) -> str | None:
    """Return the code of what is wrong with a silence, a key of :data:`PROBLEMS`.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> problem(Silence(noon, None), recurring=False, is_manager=True)
    'endless'
    """
    ends_at, window = silence.ends_at, silence.window
    if ends_at and ends_at <= silence.starts_at:
        return "backwards"
    if not ends_at and not recurring:
        return "endless"
    if recurring and (window is None or not window.days):
        return "no_days"
    if window is not None and not timedelta() < window.length <= MAX_WINDOW:
        return "window_length"
    if window is not None and not timedelta() <= window.start < ONE_DAY:
        return "window_start"
    return None if is_manager or not is_long(silence) else "too_long"


def is_long(silence: Silence) -> bool:
    """Tell whether it lasts longer than :data:`MAX_SPAN`, or has no end.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> is_long(Silence(noon, noon + MAX_SPAN)), is_long(Silence(noon, None))
    (False, True)
    """
    return not silence.ends_at or silence.ends_at - silence.starts_at > MAX_SPAN


def _lt(template: str) -> str:
    """Mark a template: Odoo's export of terms to translate looks for this name."""
    return template


PROBLEMS = {
    "backwards": _lt("A silence has to end after it starts."),
    "endless": _lt(
        "A silence needs an end: what is muted for ever is forgotten. For something "
        "that recurs, choose a maintenance window."
    ),
    "no_days": _lt("Choose at least one day of the week."),
    "window_length": _lt("A window lasts more than 0 and at most 24 hours."),
    "window_start": _lt("A window starts between 00:00 and 23:59."),
    "too_long": _lt(
        "Only managers of Monitor may mute for more than 7 days. Choose an earlier "
        "end, or ask one of them."
    ),
}


def remind_at(silence: Silence, tz: str) -> datetime | None:
    """Return when its author is reminded of an end on a weekend: the Friday before.

    In the morning, in the author's time zone. ``None`` for an end on a working day,
    for one that was made after that, and for recurring windows.

    >>> saturday = datetime(2026, 11, 28, 10)
    >>> remind_at(Silence(datetime(2026, 11, 25), saturday), "UTC")
    datetime.datetime(2026, 11, 27, 9, 0)
    """
    if silence.window is not None or silence.ends_at is None:
        return None
    local_end = _local(silence.ends_at, tz)
    if local_end.weekday() not in (SATURDAY, SUNDAY):
        return None
    friday = local_end.date() - timedelta(days=local_end.weekday() - FRIDAY)
    moment = _moment(friday, timedelta(hours=REMIND_HOUR), tz)
    return moment if moment > silence.starts_at else None


def _next_start(silence: Silence, since: datetime) -> datetime | None:
    """Return when the window begins (or is under way) from ``since`` on."""
    if silence.window is None:
        return None
    for begin, end in _occurrences(silence.window, since):
        begin = max(begin, silence.starts_at)
        if end > since and begin >= since:
            within = silence.ends_at is None or begin < silence.ends_at
            return begin if within else None
    return None


def _occurrences(
    window: Window, around: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows of the days around a moment, in order."""
    first = _local(around, window.tz).date() - 2 * ONE_DAY
    for offset in range(SEARCHED_DAYS + 2):
        day = first + offset * ONE_DAY
        if day.weekday() in window.days:
            begin = _moment(day, window.start, window.tz)
            yield begin, begin + window.length


def _local(moment: datetime, tz: str) -> datetime:
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz or "UTC"))


def _moment(day: date, since_midnight: timedelta, tz: str) -> datetime:
    """Return a local time of a day as UTC (``fold=0``: as before clocks change)."""
    local = datetime.combine(day, time()) + since_midnight
    moment = local.replace(tzinfo=ZoneInfo(tz or "UTC"))
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
