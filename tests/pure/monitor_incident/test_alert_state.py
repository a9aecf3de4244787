from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import alert_state
from odoo.addons.monitor_incident.tools.alert_state import Alert, Seen, Timing, step

NOON = datetime(2026, 1, 5, 12)
PLAIN = Timing()


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def minutes(count):
    return timedelta(minutes=count)


def life(timing, *told):
    """Return an alert after ``(minute, seen)``, seen being True, False or None."""
    alert, flips = None, ()
    for minute, seen in told:
        if alert and alert.resolved_at:
            alert, flips = None, alert.flips
        what = None if seen is None else Seen(seen, at(minute), 1)
        alert = step(alert, what, timing, at(minute), flips)
    return alert


def test_nothing_is_no_alert():
    assert step(None, None, PLAIN, NOON) is None
    assert step(None, Seen(False), PLAIN, NOON) is None


def test_it_fires_at_once_where_nothing_has_to_last():
    alert = step(None, Seen(True, at(-3), 4), PLAIN, NOON)
    assert alert == Alert(
        first_seen_at=at(-3),
        last_seen_at=NOON,
        fired_at=at(-3),
        flips=(at(-3),),
        count=4,
    )


@pytest.mark.parametrize("since", [None, at(5)])
def test_what_began_without_a_moment_or_in_the_future_began_now(since):
    alert = step(None, Seen(True, since), PLAIN, NOON)
    assert (alert.first_seen_at, alert.fired_at, alert.count) == (NOON, NOON, 1)


def test_it_is_pending_until_it_lasted():
    timing = Timing(hold=minutes(10))
    alert = life(timing, (0, True), (9, None))
    assert (alert.phase, alert.fired_at) == ("pending", None)
    assert step(alert, None, timing, at(10)).fired_at == at(10)
    assert step(alert, None, timing, at(400)).fired_at == at(10)


def test_what_ends_while_pending_is_over_and_never_fired():
    alert = life(Timing(minutes(10), recover=minutes(5)), (0, True), (9, False))
    assert (alert.phase, alert.fired_at, alert.resolved_at) == ("over", None, at(9))


def test_it_lasted_long_enough_although_that_was_noticed_late():
    """The tick stood still from 1 to 400: it held until 30."""
    timing = Timing(hold=minutes(10))
    alert = step(life(timing, (0, True)), Seen(False, at(30)), timing, at(400))
    assert (alert.fired_at, alert.resolved_at) == (at(10), at(30))


def test_it_held_exactly_long_enough():
    timing = Timing(hold=minutes(10))
    alert = step(life(timing, (0, True)), Seen(False, at(10)), timing, at(10))
    assert alert.fired_at == at(10)


def test_it_has_to_stay_well_before_it_is_over():
    timing = Timing(recover=minutes(10))
    alert = life(timing, (0, True), (5, False), (14, None))
    assert (alert.phase, alert.clear_since) == ("firing", at(5))
    over = step(alert, None, timing, at(15))
    assert (over.phase, over.resolved_at) == ("over", at(15))
    assert step(alert, None, timing, at(999)).resolved_at == at(15)


def test_it_comes_back_while_recovering():
    alert = life(Timing(recover=minutes(10)), (0, True), (5, False), (8, True))
    assert (alert.phase, alert.clear_since, alert.count) == ("firing", None, 2)
    assert alert.flips == (at(0), at(5), at(8))
    assert alert.last_seen_at == at(8)


def test_it_comes_back_without_a_new_occurrence():
    timing = Timing(recover=minutes(10))
    alert = life(timing, (0, True), (5, False))
    assert step(alert, Seen(True, at(8), 0), timing, at(8)).count == 2


def test_more_of_the_same_only_counts():
    alert = life(PLAIN, (0, True))
    more = step(alert, Seen(True, at(0), 7), PLAIN, at(3))
    assert (more.count, more.last_seen_at, more.flips) == (8, at(3), alert.flips)
    same = step(alert, Seen(True, at(0), 0), PLAIN, at(3))
    assert (same.count, same.last_seen_at) == (1, at(3))


def test_that_it_is_well_is_noted_once():
    timing = Timing(recover=minutes(10))
    alert = life(timing, (0, True), (5, False), (7, False))
    assert alert.clear_since == at(5)
    assert alert.flips == (at(0), at(5))


def test_it_does_not_end_before_it_began_or_after_now():
    alert = life(PLAIN, (0, True))
    assert step(alert, Seen(False, at(-9)), PLAIN, at(5)).resolved_at == at(0)
    assert step(alert, Seen(False, at(9)), PLAIN, at(5)).resolved_at == at(5)
    assert step(alert, Seen(False), PLAIN, at(5)).resolved_at == at(5)


