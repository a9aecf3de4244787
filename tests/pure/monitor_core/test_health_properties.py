"""What holds for any facts whatever."""

import re
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import scales
from odoo.addons.monitor_core.tools.health import (
    REASONS,
    Facts,
    decide,
    next_change_at,
    render,
)

NOON = datetime(2026, 1, 5, 12)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
HEALTHS = [value for value, _label in scales.HEALTHS]

near = st.integers(-40 * 60, 40 * 60).map(lambda m: NOON + timedelta(minutes=m))
moments = st.none() | near | st.datetimes()
durations = st.none() | st.integers(0, 10**8) | st.floats()
counts = st.integers(0, 5)


def values_of(scale):
    return st.none() | st.sampled_from([value for value, _label in scale])


any_facts = st.builds(
    Facts,
    captured=st.sampled_from([True, True, True, False]),
    capture_enabled=st.sampled_from([True, True, True, False]),
    paused=st.sampled_from([False, False, False, True]),
    pause_reason=st.none() | st.text(max_size=5),
    source_state=st.sampled_from(
        ["active"] * 4 + ["archived", "deactivated", "missing"]
    ),
    user_archived=st.sampled_from([False, False, False, True]),
    user_name=st.none() | st.text(max_size=5),
    switched_off_after=st.none() | counts,
    first_failure_at=moments,
    kind=st.sampled_from([value for value, _label in scales.WORKFLOW_KINDS]),
    created_at=moments,
    last_run_at=moments,
    last_success_at=moments,
    last_failure_at=moments,
    last_state=values_of(scales.RUN_STATES),
    last_outcome_class=values_of(scales.OUTCOME_CLASSES),
    last_error=st.none() | st.text(),
    last_duration_ms=durations,
    expected_duration_ms=durations,
    consecutive_failures=counts,
    failing_since=moments,
    runs_24h=counts,
    failures_24h=counts,
    lost_runs_24h=counts,
    business_errors_24h=counts,
    running_since=moments,
    running_state=values_of(scales.RUN_STATES),
    next_expected_at=moments,
    grace_seconds=st.integers(0, 7200) | st.floats(),
    stalled_runs=st.sampled_from([0, 0, 0, 1]),
    stalled_step=st.none() | st.text(max_size=5),
)


@given(any_facts, near | st.datetimes())
def test_there_is_always_a_known_health_with_a_complete_reason(facts, now):
    verdict = decide(facts, now)
    assert verdict.health in HEALTHS
    placeholders = set(PLACEHOLDER.findall(REASONS[verdict.reason_code]))
    assert placeholders == set(verdict.params)
    assert render(verdict)


@given(any_facts, near | st.datetimes(), st.floats(0, 1))
def test_nothing_changes_before_it_is_said_to(facts, now, share):
    change_at = next_change_at(facts, now)
    end = change_at if change_at is not None else datetime.max
    assert end > now or change_at is None
    between = now + (end - now) * share
    if between < end:
        assert decide(facts, between) == decide(facts, now)
    if change_at is not None:
        assert decide(facts, change_at) != decide(facts, now)


@given(any_facts, near)
def test_late_is_backdated_and_never_in_the_future(facts, now):
    verdict = decide(facts, now)
    if verdict.health == "late":
        assert verdict.since is None or verdict.since <= now
