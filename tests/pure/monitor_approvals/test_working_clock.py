from datetime import date, datetime, time, timedelta
from functools import lru_cache

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools.working_clock import (
    OutsideHorizon,
    WorkingClock,
    allowance,
    round_the_clock,
)
from odoo.addons.monitor_incident.tools.scales import AGE_UNITS

MONDAY = datetime(2026, 1, 5)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))


def at(hours):
    return MONDAY + timedelta(hours=hours)


def utc(zone, moment):
    """Return a local time of a zone as naive UTC."""
    local = pytz.timezone(zone).localize(moment)
    return local.astimezone(pytz.utc).replace(tzinfo=None)


def brussels(*when):
    return utc("Europe/Brussels", datetime(*when))


def calendar(zone, first, days, shifts=OFFICE, holidays=()):
    """Return the clock of people who work in ``shifts`` from Monday to Friday."""
    intervals = []
    for offset in range(days):
        day = first + offset * DAY
        if day.weekday() < 5 and day not in holidays:
            midnight = datetime.combine(day, time())
            intervals += [
                (utc(zone, midnight + a * MINUTE), utc(zone, midnight + b * MINUTE))
                for a, b in shifts
            ]
    begin = datetime.combine(first, time())
    return WorkingClock(intervals, utc(zone, begin), utc(zone, begin + days * DAY))


def january(holidays=()):
    return calendar("Europe/Brussels", date(2026, 1, 1), 60, holidays=holidays)


MORNING, AFTERNOON = (at(8), at(12)), (at(13), at(17))
EIGHT_HOURS = allowance(8, "working_hours", 8)[0]


def test_a1_weekend():
    asked, decided = brussels(2026, 1, 9, 16, 30), brussels(2026, 1, 12, 9, 15)
    assert january().between(asked, decided) == 1.75 * HOUR
    assert decided - asked == 64.75 * HOUR
    assert decided <= january().after(asked, EIGHT_HOURS, latest=True)


def test_a2_holiday():
    asked, decided = brussels(2026, 1, 9, 16, 30), brussels(2026, 1, 13, 9, 15)
    clock = january(holidays=[date(2026, 1, 12)])
    assert clock.between(asked, decided) == 1.75 * HOUR
    assert january().between(asked, decided) == 9.75 * HOUR
    # Added afterwards, the holiday moves the due time by a day.
    assert january().after(asked, EIGHT_HOURS) == brussels(2026, 1, 12, 16, 30)
    assert clock.after(asked, EIGHT_HOURS) == brussels(2026, 1, 13, 16, 30)


def test_a3_lunch_and_dst():
    clock = calendar("Europe/Brussels", date(2026, 3, 23), 14)
    asked, decided = brussels(2026, 3, 27, 16), brussels(2026, 3, 30, 9)
    assert clock.between(asked, decided) == 2 * HOUR
    assert decided - asked == 64 * HOUR
    assert clock.between(brussels(2026, 3, 30, 11), decided + 5 * HOUR) == 2 * HOUR
    assert clock.after(asked, 6 * HOUR) == brussels(2026, 3, 30, 14)


def test_a4_strict_breach():
    asked = brussels(2026, 1, 5, 8)
    clock = january()
    due = clock.after(asked, EIGHT_HOURS)
    breach_after = clock.after(asked, EIGHT_HOURS, latest=True)
    assert due == brussels(2026, 1, 5, 17)
    assert breach_after == brussels(2026, 1, 6, 8)
    for moment in (due, breach_after):
        assert clock.between(asked, moment) == EIGHT_HOURS
    assert clock.between(asked, due - MICROSECOND) == EIGHT_HOURS - MICROSECOND
    late = clock.between(asked, breach_after + MICROSECOND)
    assert late == EIGHT_HOURS + MICROSECOND


def test_a5_working_day_unit():
    clock = january()
    working, in_working_time = allowance(2, "working_days", 8)
    assert in_working_time
    due = clock.after(brussels(2026, 1, 5, 10), working)
    assert due == brussels(2026, 1, 7, 10)