def test_what_is_over_stays_over():
    alert = life(PLAIN, (0, True), (1, False))
    assert step(alert, Seen(True, at(2), 5), PLAIN, at(2)) == alert
    assert step(alert, None, PLAIN, at(2)) == alert


def test_a_clock_that_goes_back_ends_nothing_early():
    timing = Timing(recover=minutes(10))
    alert = life(timing, (0, True), (5, False), (-60, None))
    assert alert.phase == "firing"
    again = step(alert, Seen(True, at(-50), 1), timing, at(-50))
    assert again.last_seen_at == at(0)
    assert again.flips[-1] == at(5)
    ended = step(life(PLAIN, (0, True)), Seen(False), PLAIN, at(-60))
    assert (ended.clear_since, ended.resolved_at) == (at(0), at(0))


def test_four_changes_within_an_hour_flap():
    alert = life(PLAIN, (0, True), (2, False), (4, True))
    assert not alert.flapping
    alert = step(alert, Seen(False, at(6)), PLAIN, at(6))
    assert (alert.flapping, alert.phase) == (True, "firing")
    assert alert_state.next_check(alert, PLAIN, at(6)) == at(36)
    assert step(alert, None, PLAIN, at(35)).phase == "firing"
    over = step(alert, None, PLAIN, at(36))
    assert (over.phase, over.resolved_at, over.flapping) == ("over", at(36), False)


def test_four_changes_in_more_than_an_hour_do_not():
    assert life(PLAIN, (0, True), (20, False), (40, True), (60, False)).phase == "over"
    assert life(PLAIN, (0, True), (20, False), (40, True), (59, False)).flapping


def test_four_changes_that_are_noticed_late_do_not():
    timing = Timing(recover=minutes(5))
    alert = life(timing, (0, True), (2, False), (4, True))
    late = step(alert, Seen(False, at(6)), timing, at(36))
    assert (late.phase, late.resolved_at) == ("over", at(11))
    assert step(alert, Seen(False, at(6)), timing, at(35)).flapping


def test_what_flaps_and_then_holds_on_is_calm_again():
    told = [(0, True), (2, False), (4, True), (6, False), (8, True)]
    alert = life(PLAIN, *told)
    assert alert.flapping
    assert alert_state.next_check(alert, PLAIN, at(8)) == at(38)
    assert step(alert, None, PLAIN, at(37)).flapping
    calm = step(alert, None, PLAIN, at(38))
    assert (calm.flapping, calm.phase) == (False, "firing")
    assert alert_state.next_check(calm, PLAIN, at(38)) is None


def test_what_flaps_needs_the_longer_of_both_to_recover():
    timing = Timing(recover=minutes(45))
    alert = life(timing, (0, True), (2, False), (4, True), (6, False))
    assert step(alert, None, timing, at(50)).phase == "firing"
    assert step(alert, None, timing, at(51)).resolved_at == at(51)


def test_pending_alerts_do_not_flap():
    timing = Timing(hold=minutes(60))
    alert = Alert(at(0), at(9), flips=(at(0), at(1), at(2), at(3)))
    assert not step(alert, None, timing, at(9)).flapping


def test_few_flips_are_kept():
    timing = Timing(recover=minutes(30))
    told = [(minute, minute % 2 == 0) for minute in range(50)]
    alert = life(timing, *told)
    assert len(alert.flips) == 2 * alert_state.FLAPPING_CHANGES + 1
    assert life(PLAIN, (0, True), (61, False)).flips == (at(61),)


def test_it_begins_again_after_it_ended():
    old = life(PLAIN, (0, True), (5, False))
    new = step(None, Seen(True, at(3), 1), PLAIN, at(9), old.flips)
    assert (new.first_seen_at, new.flips) == (at(5), (at(0), at(5), at(5)))
    later = step(None, Seen(True, at(66), 1), PLAIN, at(66), old.flips)
    assert (later.first_seen_at, later.flips) == (at(66), (at(66),))
    back = step(None, Seen(True, None, 1), PLAIN, at(2), old.flips)
    assert back.first_seen_at == at(2)


