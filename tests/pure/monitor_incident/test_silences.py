from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import silences
from odoo.addons.monitor_incident.tools.silences import Silence, Window

NOON = datetime(2026, 1, 5, 12)  # a Monday
DAILY = frozenset(range(7))
HOUR = timedelta(hours=1)


def at(hours):
    return NOON + timedelta(hours=hours)


def night(days=DAILY, start=2, length=2, tz="UTC", ends_at=None):
    window = Window(days, timedelta(hours=start), timedelta(hours=length), tz)
    return Silence(datetime(2026, 1, 1), ends_at, window)


@pytest.mark.parametrize(
    ("hours", "status", "until", "change"),
    [
        (-1, "pending", None, at(0)),
        (0, "active", at(4), at(4)),
        (3.99, "active", at(4), at(4)),
        (4, "expired", None, None),
        (9, "expired", None, None),
    ],
)
def test_a_silence_mutes_from_start_to_end(hours, status, until, change):
    silence = Silence(at(0), at(4))
    assert silences.status(silence, at(hours)) == status
    assert silences.muted_until(silence, at(hours)) == until
    assert silences.mutes(silence, at(hours)) is (until is not None)
    assert silences.next_change(silence, at(hours)) == change


def test_without_an_end():
    silence = Silence(at(0), None)
    assert silences.status(silence, at(9)) == "active"
    assert silences.mutes(silence, at(9))
    assert silences.next_change(silence, at(9)) is None


@pytest.mark.parametrize(
    ("hour", "minute", "until", "change"),
    [
        (1, 59, None, 2),
        (2, 0, 4, 4),
        (3, 59, 4, 4),
        (4, 0, None, 26),
    ],
)
def test_a_window_every_night(hour, minute, until, change):
    now = datetime(2026, 1, 5, hour, minute)
    day = datetime(2026, 1, 5)
    assert silences.muted_until(night(), now) == (until and day + until * HOUR)
    assert silences.next_change(night(), now) == day + change * HOUR


def test_a_window_on_one_day_of_the_week():
    sunday = night(days=frozenset({6}))
    assert silences.next_change(sunday, NOON) == datetime(2026, 1, 11, 2)
    assert silences.next_change(sunday, datetime(2026, 1, 11, 4)) == datetime(
        2026, 1, 18, 2
    )
    assert not silences.mutes(sunday, datetime(2026, 1, 10, 3))
    assert silences.mutes(sunday, datetime(2026, 1, 11, 3))


def test_the_day_is_that_of_its_time_zone():
    monday = night(days=frozenset({0}), start=1, tz="Asia/Tokyo")
    # Monday 01:00 in Tokyo is Sunday 16:00 in UTC.
    assert silences.mutes(monday, datetime(2026, 1, 4, 16))
    assert not silences.mutes(monday, datetime(2026, 1, 5, 16))


def test_a_window_over_midnight():
    late = night(days=frozenset({0}), start=23, length=3)
    assert silences.muted_until(late, datetime(2026, 1, 6, 1)) == datetime(
        2026, 1, 6, 2
    )
    assert not silences.mutes(late, datetime(2026, 1, 5, 1))


def test_windows_that_touch_mute_without_pause():
    always = night(start=2, length=24)
    until = silences.muted_until(always, datetime(2026, 1, 5, 3))
    assert until > datetime(2026, 1, 9)


def test_a_window_where_clocks_jump_forward():
    """At 02:00 it is 03:00 in Paris on 29 March 2026."""
    paris = night(start=2.5, length=1, tz="Europe/Paris")
    assert silences.muted_until(paris, datetime(2026, 3, 28, 1, 30)) == datetime(
        2026, 3, 28, 2, 30
    )
    assert silences.muted_until(paris, datetime(2026, 3, 29, 1, 30)) == datetime(
        2026, 3, 29, 2, 30
    )
    assert silences.muted_until(paris, datetime(2026, 3, 30, 0, 30)) == datetime(
        2026, 3, 30, 1, 30
    )


def test_a_window_where_clocks_go_back():
    """02:30 comes twice in Paris on 25 October 2026; it begins once."""
    paris = night(start=2.5, length=1, tz="Europe/Paris")
    assert silences.muted_until(paris, datetime(2026, 10, 25, 0, 30)) == datetime(
        2026, 10, 25, 1, 30
    )
    assert not silences.mutes(paris, datetime(2026, 10, 25, 1, 30))
    begins = silences.previews(paris, datetime(2026, 10, 24, 12), 2)
    assert begins[0][0] == datetime(2026, 10, 25, 0, 30)
    assert begins[1][0] == datetime(2026, 10, 26, 1, 30)


def test_a_window_begins_and_ends_with_its_silence():
    window = night().window
    inside = Silence(datetime(2026, 1, 5, 3), datetime(2026, 1, 6, 3), window)
    assert silences.next_change(inside, datetime(2026, 1, 5, 1)) == datetime(
        2026, 1, 5, 3
    ) or silences.mutes(inside, datetime(2026, 1, 5, 3))
    assert silences.muted_until(inside, datetime(2026, 1, 6, 2)) == datetime(
        2026, 1, 6, 3
    )
    assert silences.next_change(inside, datetime(2026, 1, 5, 12)) == datetime(
        2026, 1, 6, 2
    )
    over = Silence(datetime(2026, 1, 5, 3), datetime(2026, 1, 6, 1), window)
    assert silences.next_change(over, datetime(2026, 1, 5, 12)) is None