@pytest.mark.parametrize(
    "intervals",
    [
        [MORNING, AFTERNOON],
        [AFTERNOON, MORNING],
        [(at(8), at(10)), (at(10), at(12)), AFTERNOON],
        [(at(8), at(11)), (at(9), at(12)), (at(9), at(10)), AFTERNOON],
        [MORNING, MORNING, AFTERNOON, (at(14), at(14)), (at(15), at(14))],
        [MORNING, AFTERNOON, (at(-9), at(-1)), (at(30), at(40))],
    ],
)
def test_intervals_come_as_they_like(intervals):
    clock = WorkingClock(iter(intervals), at(0), at(24))
    assert clock.between(at(0), at(24)) == 8 * HOUR
    assert clock.between(at(9), at(14)) == 4 * HOUR
    assert clock.after(at(9), 3 * HOUR) == at(12)
    assert clock.after(at(9), 3 * HOUR, latest=True) == at(13)
    assert [hour for hour in range(24) if clock.is_open(at(hour))] == [
        *range(8, 12),
        *range(13, 17),
    ]


def test_what_reaches_outside_is_clipped():
    clock = WorkingClock([(at(-5), at(2)), (at(20), at(30))], at(0), at(24))
    assert clock.between(at(0), at(24)) == 6 * HOUR
    assert clock.is_open(at(0))
    assert (
        WorkingClock([(at(-5), at(50))], at(0), at(24)).between(at(1), at(23))
        == 22 * HOUR
    )


def test_is_open_from_the_start_to_before_the_stop():
    clock = WorkingClock([MORNING], at(0), at(24))
    for moment, expected in (
        (at(0), False),
        (at(8) - MICROSECOND, False),
        (at(8), True),
        (at(12) - MICROSECOND, True),
        (at(12), False),
        (at(24) - MICROSECOND, False),
    ):
        assert clock.is_open(moment) is expected


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((at(8), at(12)), False),
        ((at(8), at(24)), False),
        ((at(8), at(24) + MICROSECOND), True),
        ((at(24), at(25)), True),
        ((at(24) + MICROSECOND, at(25)), False),
        ((at(25), at(23)), False),
    ],
)
def test_is_open_at_the_end_if_it_is_told(interval, expected):
    later = (at(26), at(28))
    for intervals in ([interval, MORNING], [MORNING, later, interval]):
        assert WorkingClock(intervals, at(0), at(24)).is_open(at(24)) is expected


def test_outside_of_the_horizon():
    clock = WorkingClock([MORNING, AFTERNOON], at(0), at(24))
    for start, stop in ((-1, 1), (1, 25), (-2, -1), (25, 26)):
        with pytest.raises(OutsideHorizon, match=r"known from 2026-01-05 00:00:00 to"):
            clock.between(at(start), at(stop))
    for hour in (-1, 25):
        with pytest.raises(OutsideHorizon, match=f"not at {at(hour)}"):
            clock.is_open(at(hour))
    assert issubclass(OutsideHorizon, ValueError)


def test_nothing_passes_backwards_whatever_is_known():
    clock = WorkingClock([MORNING], at(0), at(24))
    for start, stop in ((9, 9), (10, 9), (99, 98), (-1, -1)):
        assert clock.between(at(start), at(stop)) == timedelta()


def test_after_says_when_it_cannot_know():
    clock = WorkingClock([MORNING, AFTERNOON], at(0), at(24))
    assert clock.after(at(-1), HOUR) is None
    assert clock.after(at(25), HOUR) is None
    assert clock.after(at(25), timedelta()) is None
    assert clock.after(at(0), 8 * HOUR) == at(17)
    assert clock.after(at(0), 8 * HOUR + MICROSECOND) is None
    # What comes after the end may be the next morning, or the end itself.
    assert clock.after(at(0), 8 * HOUR, latest=True) is None
    last = clock.after(at(0), 8 * HOUR - MICROSECOND, latest=True)
    assert last == at(17) - MICROSECOND
    assert clock.after(at(0), timedelta.max) is None


def test_no_time_has_passed():
    clock = WorkingClock([MORNING, AFTERNOON], at(0), at(24))
    for start, latest in ((0, 8), (8, 8), (9, 9), (12, 13), (12.5, 13), (13, 13)):
        assert clock.after(at(start), timedelta()) == at(start)
        assert clock.after(at(start), timedelta(), latest=True) == at(latest)
    for start in (17, 18, 24):
        assert clock.after(at(start), timedelta()) == at(start)
        assert clock.after(at(start), timedelta(), latest=True) is None


