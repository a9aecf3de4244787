from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import local_day

HOUR = timedelta(hours=1)
# Zones with odd days: half and quarter hours, changes at midnight, a skipped day.
ODD = [
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
]
zones = st.sampled_from(sorted(available_timezones())) | st.sampled_from(ODD)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2036, 12, 31))


@given(zones, moments)
@example("America/St_Johns", datetime(2010, 11, 7, 3, 0))
@example("America/Sao_Paulo", datetime(2018, 11, 4, 3, 0))
@example("Pacific/Apia", datetime(2011, 12, 30, 10, 0))
def test_each_moment_is_in_the_day_it_is_said_to_be_in(zone, moment):
    day = local_day.bounds(zone, local_day.day_of(zone, moment))
    assert day.start <= moment < day.stop


@given(zones, st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_days_follow_each_other_without_gap_or_overlap(zone, first):
    day, after = local_day.days_between(zone, first, first + local_day.ONE_DAY)
    assert (day.zone, day.day, after.day) == (zone, first, first + local_day.ONE_DAY)
    assert day.stop == after.start
    assert timedelta() <= day.stop - day.start <= 26 * HOUR


@given(zones, st.lists(moments, max_size=20))
def test_the_days_of_moments_are_each_listed_once_in_order(zone, found):
    days = local_day.days_of(zone, found)
    assert [day.day for day in days] == sorted({day.day for day in days})
    assert {day.day for day in days} == {local_day.day_of(zone, m) for m in found}
    assert days == [local_day.bounds(zone, day.day) for day in days]


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", date(2026, 3, 8), datetime(2026, 3, 8), 24),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 5), 23),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4), 25),
        ("Asia/Kathmandu", date(2026, 3, 8), datetime(2026, 3, 7, 18, 15), 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), datetime(2026, 4, 4, 13), 24.5),
        # Midnight does not exist: the day begins with the jump.
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3), 23),
        # Midnight exists twice: the day begins with the first.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4), 25),
        # The zone skipped it.
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10), 0),
    ],
)
def test_when_a_day_begins_and_how_long_it_is(zone, day, start, hours):
    found = local_day.bounds(zone, day)
    assert found == (zone, day, start, start + hours * HOUR)
    assert found.start.tzinfo is None


def test_clocks_set_back_over_midnight_do_not_bring_the_day_before_back():
    begun = date(2010, 11, 7)
    for minute in (31, 40, 91, 180):
        moment = datetime(2010, 11, 7, 2) + timedelta(minutes=minute)
        assert local_day.day_of("America/St_Johns", moment) == begun


def test_from_the_first_to_the_last_day_both_included():
    first = date(2026, 2, 27)
    listed = local_day.days_between("UTC", first, date(2026, 3, 2))
    assert [day.day.day for day in listed] == [27, 28, 1, 2]
    assert local_day.days_between("UTC", first, first)[0].day == first
    assert local_day.days_between("UTC", first, date(2026, 2, 26)) == []


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "/etc/passwd", "../UTC", "a\0b", "America", "x" * 300]
)
def test_what_is_no_time_zone(name):
    assert not local_day.is_zone(name)


def test_an_unknown_zone_is_said_to_be_unknown():
    assert all(map(local_day.is_zone, ODD))
    with pytest.raises(ZoneInfoNotFoundError, match="Mars"):
        local_day.start_of("Mars/Olympus", date(2026, 1, 1))
