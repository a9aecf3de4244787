from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools.rotation import (
    Replan,
    Rotation,
    Shift,
    handover_at,
    next_handover,
    on_call,
    planned,
    replan,
)

ZONES = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]
DAY = timedelta(days=1)
NOON = datetime(2026, 1, 5, 12)
ROTATIONS = st.builds(
    Rotation,
    zone=st.sampled_from(ZONES),
    start=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    handover=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 20),
    members=st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True).map(tuple),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1))


@given(ROTATIONS, MOMENTS)
def test_turns_follow_each_other_without_gap(rotation, start):
    turns = planned(rotation, start, start + 60 * DAY)
    for one, other in pairwise(turns):
        assert one.stop == other.start
        follower = rotation.members.index(one.member) + 1
        assert other.member == rotation.members[follower % len(rotation.members)]
    begins = handover_at(rotation, rotation.start)
    if start >= begins:
        assert turns[0].holds(start)
        assert turns[-1].stop >= start + 60 * DAY
    elif turns:
        assert turns[0].start == begins


@given(ROTATIONS, MOMENTS)
def test_planning_again_changes_nothing(rotation, now):
    wanted = planned(rotation, now, now + 30 * DAY)
    assert replan(list(enumerate(wanted)), wanted, now) == Replan()


@given(ROTATIONS, ROTATIONS, MOMENTS)
def test_after_an_edit_the_future_is_as_wanted_and_the_past_as_it_was(one, other, now):
    stored = dict(enumerate(planned(one, now - 30 * DAY, now + 30 * DAY)))
    wanted = planned(other, now, now + 30 * DAY)
    change = replan(stored.items(), wanted, now)
    kept = {key: turn for key, turn in stored.items() if key not in change.delete}
    for key in change.end_now:
        kept[key] = replace(kept[key], stop=now)
    result = [*kept.values(), *change.create]
    for moment in (now, now + 5 * DAY, now + 29 * DAY):
        assert on_call(result, [], moment) == on_call(wanted, [], moment)
    for moment in (now - DAY, now - 9 * DAY):
        if stored and min(t.start for t in stored.values()) <= moment:
            assert on_call(result, [], moment) == on_call(stored.values(), [], moment)


def test_replan_keeps_a_turn_that_began_late():
    turn = Shift(NOON, NOON + DAY, 1)
    late = replace(turn, start=NOON + DAY / 4)
    assert replan([(1, late)], [turn], NOON + DAY / 2) == Replan()


def test_replan_deletes_and_creates():
    turn = Shift(NOON + DAY, NOON + 2 * DAY, 1)
    other = replace(turn, member=2)
    assert replan([(7, turn)], [other], NOON) == Replan((7,), (), (other,))


def test_replan_ends_what_runs():
    turn = Shift(NOON, NOON + DAY, 1)
    other = replace(turn, member=2)
    begun = replace(other, start=NOON + DAY / 2)
    assert replan([(7, turn)], [other], NOON + DAY / 2) == Replan((), (7,), (begun,))


def test_turns_that_only_meet_the_time_are_not_in_it():
    daily = Rotation("UTC", date(2026, 1, 1), 12 * 60, 1, (1, 2))
    (turn,) = planned(daily, NOON, NOON + DAY)
    assert turn == Shift(NOON, NOON + DAY, 1)


def test_replan_keeps_what_is_over_and_begins_the_next_now():
    over = Shift(NOON - DAY, NOON, 1)
    wanted = Shift(NOON - DAY / 2, NOON + DAY, 2)
    begun = replace(wanted, start=NOON)
    assert replan([(1, over)], [wanted], NOON) == Replan((), (), (begun,))


def test_replan_makes_the_first_turn_whole_and_none_that_is_over():
    wanted = Shift(NOON - DAY, NOON + DAY, 1)
    over = Shift(NOON - DAY, NOON, 2)
    assert replan([], [wanted, over], NOON) == Replan((), (), (wanted,))


def test_replan_deletes_what_would_begin_now():
    assert replan([(1, Shift(NOON, NOON + DAY, 1))], [], NOON) == Replan((1,), (), ())


def test_the_last_exception_counts_and_ends():
    turn = Shift(NOON, NOON + DAY, 1)
    overrides = [replace(turn, member=2), replace(turn, stop=NOON + DAY / 2, member=3)]
    assert on_call([turn], overrides, NOON) == 3
    assert on_call([turn], overrides, NOON + DAY / 2) == 2
    assert on_call([turn], overrides, NOON + DAY) is None


def test_nobody_takes_no_turn():
    rotation = Rotation("UTC", date(2026, 1, 5), 540, 7, ())
    assert planned(rotation, NOON, NOON + DAY) == []
    assert planned(replace(rotation, members=(1,)), NOON, NOON) == []


def test_a_turn_over_the_change_of_clocks_is_an_hour_shorter_or_longer():
    paris = Rotation("Europe/Paris", date(2026, 3, 28), 540, 1, (1,))
    spring = planned(paris, datetime(2026, 3, 28, 12), datetime(2026, 3, 28, 13))
    assert spring[0].stop - spring[0].start == timedelta(hours=23)
    autumn = planned(paris, datetime(2026, 10, 24, 12), datetime(2026, 10, 24, 13))
    assert autumn[0].stop - autumn[0].start == timedelta(hours=25)


def test_hours_out_of_a_day_are_its_limits():
    rotation = Rotation("UTC", date(2026, 1, 5), 5000, 1, (1,))
    assert handover_at(rotation, date(2026, 1, 5)) == datetime(2026, 1, 5, 23, 59)
    early = replace(rotation, handover=-5)
    assert handover_at(early, date(2026, 1, 5)) == datetime(2026, 1, 5)


@given(ROTATIONS, MOMENTS)
def test_the_next_handover_is_the_first_one_after_a_moment(rotation, moment):
    found = next_handover(rotation, moment)
    days = [moment.date() + n * DAY for n in range(-3, 4)]
    assert found == min(
        begins for day in days if (begins := handover_at(rotation, day)) > moment
    )


def test_the_next_handover_by_hand():
    nine = Rotation("Europe/Paris", date(2026, 1, 5), 9 * 60, 7, (1,))
    for moment, expected in (
        (datetime(2026, 1, 6, 7, 59), datetime(2026, 1, 6, 8)),
        (datetime(2026, 1, 6, 8), datetime(2026, 1, 7, 8)),
        (datetime(2026, 3, 28, 12), datetime(2026, 3, 29, 7)),
    ):
        assert next_handover(nine, moment) == expected
    kiritimati = Rotation("Pacific/Kiritimati", date(2026, 1, 5), 60, 1, (1,))
    assert next_handover(kiritimati, datetime(2026, 1, 6)) == datetime(2026, 1, 6, 11)
    late = Rotation("Etc/GMT+12", date(2026, 1, 5), 23 * 60, 1, (1,))
    assert next_handover(late, datetime(2026, 1, 6)) == datetime(2026, 1, 6, 11)
