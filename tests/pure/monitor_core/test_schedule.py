from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.schedule import (
    MAX_MISSED,
    Schedule,
    default_grace,
    format_duration,
    in_words,
    missed,
    next_after,
    validate,
)

PARIS = "Europe/Paris"
ADVICE = 'write "0 7 * * 1-5" for every weekday at 07:00.'


def cron(expression, tz="UTC"):
    return Schedule("cron", expression=expression, tz=tz)


def every(number, unit, tz="UTC"):
    return Schedule("interval", number, unit, tz=tz)


def fires(schedule, since, count):
    """The next moments, as "MM-DD HH:MM" in UTC."""
    moment, found = datetime.fromisoformat(since), []
    for _fire in range(count):
        moment = next_after(schedule, moment)
        found.append(f"{moment:%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("label", "schedule", "since", "expected"),
    [
        (
            "02:30 does not exist on 29 March: due an hour later, once",
            cron("30 2 * * *", PARIS),
            "2026-03-27T12:00",
            ["03-28 01:30", "03-29 01:30", "03-30 00:30"],
        ),
        (
            "seen from within the hour after the change",
            cron("30 2 * * *", PARIS),
            "2026-03-29T01:10",
            ["03-29 01:30", "03-30 00:30"],
        ),
        (
            "02:30 exists twice on 25 October: due the first time only",
            cron("30 2 * * *", PARIS),
            "2026-10-23T12:00",
            ["10-24 00:30", "10-25 00:30", "10-26 01:30"],
        ),
        (
            "seen from between the two",
            cron("30 2 * * *", PARIS),
            "2026-10-25T01:10",
            ["10-26 01:30"],
        ),
        (
            "every half hour follows the hours that really pass, in October",
            cron("*/30 * * * *", PARIS),
            "2026-10-24T23:45",
            ["10-25 00:00", "10-25 00:30", "10-25 01:00", "10-25 01:30", "10-25 02:00"],
        ),
        (
            "and in March",
            cron("*/30 * * * *", PARIS),
            "2026-03-29T00:15",
            ["03-29 00:30", "03-29 01:00", "03-29 01:30", "03-29 02:00"],
        ),
        (
            "half an hour of change",
            cron("15 2 * * *", "Australia/Lord_Howe"),
            "2026-10-02T20:00",
            ["10-03 15:45", "10-04 15:15", "10-05 15:15"],
        ),
        (
            "a weekday",
            cron("0 7 * * 1-5"),
            "2026-01-02T08:00",
            ["01-05 07:00", "01-06 07:00"],
        ),
        ("this moment is over", cron("0 7 * * *"), "2026-01-02T07:00", ["01-03 07:00"]),
        (
            "an interval of days keeps its time of the day",
            every(1, "days", PARIS),
            "2026-03-28T06:00",
            ["03-29 05:00", "03-30 05:00"],
        ),
        (
            "an interval of hours does not",
            every(24, "hours", PARIS),
            "2026-03-28T06:00",
            ["03-29 06:00", "03-30 06:00"],
        ),
        (
            "months end where they end",
            every(1, "months"),
            "2026-01-31T00:00",
            ["02-28 00:00", "03-28 00:00"],
        ),
        (
            "nor does one of minutes",
            every(90, "minutes", PARIS),
            "2026-03-29T00:30",
            ["03-29 02:00"],
        ),
        (
            "an interval of days into the hour that comes twice",
            every(1, "days", PARIS),
            "2026-10-24T00:30",
            ["10-25 00:30"],
        ),
        ("weeks", every(2, "weeks"), "2026-01-05T10:00", ["01-19 10:00"]),
        (
            "without a time zone",
            cron("0 7 * * *", ""),
            "2026-07-02T07:00",
            ["07-03 07:00"],
        ),
        ("minutes", every(15, "minutes"), "2026-01-05T10:01", ["01-05 10:16"]),
    ],
)  # fmt: skip
def test_next_after(label, schedule, since, expected):
    assert fires(schedule, since, len(expected)) == expected, label


