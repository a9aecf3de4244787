from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import escalation
from odoo.addons.monitor_incident.tools.escalation import (
    Facts,
    Level,
    Policy,
    Progress,
    decide,
)

NOON = datetime(2026, 1, 5, 12)


def by_clock(_level, start, minutes, _working):
    return start + timedelta(minutes=minutes)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


LEVELS = st.builds(
    Level,
    delay=st.integers(0, 90),
    working=st.booleans(),
    condition=st.sampled_from(["unacknowledged", "unresolved"]),
    min_severity=st.sampled_from(["info", "warning", "error", "critical"]),
)
POLICIES = st.builds(
    Policy,
    levels=st.lists(LEVELS, max_size=4).map(tuple),
    repeat=st.integers(0, 7),
    pause=st.integers(0, 60),
    unacknowledge=st.integers(0, 60),
)
FACTS = st.builds(
    Facts,
    severity=st.sampled_from(["info", "warning", "error", "critical"]),
    acknowledged=st.booleans(),
    touched_at=st.none() | st.just(NOON),
)


@given(POLICIES, FACTS, st.lists(st.integers(-30, 600), max_size=30))
def test_no_step_comes_twice_and_there_is_always_a_next_moment(policy, facts, moments):
    progress, seen = Progress(NOON), set()
    for minutes in moments:
        decision = decide(policy, progress, facts, at(minutes), by_clock)
        progress = decision.progress
        keys = {escalation.step_key(progress.loop, step) for step in decision.steps}
        assert not keys & seen
        seen |= keys
        assert decision.next_at is not None
        assert decision.next_at > at(minutes)
        for step in decision.steps:
            assert policy.levels[step].concerns(facts.severity)
    assert progress.loop <= escalation.MAX_REPEATS


@given(POLICIES, FACTS, st.integers(0, 600))
def test_asking_again_at_the_same_moment_does_nothing(policy, facts, minutes):
    once = decide(policy, Progress(NOON), facts, at(minutes), by_clock)
    if once.unacknowledge:
        facts = replace(facts, acknowledged=False)
    again = decide(policy, once.progress, facts, at(minutes), by_clock)
    assert again.steps == ()


@given(st.integers(0, 9), st.frozensets(st.integers(0, 9)))
def test_progress_survives_storage(loop, done):
    progress = Progress(NOON, loop, done)
    assert escalation.unpack(escalation.pack(progress), at(5)) == progress


def test_nothing_stored_begins_at_the_start():
    assert escalation.unpack(None, NOON) == Progress(NOON)
    assert escalation.unpack({"anchor": NOON.isoformat()}, at(5)) == Progress(NOON)


@pytest.mark.parametrize("repeat, expected", [(-1, 0), (0, 0), (5, 5), (6, 5)])
def test_repeats_have_a_limit(repeat, expected):
    assert escalation.parse_policy({"repeat": repeat}).repeat == expected


def test_a_snapshot_says_it_all():
    snapshot = {
        "repeat": 2,
        "pause": 7,
        "unacknowledge": 8,
        "critical_by_clock": False,
        "levels": [
            {
                "delay": 5,
                "working": False,
                "condition": "unresolved",
                "min_severity": "error",
                "target": "owner",
            }
        ],
    }
    level = Level(5, False, "unresolved", "error")
    assert escalation.parse_policy(snapshot) == Policy((level,), 2, 7, 8, False)
    assert escalation.parse_policy(None) == Policy()
    defaults = Policy()
    assert (defaults.repeat, defaults.pause, defaults.unacknowledge) == (0, 60, 30)
    assert defaults.critical_by_clock
    assert Level() == Level(0, True, "unacknowledged", "info")
    assert Facts() == Facts("error", True, False, None, None)


def test_idle_is_looked_at_again_the_next_day():
    decision = decide(Policy(), Progress(NOON), Facts(), NOON, by_clock)
    assert decision == escalation.Decision((), at(24 * 60), Progress(NOON))


def test_what_is_over_is_not_looked_at():
    policy = Policy((Level(0),))
    decision = decide(policy, Progress(NOON), Facts(open=False), NOON, by_clock)
    assert decision == escalation.Decision((), None, Progress(NOON))


def test_paused_until_the_moment_itself():
    policy, facts = Policy((Level(10),)), Facts(paused_until=at(30))
    before = decide(policy, Progress(NOON), facts, at(29), by_clock)
    assert (before.steps, before.next_at) == ((), at(30))
    after = decide(policy, Progress(NOON), facts, at(30), by_clock)
    assert (after.steps, after.next_at) == ((), at(40))


def test_an_acknowledgement_expires_at_the_moment_itself():
    policy = Policy((Level(0), Level(30)), unacknowledge=10)
    facts = Facts("critical", acknowledged=True, touched_at=NOON)
    done = Progress(NOON, done=frozenset({0}))
    assert decide(policy, done, facts, at(9), by_clock).next_at == at(10)
    expired = decide(policy, done, facts, at(10), by_clock)
    assert expired.unacknowledge
    assert (expired.steps, expired.next_at) == ((), at(40))
    never = replace(policy, unacknowledge=0)
    assert not decide(never, done, facts, at(99), by_clock).unacknowledge
    unknown = replace(facts, touched_at=None)
    assert not decide(policy, done, unknown, at(99), by_clock).unacknowledge


def test_working_time_is_asked_for_with_the_level():
    asked = []

    def plan(level, start, minutes, working):
        asked.append((level, start, minutes, working))
        return start + timedelta(minutes=minutes)

    policy = Policy((Level(0), Level(30), Level(20, working=False)))
    decide(policy, Progress(NOON), Facts(), at(40), plan)
    assert asked == [(1, NOON, 30, True), (2, at(30), 20, False)]
    asked.clear()
    decide(policy, Progress(NOON), Facts("critical"), at(5), plan)
    assert asked == [(1, NOON, 30, False)]
    asked.clear()
    told = Progress(NOON, done=frozenset({0, 1, 2}))
    again = decide(replace(policy, repeat=1), told, Facts(), at(5), plan)
    assert asked[0] == (None, NOON, 60, True)
    assert again.next_at == at(60)


def test_skipping_goes_over_held_and_other_levels():
    levels = (Level(), Level(), Level(condition="unresolved"))
    progress = Progress(NOON, done=frozenset({0}))
    skip = escalation.skip_to_next
    assert skip(Policy(levels), progress, Facts()) == 1
    assert skip(Policy(levels), progress, Facts(acknowledged=True)) == 2
    assert skip(Policy(levels[:1]), progress, Facts()) is None


def test_further_prefers_the_round_then_the_level():
    first, second = Progress(NOON, 0, frozenset({0, 1, 2})), Progress(at(1), 1)
    assert escalation.further(first, second) is second
    assert escalation.further(second, first) is second
    one, two = (Progress(NOON, 0, frozenset(done)) for done in ({1}, {0, 1}))
    assert escalation.further(one, two) is two