def test_negative_working_time_is_refused():
    with pytest.raises(ValueError, match=r"cannot be negative: -1 day, 23:59:59"):
        january().after(MONDAY, -timedelta(seconds=1))


def test_a_clock_without_working_time():
    clock = WorkingClock([], at(0), at(24))
    assert clock.between(at(0), at(24)) == timedelta()
    assert clock.after(at(1), timedelta()) == at(1)
    assert clock.after(at(1), timedelta(), latest=True) is None
    assert clock.after(at(1), MICROSECOND) is None
    assert not clock.is_open(at(3))


def test_a_clock_of_no_length():
    clock = WorkingClock([MORNING], at(9), at(9))
    assert clock.after(at(9), timedelta()) == at(9)
    assert clock.after(at(9), MICROSECOND) is None
    assert clock.is_open(at(9))


def test_a_clock_ends_after_it_begins():
    with pytest.raises(ValueError, match="cannot end .* before it begins"):
        WorkingClock([], at(1), at(0))


def test_a_microsecond_counts_in_thousands_of_years():
    begin, end = datetime(1, 1, 1, 0, 0, 0, 1), datetime(9999, 12, 31)
    clock = round_the_clock(begin, end)
    assert clock.between(begin, end) == end - begin
    start = end - 3 * MICROSECOND
    assert clock.between(start, end) == 3 * MICROSECOND
    assert clock.after(start, 2 * MICROSECOND) == end - MICROSECOND
    assert clock.after(begin, end - begin - MICROSECOND) == end - MICROSECOND


def test_round_the_clock():
    clock = round_the_clock(at(0), at(48))
    assert clock.between(at(3), at(40)) == 37 * HOUR
    for latest in (False, True):
        assert clock.after(at(3), 24 * HOUR, latest) == at(27)
    assert clock.after(at(0), 48 * HOUR) == at(48)
    assert clock.is_open(at(0)) and clock.is_open(at(48) - MICROSECOND)
    assert (clock.begin, clock.end) == (at(0), at(48))


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (8, "hours", (8 * HOUR, False)),
        (1.5, "days", (36 * HOUR, False)),
        (8, "working_hours", (8 * HOUR, True)),
        (2, "working_days", (15 * HOUR, True)),
        (0.1, "hours", (360 * timedelta(seconds=1), False)),
        (0, "working_days", (timedelta(), True)),
        (-0.0, "working_hours", (timedelta(), True)),
        (0.5, "working_hours", (HOUR / 2, True)),
        (1e-12, "hours", (timedelta(), False)),
        (-1, "working_days", None),
        (-0.01, "hours", None),
        (-1, "days", None),
    ],
)
def test_allowance(amount, unit, expected):
    assert allowance(amount, unit, 7.5) == expected


def test_allowance_knows_every_unit():
    assert [allowance(1, unit, 8) for unit, _label in AGE_UNITS] == [
        (HOUR, False),
        (DAY, False),
        (HOUR, True),
        (8 * HOUR, True),
    ]


@pytest.mark.parametrize(
    ("amount", "unit", "hours_per_day", "message"),
    [
        (float("nan"), "hours", 8, "nan hours is no length of time."),
        (float("inf"), "days", 8, "inf days is no length of time."),
        (float("-inf"), "days", 8, "-inf days is no length of time."),
        (1, "weeks", 8, "Unknown unit of time: 'weeks'."),
        (-1, "weeks", 8, "Unknown unit of time: 'weeks'."),
        (1e12, "days", 8, "1000000000000.0 days is too long."),
        (1, "working_days", 0, "A working day cannot have 0 hours."),
        (1, "working_days", -8, "A working day cannot have -8 hours."),
        (1, "working_days", 24.5, "A working day cannot have 24.5 hours."),
        (1, "working_days", float("nan"), "A working day cannot have nan hours."),
    ],
)
def test_odd_allowances_are_refused(amount, unit, hours_per_day, message):
    with pytest.raises(ValueError) as caught:
        allowance(amount, unit, hours_per_day)
    assert str(caught.value) == message


def test_hours_of_a_day_matter_to_working_days_only():
    assert allowance(3, "working_hours", 0) == (3 * HOUR, True)
    assert allowance(1, "working_days", 24) == (24 * HOUR, True)
    assert allowance(3, "working_days", 0.5) == (1.5 * HOUR, True)