@pytest.mark.parametrize(
    ("timing", "told", "expected"),
    [
        (PLAIN, [(0, True)], None),
        (PLAIN, [(0, True), (1, False)], None),
        (Timing(hold=minutes(10)), [(0, True)], at(10)),
        (Timing(recover=minutes(10)), [(0, True), (5, False)], at(15)),
        (Timing(recheck=minutes(6)), [(0, True)], at(6)),
        (Timing(hold=minutes(10), recheck=minutes(6)), [(0, True), (6, None)], at(10)),
        (Timing(hold=minutes(10), recheck=minutes(6)), [(0, True), (2, None)], at(8)),
        (Timing(recheck=minutes(6)), [(0, True), (1, False)], None),
    ],
)
def test_when_to_look_again(timing, told, expected):
    assert alert_state.next_check(life(timing, *told), timing, at(told[-1][0])) == (
        expected
    )


TOLD = st.lists(
    st.tuples(
        st.integers(-30, 400),
        st.sampled_from([True, False, None]),
        st.none() | st.integers(-60, 460),
        st.integers(0, 5),
    ),
    max_size=15,
)
TIMINGS = st.builds(
    Timing,
    hold=st.integers(0, 30).map(minutes),
    recover=st.integers(0, 60).map(minutes),
)


@given(TIMINGS, TOLD, st.booleans())
def test_whatever_is_seen_moments_are_in_order(timing, told, forward):
    """Also where the clock goes back, and where ``since`` lies anywhere."""
    alert, flips, count = None, (), 0
    told = sorted(told, key=lambda one: one[0]) if forward else told
    for minute, active, since, more in told:
        seen = None
        if active is not None:
            seen = Seen(active, None if since is None else at(since), more)
        alert = step(alert, seen, timing, at(minute), flips)
        if alert is None:
            continue
        assert alert.count >= count
        assert alert.last_seen_at >= alert.first_seen_at
        assert len(alert.flips) <= 2 * alert_state.FLAPPING_CHANGES + 1
        for moment in (alert.fired_at, alert.clear_since, alert.resolved_at):
            assert moment is None or moment >= alert.first_seen_at
        again = step(alert, None, timing, at(minute))
        assert again == alert  # the same moment twice changes nothing
        count = alert.count
        if alert.phase == "over":
            assert not alert.flapping
            alert, flips, count = None, alert.flips, 0


@given(TIMINGS, st.integers(0, 400), st.integers(0, 400))
def test_a_tick_that_comes_late_gives_the_same_times(timing, held, late):
    """Each minute or only once, after hours: the alert has the same life."""
    seen = Seen(True, NOON, 1)
    often = step(None, seen, timing, NOON)
    for minute in range(1, held):
        often = step(often, None, timing, at(minute))
    often = step(often, Seen(False, at(held)), timing, at(held))
    for minute in range(held, held + late + 100):
        often = step(often, None, timing, at(minute))
    rare = step(step(None, seen, timing, NOON), Seen(False, at(held)), timing, at(held))
    rare = step(rare, None, timing, at(held + late + 99))
    assert often == rare


@pytest.mark.parametrize(
    "timing", [PLAIN, Timing(recover=minutes(30)), Timing(recheck=minutes(5))]
)
def test_what_nobody_looks_at_any_more_has_nothing_to_recover(timing):
    alert = life(timing, (0, True))
    over = step(alert, Seen(False, at(3), final=True), timing, at(5))
    assert (over.phase, over.resolved_at, over.fired_at) == ("over", at(3), NOON)
    assert alert_state.next_check(over, timing, at(5)) is None


def test_nor_does_it_flap():
    alert = life(PLAIN, (0, True))
    for minute, active in ((1, False), (2, True), (3, False), (4, True), (5, True)):
        timing = Timing(recover=minutes(10))
        alert = step(alert, Seen(active, at(minute)), timing, at(minute))
    assert alert.flapping
    assert step(alert, Seen(False, at(6)), PLAIN, at(6)).phase == "firing"
    over = step(alert, Seen(False, at(6), final=True), PLAIN, at(6))
    assert (over.phase, over.flapping, over.flips) == ("over", False, ())


def test_what_was_well_by_then_was_over_by_then():
    timing = Timing(recover=minutes(30))
    alert = life(timing, (0, True), (2, False))
    assert step(alert, Seen(False, at(9), final=True), timing, at(9)).resolved_at == at(
        2
    )


def test_what_did_not_last_never_fired():
    timing = Timing(hold=minutes(10))
    alert = life(timing, (0, True))
    over = step(alert, Seen(False, at(9), final=True), timing, at(9))
    assert (over.phase, over.fired_at) == ("over", None)
    late = step(alert, Seen(False, at(11), final=True), timing, at(11))
    assert late.fired_at == at(10)


def test_seen_is_not_final_unless_said():
    assert not Seen(False).final