@pytest.mark.parametrize("zone", [PARIS, "America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize("expression", ["30 2 * * *", "0 3 * * *", "15 0 * * *"])
def test_once_a_day_all_year(zone, expression):
    moment, count = datetime(2026, 1, 1, 12), 0
    while moment < datetime(2027, 1, 1, 12):
        following = next_after(cron(expression, zone), moment)
        gap = following - moment
        assert timedelta() < gap <= timedelta(hours=25)
        moment, count = following, count + 1
    assert count == 366


@given(
    st.sampled_from([cron("*/7 * * * *", PARIS), cron("0 */5 * * *", PARIS),
                     cron("30 2 * * *", PARIS), every(1, "days", PARIS),
                     every(3, "months", PARIS), every(90, "minutes")]),
    st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1)),
)  # fmt: skip
def test_the_next_is_always_later(schedule, moment):
    assert next_after(schedule, moment) > moment


@given(
    st.sampled_from(["*/7 * * * *", "0 */5 * * *", "30 2 * * *", "10 2,3 * * 0"]),
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 31))
    | st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 27)),
    st.floats(0, 1),
)
def test_nothing_is_due_between_a_moment_and_the_next(expression, moment, share):
    schedule = cron(expression, PARIS)
    following = next_after(schedule, moment)
    between = moment + (following - moment) * share
    if between < following:
        assert next_after(schedule, between) == following


def test_without_a_time_nothing_is_due():
    assert next_after(Schedule(), datetime(2026, 1, 1)) is None
    assert validate(Schedule()) is None


def test_a_wrong_schedule_says_why():
    with pytest.raises(ValueError, match="at least 1"):
        next_after(every(0, "hours"), datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (cron("* * * * *", "Mars/Olympus"), 'no time zone "Mars/Olympus"'),
        (cron("* * * * *", "../../etc/passwd"), "no time zone"),
        (every(1, "hours", "x" * 300), "no time zone"),
        (cron(""), 'five fields, for example "0 7 * * 1-5"'),
        (cron("* * * *"), "five fields"),
        (cron("* * * * * *"), "five fields"),
        (cron("61 * * * *"), '"61 * * * *" is no cron expression; write "0 7 * * 1-5"'),
        (cron("* * * * nonday"), "is no cron expression"),
        (cron("H * * * *"), "is no cron expression"),
        (cron("R * * * *"), "is no cron expression"),
        (cron("h * * * *"), "is no cron expression"),
        (cron("r * * * *"), "is no cron expression"),
        (cron("R(0-9) * * * *"), "is no cron expression"),
        (cron("*/0 * * * *"), "is no cron expression"),
        (cron("1," * 200 + "2 * * * *"), "is no cron expression"),
        (cron("0 0 30 2 *"), "never comes"),
        (every(0, "hours"), "at least 1"),
        (every(-3, "days"), "at least 1"),
        (every(10**9, "minutes"), "at most ten years"),
        (every(1, "seconds"), '"seconds" is none of minutes, hours'),
        (Schedule("sometimes"), "no kind of schedule"),
    ],
)
def test_problems_are_told_in_plain_words(schedule, words):
    assert words in validate(schedule)


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        (every(0, "days"), "The interval must be at least 1."),
        (every(3651, "days"), "The interval must be at most ten years."),
        (cron("0 0 30 2 *"), f'"0 0 30 2 *" never comes; {ADVICE}'),
        (cron("61 * * * *"), f'"61 * * * *" is no cron expression; {ADVICE}'),
        (cron("H * * * *"), f'"H * * * *" is no cron expression; {ADVICE}'),
    ],
)
def test_problems_are_whole_sentences(schedule, sentence):
    assert validate(schedule) == sentence


def test_ten_years_are_allowed():
    assert validate(every(3650, "days")) is None


