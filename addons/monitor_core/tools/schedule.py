"""When a workflow is next due, and how to say it.

A day's time is a local time: schedules by cron expression, and by days, weeks or
months, keep it when the clocks change. Moments are naive UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter
from dateutil.relativedelta import relativedelta

UNITS = ("minutes", "hours", "days", "weeks", "months")
MIN_GRACE = timedelta(minutes=5)
MAX_GRACE = timedelta(hours=1)
_GRACE_SHARE = 0.1
#: So many are missed at most: nobody asks how many more.
MAX_MISSED = 1_000
#: Ten years, in each unit: longer is a mistake.
_MAX_NUMBERS = dict(zip(UNITS, (5_256_000, 87_600, 3_650, 520, 120), strict=True))
_UNIT_SECONDS = dict(zip(UNITS, (60, 3_600, 86_400, 604_800, 2_592_000), strict=True))
_MAX_YEARS = 10
_EXAMPLE = 'for example "0 7 * * 1-5" for every weekday at 07:00'
_FIELDS = re.compile(r"[\d*,/#A-Za-z-]+")
#: Back of which a fire may have been shifted over a change of the clocks.
_SHIFT = timedelta(hours=3)
_REFERENCE = datetime(2026, 1, 5)  # any Monday: to measure an expression
#: Seconds of a unit, its name, seconds of the unit below, its name.
_LONG_UNITS = (
    (86_400, "d", 3_600, "h"),
    (3_600, "h", 60, "min"),
    (60, "min", 1, "s"),
)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_WEEKDAYS += ("Saturday",)


@dataclass(frozen=True)
class Schedule:
    """When a workflow runs: ``kind`` is none, interval or cron.

    An interval is ``number`` times ``unit``; a cron ``expression`` has the five
    fields of crontab(5). ``tz`` is an IANA name.
    """

    kind: str = "none"
    number: int = 0
    unit: str = "hours"
    expression: str = ""
    tz: str = "UTC"


@lru_cache(maxsize=1024)
def validate(schedule: Schedule) -> str | None:
    """Return in plain words what is wrong with a schedule, None if nothing.

    >>> validate(Schedule("interval", 0, "hours"))
    'The interval must be at least 1.'
    >>> validate(Schedule("cron", expression="0 7 * * 1-5", tz="Europe/Brussels"))
    """
    if schedule.kind == "none":
        return None
    if schedule.kind not in ("interval", "cron"):
        return f'"{schedule.kind}" is no kind of schedule.'
    if _zone(schedule.tz) is None:
        return f'There is no time zone "{schedule.tz}"; try "Europe/Brussels".'
    if schedule.kind == "interval":
        return _validate_interval(schedule)
    return _validate_expression(schedule.expression)


def next_after(schedule: Schedule, moment_utc: datetime) -> datetime | None:
    """Return when a workflow is due after ``moment_utc``, both naive UTC.

    None for a schedule without time. For an interval, ``moment_utc`` is the run
    to count from. A time that the clocks skip is due as much later, one that they
    repeat is due the first time (each time where every hour is meant). Raises
    ``ValueError`` for a schedule that :func:`validate` objects to.

    >>> daily = Schedule("cron", expression="30 2 * * *", tz="Europe/Paris")
    >>> str(next_after(daily, datetime(2026, 3, 28, 12)))
    '2026-03-29 01:30:00'
    >>> str(next_after(Schedule("interval", 1, "months"), datetime(2026, 1, 31)))
    '2026-02-28 00:00:00'
    """
    problem = validate(schedule)
    if problem:
        raise ValueError(problem)
    if schedule.kind == "none":
        return None
    zone = ZoneInfo(schedule.tz or "UTC")
    if schedule.kind == "interval":
        return _next_interval(schedule, moment_utc, zone)
    return next(_fires(schedule, moment_utc, zone), None)


def missed(schedule: Schedule, expected: datetime, came: datetime) -> int:
    """Return how often a workflow was due and did not run until it came.

    The run that came answers for the last time it was due, so one that came before
    the next missed none. Moments are naive UTC; at most :data:`MAX_MISSED`.

    >>> ten = datetime(2026, 1, 5, 10)
    >>> missed(Schedule("interval", 1, "hours"), ten, datetime(2026, 1, 5, 10, 20))
    0
    >>> missed(Schedule("interval", 1, "hours"), ten, datetime(2026, 1, 5, 12, 20))
    2
    """
    count, due = 0, next_after(schedule, expected)
    while due and due <= came and count < MAX_MISSED:
        count, due = count + 1, next_after(schedule, due)
    return count


def default_grace(schedule: Schedule | float) -> timedelta:
    """Return how late is not late yet: a tenth of the interval, 5 min to 1 h.

    Takes a schedule or an interval in seconds; of a cron expression the shortest
    gap between its next fires counts.

    >>> default_grace(Schedule("interval", 1, "hours"))
    datetime.timedelta(seconds=360)
    """
    if isinstance(schedule, Schedule):
        seconds = _interval_seconds(schedule)
    else:
        seconds = max(0, schedule)
    share = timedelta(seconds=min(seconds * _GRACE_SHARE, MAX_GRACE.total_seconds()))
    return max(MIN_GRACE, share)


def in_words(schedule: Schedule) -> str:
    """Return a schedule in plain English, "" for none.

    >>> in_words(Schedule("interval", 15, "minutes"))
    'every 15 minutes'
    >>> in_words(Schedule("cron", expression="0 7 * * 1-5", tz="Europe/Brussels"))
    'every weekday at 07:00 Europe/Brussels'
    >>> in_words(Schedule("cron", expression="5 4 1,15 2 0"))
    'cron 5 4 1,15 2 0 (UTC)'
    """
    if schedule.kind == "interval":
        if schedule.number == 1:
            return f"every {schedule.unit.removesuffix('s')}"
        return f"every {schedule.number} {schedule.unit}"
    if schedule.kind != "cron":
        return ""
    tz = schedule.tz or "UTC"
    return _cron_in_words((schedule.expression or "").split(), tz) or (
        f"cron {schedule.expression} ({tz})"
    )


def format_duration(ms: float | None) -> str:
    """Return a duration in ms as people say it, its two largest units
    (the rest is cut off).

    >>> [format_duration(ms) for ms in (840, 4100, 125_000, 7_800_000, 273_600_000)]
    ['840 ms', '4.1 s', '2 min 5 s', '2 h 10 min', '3 d 4 h']
    """
    if ms is None or ms is False:  # Odoo's empty field
        return ""
    ms = max(0, round(ms))
    if ms < 1000:
        return f"{ms} ms"
    if ms < 59_950:
        return f"{ms / 1000:.1f}".removesuffix(".0") + " s"
    seconds = max(60, round(ms / 1000))
    size, unit, part, part_unit = next(u for u in _LONG_UNITS if seconds >= u[0])
    whole, rest = divmod(seconds, size)
    rest //= part
    return f"{whole} {unit}" + (f" {rest} {part_unit}" if rest else "")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):  # unknown, or no name of a zone at all
        return None


def _validate_interval(schedule: Schedule) -> str | None:
    if schedule.unit not in UNITS:
        return f'"{schedule.unit}" is none of {", ".join(UNITS)}.'
    if schedule.number < 1:
        return "The interval must be at least 1."
    if schedule.number > _MAX_NUMBERS[schedule.unit]:
        return "The interval must be at most ten years."
    return None


def _validate_expression(expression: str) -> str | None:
    fields = (expression or "").split()
    if len(fields) != 5:
        return f"A cron expression has five fields, {_EXAMPLE}."
    text = " ".join(fields)
    # "R" and "H" (random, hashed) are croniter's own; letters are names else.
    known = all(_FIELDS.fullmatch(field) for field in fields)
    if len(text) > 256 or not known or re.search(r"\b[RHrh]\b", text):
        return f'"{expression[:100]}" is no cron expression; write {_EXAMPLE[12:]}.'
    try:
        next(_naive_fires(text, _REFERENCE))
    except StopIteration:
        return f'"{text}" never comes; write {_EXAMPLE[12:]}.'
    except (ValueError, KeyError, TypeError, OverflowError):
        return f'"{text}" is no cron expression; write {_EXAMPLE[12:]}.'
    return None


def _next_interval(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> datetime:
    """Add the interval: hours and less in UTC, days and more in local time."""
    step = relativedelta(**{schedule.unit: schedule.number})
    if schedule.unit in ("minutes", "hours"):
        return moment + step
    due = _to_utc((_to_local(moment, zone) + step).replace(fold=0), zone)
    return max(due, moment + timedelta(minutes=1))


def _fires(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments after ``moment`` at which a cron expression is due.

    As in Debian's cron: what has an hour comes once a day whatever the clocks do,
    what comes every hour follows the hours that really pass.
    """
    hourly = schedule.expression.split()[1].startswith("*")
    since = _to_local(moment, zone) - _SHIFT
    waiting: list[datetime] = []  # second passes of a repeated hour
    for local in _naive_fires(schedule.expression, since.replace(fold=0)):
        due = _to_utc(local, zone)
        later = _to_utc(local.replace(fold=1), zone)
        while waiting and waiting[0] < due:
            yield waiting.pop(0)
        if hourly and later > max(due, moment):
            waiting.append(later)
        if due > moment and not (hourly and later < due):
            yield due