def test_no_days_no_window():
    assert silences.next_change(night(days=frozenset()), NOON) is None


def test_previews():
    assert silences.previews(night(), NOON, 2) == [
        (datetime(2026, 1, 6, 2), datetime(2026, 1, 6, 4)),
        (datetime(2026, 1, 7, 2), datetime(2026, 1, 7, 4)),
    ]
    assert silences.previews(Silence(at(1), at(2)), NOON, 5) == [(at(1), at(2))]
    assert silences.previews(Silence(at(-2), at(-1)), NOON, 5) == []
    assert silences.previews(night(ends_at=datetime(2026, 1, 6, 12)), NOON, 5) == [
        (datetime(2026, 1, 6, 2), datetime(2026, 1, 6, 4))
    ]


@pytest.mark.parametrize(
    ("silence", "recurring", "manager", "code"),
    [
        (Silence(at(0), at(1)), False, False, None),
        (Silence(at(0), at(0)), False, True, "backwards"),
        (Silence(at(0), at(-1)), False, True, "backwards"),
        (Silence(at(0), None), False, True, "endless"),
        (Silence(at(0), at(7 * 24)), False, False, None),
        (Silence(at(0), at(7 * 24 + 1)), False, False, "too_long"),
        (Silence(at(0), at(7 * 24 + 1)), False, True, None),
        (night(), True, True, None),
        (night(), True, False, "too_long"),
        (night(ends_at=datetime(2026, 1, 8)), True, False, None),
        (night(days=frozenset()), True, True, "no_days"),
        (Silence(at(0), at(1)), True, True, "no_days"),
        (night(length=0), True, True, "window_length"),
        (night(length=24), True, True, None),
        (night(length=24.5), True, True, "window_length"),
        (night(start=-1), True, True, "window_start"),
        (night(start=0), True, True, None),
        (night(start=23.99), True, True, None),
        (night(start=24), True, True, "window_start"),
    ],
)
def test_what_is_refused(silence, recurring, manager, code):
    assert silences.problem(silence, recurring, manager) == code
    assert code is None or silences.PROBLEMS[code]


@pytest.mark.parametrize(
    ("ends_at", "tz", "reminded"),
    [
        (datetime(2026, 1, 9, 10), "UTC", None),  # Friday
        (datetime(2026, 1, 10, 10), "UTC", datetime(2026, 1, 9, 9)),
        (datetime(2026, 1, 11, 23), "UTC", datetime(2026, 1, 9, 9)),
        (datetime(2026, 1, 12, 0), "UTC", None),
        (datetime(2026, 1, 9, 16), "Asia/Tokyo", datetime(2026, 1, 9, 0)),
        (datetime(2026, 1, 10, 10), "Europe/Paris", datetime(2026, 1, 9, 8)),
        (datetime(2026, 1, 10, 10), "", datetime(2026, 1, 9, 9)),
        (None, "UTC", None),
    ],
)
def test_an_end_on_the_weekend_is_reminded_of_on_friday(ends_at, tz, reminded):
    assert silences.remind_at(Silence(NOON, ends_at), tz) == reminded


def test_what_was_made_on_friday_evening_is_not_reminded_of():
    saturday = datetime(2026, 1, 10, 10)
    made = Silence(datetime(2026, 1, 9, 9), saturday)
    assert silences.remind_at(made, "UTC") is None
    assert silences.remind_at(night(ends_at=saturday), "UTC") is None


ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"])
WINDOWS = st.builds(
    Window,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 23 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    length=st.integers(1, 20 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    tz=ZONES,
)
SILENCES = st.builds(
    Silence,
    starts_at=st.integers(0, 9000).map(at),
    ends_at=st.none() | st.integers(9001, 12000).map(at),
    window=st.none() | WINDOWS,
)


@given(SILENCES, st.integers(-100, 13000 * 60))
def test_nothing_changes_before_the_next_change(silence, minute):
    now = NOON + timedelta(minutes=minute)
    change = silences.next_change(silence, now)
    muting = silences.mutes(silence, now)
    if change is None:
        assert muting == silences.mutes(silence, now + timedelta(days=30)) or (
            silence.ends_at
        )
        return
    assert change > now
    for part in (0.01, 0.5, 0.99):
        moment = now + (change - now) * part
        assert silences.mutes(silence, moment) == muting
    if silence.window is None or muting:
        assert silences.mutes(silence, change) != muting


def test_longer_than_a_week_is_long():
    assert silences.MAX_SPAN == timedelta(days=7)
    assert not silences.is_long(Silence(at(0), at(7 * 24)))
    assert silences.is_long(Silence(at(0), at(7 * 24) + timedelta(seconds=1)))
    assert silences.is_long(Silence(at(0), None))