@pytest.mark.parametrize(
    "expression", ["0 7 * * mon-fri", "0 0 29 2 *", "0 0 L * *", "5,10 */2 1-7 jan *"]
)
def test_good_expressions(expression):
    assert validate(cron(expression, PARIS)) is None


@given(st.text(max_size=40))
def test_validate_says_of_any_text_whether_it_works(expression):
    schedule = cron(expression)
    if validate(schedule) is None:
        assert next_after(schedule, datetime(2026, 1, 1)) is not None


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        (Schedule(), 5),
        (every(1, "minutes"), 5),
        (every(1, "hours"), 6),
        (every(3, "hours"), 18),
        (every(1, "days"), 60),
        (every(1, "months"), 60),
        (cron("*/15 * * * *"), 5),
        (cron("0 * * * *"), 6),
        (cron("0 7 * * 1-5"), 60),
        (cron("0 7,11 * * *"), 24),
        (3600, 6),
        (0, 5),
        (1e18, 60),
    ],
)
def test_default_grace(schedule, minutes):
    assert default_grace(schedule) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(), ""),
        (every(1, "hours"), "every hour"),
        (every(15, "minutes"), "every 15 minutes"),
        (every(1, "months"), "every month"),
        (cron("0 7 * * *", "Europe/Brussels"), "every day at 07:00 Europe/Brussels"),
        (cron("5 14 * * MON-FRI", ""), "every weekday at 14:05 UTC"),
        (cron("5 14 * * 1-5"), "every weekday at 14:05 UTC"),
        (cron("0 9 * * 8"), "cron 0 9 * * 8 (UTC)"),
        (cron("5 */2 * * *"), "cron 5 */2 * * * (UTC)"),
        (cron("*/1 * * * *"), "every minute"),
        (cron("0 9 * * 7"), "every Sunday at 09:00 UTC"),
        (cron("*/15 * * * *"), "every 15 minutes"),
        (cron("* * * * *"), "every minute"),
        (cron("0 * * * *"), "every hour"),
        (cron("20 * * * *"), "every hour at 20 min past"),
        (cron("*/7 * * * *"), "cron */7 * * * * (UTC)"),
        (cron("5 4 * 2 0", PARIS), "cron 5 4 * 2 0 (Europe/Paris)"),
        (cron("0 9 * * 1,3"), "cron 0 9 * * 1,3 (UTC)"),
    ],
)
def test_in_words(schedule, words):
    assert in_words(schedule) == words


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, ""),
        (False, ""),
        (0, "0 ms"),
        (-20, "0 ms"),
        (840, "840 ms"),
        (999.6, "1 s"),
        (4100, "4.1 s"),
        (50_060, "50.1 s"),
        (59_949, "59.9 s"),
        (59_950, "1 min"),
        (60_499, "1 min"),
        (125_000, "2 min 5 s"),
        (3_599_000, "59 min 59 s"),
        (3_600_000, "1 h"),
        (7_800_000, "2 h 10 min"),
        (273_600_000, "3 d 4 h"),
    ],
)
def test_format_duration(ms, text):
    assert format_duration(ms) == text


@pytest.mark.parametrize(
    ("schedule", "minutes", "count"),
    [
        (every(1, "hours"), -5, 0),
        (every(1, "hours"), 0, 0),
        (every(1, "hours"), 59, 0),
        (every(1, "hours"), 60, 1),
        (every(1, "hours"), 140, 2),
        (every(1, "days"), 26 * 60, 1),
        (cron("0 * * * *"), 140, 2),
        (every(1, "minutes"), 60 * 24, MAX_MISSED),
        (every(1, "minutes"), MAX_MISSED - 1, MAX_MISSED - 1),
        (Schedule(), 10_000, 0),
    ],
)
def test_missed(schedule, minutes, count):
    expected = datetime(2026, 1, 5, 10)
    assert missed(schedule, expected, expected + timedelta(minutes=minutes)) == count