def _naive_fires(expression: str, since: datetime) -> Iterator[datetime]:
    """Yield the local times of a cron expression after ``since``."""
    times = croniter(expression, since, max_years_between_matches=_MAX_YEARS)
    yield from times.all_next(datetime)


def _to_local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)


def _to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a local time in UTC; one that the clocks skip is as much later."""
    aware = local.replace(tzinfo=zone)
    return aware.astimezone(timezone.utc).replace(tzinfo=None)


def _interval_seconds(schedule: Schedule) -> float:
    """Return the shortest time between two runs, a month taken as 30 days."""
    if schedule.kind == "none":
        return 0
    if schedule.kind == "interval":
        return schedule.number * _UNIT_SECONDS[schedule.unit]
    moments = [_REFERENCE]
    for _fire in range(8):
        due = next_after(schedule, moments[-1])
        if due is None:
            break
        moments.append(due)
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments[1:])]
    return min(gaps, default=0)


def _cron_in_words(fields: list[str], tz: str) -> str | None:
    """Return the common expressions in words, None for others."""
    if len(fields) != 5 or fields[2:4] != ["*", "*"]:
        return None
    minute, hour, _day, _month, weekday = fields
    if hour == "*" and weekday == "*":
        return _minutes_in_words(minute)
    if not (minute.isdecimal() and hour.isdecimal()):
        return None
    time = f"at {int(hour):02d}:{int(minute):02d} {tz}"
    days = {"*": "every day", "1-5": "every weekday", "MON-FRI": "every weekday"}
    if weekday.isdecimal() and int(weekday) <= 7:
        return f"every {_WEEKDAYS[int(weekday) % 7]} {time}"
    day = days.get(weekday.upper())
    return day and f"{day} {time}"


def _minutes_in_words(minute: str) -> str | None:
    if minute in ("*", "*/1"):
        return "every minute"
    step = minute.removeprefix("*/")
    if minute != step and step.isdecimal() and 60 % int(step) == 0:
        return f"every {step} minutes"
    if minute.isdecimal():
        return f"every hour at {int(minute)} min past" if int(minute) else "every hour"
    return None