# Against a loop over minutes

#: Around both changes of the clocks, of half an hour on Lord Howe Island.
WINDOWS = [
    ("Europe/Brussels", date(2026, 3, 27)),
    ("Europe/Brussels", date(2026, 10, 23)),
    ("America/New_York", date(2026, 3, 6)),
    ("America/New_York", date(2026, 10, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
    ("Asia/Tokyo", date(2026, 12, 31)),
]
DAYS = 5
#: Not where clocks may jump or a time comes twice; shifts may well hold such an hour.
LIMITS = st.sampled_from([0, *range(4 * 60, 24 * 60 + 1, 15)])


@st.composite
def shift_plans(draw):
    limits = sorted(draw(st.lists(LIMITS, min_size=0, max_size=6, unique=True)))
    return tuple(zip(limits[::2], limits[1::2], strict=False))


@lru_cache
def local_minutes(zone, first):
    """Return (date, minute of the day) of each minute of UTC in a window."""
    tz = pytz.timezone(zone)
    begin = utc(zone, datetime.combine(first, time()))
    end = utc(zone, datetime.combine(first + DAYS * DAY, time()))
    found = []
    while begin + len(found) * MINUTE < end:
        local = pytz.utc.localize(begin + len(found) * MINUTE).astimezone(tz)
        found.append((local.date(), local.hour * 60 + local.minute))
    return begin, found


@given(st.sampled_from(WINDOWS), shift_plans(), st.data())
def test_as_a_loop_over_minutes(window, shifts, data):
    zone, first = window
    holidays = [first + n * DAY for n in data.draw(st.sets(st.integers(0, 4)))]
    clock = calendar(zone, first, DAYS, shifts, holidays)
    begin, minutes = local_minutes(zone, first)
    works = [
        day.weekday() < 5 and day not in holidays and any(a <= m < b for a, b in shifts)
        for day, m in minutes
    ]
    start = data.draw(st.integers(0, len(works) - 1))
    stop = data.draw(st.integers(start, len(works)))
    since, until = begin + start * MINUTE, begin + stop * MINUTE
    worked = sum(works[start:stop])
    assert clock.between(since, until) == worked * MINUTE
    assert clock.is_open(since) is works[start]
    check_after(clock, works, (begin, start), worked)


def check_after(clock, works, origin, worked):
    """Step minute by minute to where exactly so much was worked, and beyond."""
    begin, start = origin
    first = start
    passed = 0
    while passed < worked:
        passed += works[first]
        first += 1
    last = first
    while last < len(works) and not works[last]:
        last += 1
    since = begin + start * MINUTE
    assert clock.after(since, worked * MINUTE) == begin + first * MINUTE
    expected = begin + last * MINUTE if last < len(works) else None
    assert clock.after(since, worked * MINUTE, latest=True) == expected


MOMENTS = st.integers(0, 4 * 86_400_000_000).map(lambda n: MONDAY + n * MICROSECOND)
INTERVALS = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=8)


@given(INTERVALS, st.tuples(MOMENTS, MOMENTS, MOMENTS))
def test_time_adds_up_to_the_microsecond(intervals, moments):
    clock = WorkingClock(intervals, MONDAY, MONDAY + 4 * DAY)
    one, two, three = sorted(moments)
    worked = clock.between(one, two)
    assert worked + clock.between(two, three) == clock.between(one, three)
    assert timedelta() <= worked <= two - one
    due = clock.after(one, worked)
    assert due <= two
    assert clock.between(one, due) == worked
    latest = clock.after(one, worked, latest=True)
    if latest is None:
        assert clock.between(two, clock.end) == timedelta()
    else:
        assert latest >= two
        assert clock.between(one, latest) == worked
        assert clock.between(one, latest + MICROSECOND) == worked + MICROSECOND


@given(INTERVALS, MOMENTS)
def test_the_order_of_intervals_does_not_matter(intervals, moment):
    clocks = [
        WorkingClock(order, MONDAY, MONDAY + 4 * DAY)
        for order in (intervals, intervals[::-1], intervals * 2)
    ]
    assert len({clock.between(MONDAY, moment) for clock in clocks}) == 1
    inside = any(start <= moment < stop for start, stop in intervals)
    assert {clock.is_open(moment) for clock in clocks} == {inside}
