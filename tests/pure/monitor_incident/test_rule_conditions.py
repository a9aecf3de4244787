"""The conditions of rules about the health of a workflow."""

from datetime import datetime, timedelta

import pytest

from odoo.addons.monitor_incident.tools.rule_conditions import (
    KINDS,
    Condition,
    Thresholds,
    Workflow,
    condition,
)

NOON = datetime(2026, 1, 5, 12)
SINCE = NOON - timedelta(minutes=7)


def of(rule, count=1, limit=None, factor=0.0, **facts):
    workflow = Workflow(**{"since": SINCE, **facts})
    return condition(rule, workflow, Thresholds(count, limit, factor), NOON)


def test_a_new_workflow_meets_no_condition():
    defaults = Workflow()
    assert (defaults.kind, defaults.health, defaults.reason) == ("cron", "new", "")
    assert (defaults.consecutive_failures, defaults.run_count_7d) == (0, 0)
    assert (Thresholds().count, Thresholds().limit, Thresholds().factor) == (1, None, 0)
    assert all(condition(kind, defaults, Thresholds(), NOON) is None for kind in KINDS)


@pytest.mark.parametrize("health", ["paused", "unknown"])
def test_what_is_not_judged_meets_no_condition(health):
    for reason in ("late", "lost", "stalled", "deactivated", "user_archived", "slow"):
        facts = {"health": health, "reason": reason, "consecutive_failures": 9}
        assert all(of(kind, **facts) is None for kind in KINDS), reason


def test_failures_in_a_row_quote_the_error():
    facts = {"health": "failing", "consecutive_failures": 3, "params": {"error": "no"}}
    assert of("consecutive_failures", 3, **facts) == Condition(
        "failures_in_a_row", SINCE, 3.0, {"count": 3, "error": "no"}
    )
    assert of("consecutive_failures", 4, **facts) is None
    once = of("consecutive_failures", **{**facts, "consecutive_failures": 1})
    assert once == Condition("failed", SINCE, 1.0, {"count": 1, "error": "no"})
    twice = of("consecutive_failures", **{**facts, "consecutive_failures": 2})
    assert twice.code == "failures_in_a_row"
    assert of("consecutive_failures", 3, **{**facts, "health": "degraded"}) is None
    without = {**facts, "params": {"error": None}}
    assert of("consecutive_failures", 3, **without) == Condition(
        "failures_in_a_row_plain", SINCE, 3.0, {"count": 3}
    )


def test_no_threshold_means_one():
    assert of("consecutive_failures", 0, health="failing") is None
    assert of("consecutive_failures", 0, health="failing", consecutive_failures=1)
    stalled = {"health": "late", "reason": "stalled_plain"}
    assert of("stalled", 0, params={"count": 1}, **stalled)


@pytest.mark.parametrize(
    "reason, code",
    [("late",) * 2, ("late_plain", "late"), ("never_ran",) * 2, ("hung",) * 2],
)
def test_what_did_not_come(reason, code):
    params = {"expected": NOON, "since": SINCE, "last_run": SINCE}
    facts = {"health": "late", "reason": reason, "params": params}
    told = {"expected": NOON, "since": SINCE}
    assert of("late", **facts) == Condition(code, SINCE, None, told)
    assert of("late", kind="heartbeat", **facts) is None
    assert of("heartbeat", **facts) is None
    down = {**facts, "health": "failing", "kind": "heartbeat"}
    assert of("heartbeat", **down) == Condition(code, SINCE, None, told)


def test_a_heartbeat_within_its_grace_is_not_missing_yet():
    late = {"kind": "heartbeat", "health": "late"}
    assert of("heartbeat", reason="late", **late) is None
    assert of("heartbeat", reason="never_ran", **late).code == "never_ran"
    assert of("heartbeat", kind="heartbeat", health="failing", reason="failed") is None


def test_failing_for_another_reason_is_not_late():
    assert of("late", health="failing", reason="failed") is None


def test_waiting_at_a_checkpoint():
    facts = {"health": "late", "reason": "stalled"}
    params = {"count": 2, "step": "Paid", "other": 1}
    assert of("stalled", params=params, **facts) == Condition(
        "stalled_at", SINCE, 2.0, {"count": 2, "step": "Paid"}
    )
    assert of("stalled", 2, params=params, **facts)
    assert of("stalled", 3, params=params, **facts) is None
    assert of("stalled", params={}, **facts) == Condition("stalled", SINCE, 1.0, {})
    assert of("stalled", health="late", reason="late") is None


@pytest.mark.parametrize("reason", ["lost", "timed_out"])
def test_lost(reason):
    assert of("lost", health="failing", reason=reason) == Condition(reason, SINCE)
    failed = of(
        "lost", health="failing", reason=reason, since=None, last_failure_at=NOON
    )
    assert failed.since == NOON
    assert of("lost", health="degraded", reason=reason) is None
    assert of("lost", health="failing", reason="failed") is None


@pytest.mark.parametrize("reason", ["deactivated", "deactivated_plain"])
def test_switched_off_by_odoo(reason):
    facts = {"health": "failing", "reason": reason, "params": {"error": "no"}}
    assert of("deactivated", **facts) == Condition(
        "deactivated", SINCE, None, {"error": "no"}
    )
    assert of("deactivated", health="failing", reason=reason) == Condition(
        "deactivated_plain", SINCE, None, {}
    )
    assert of("deactivated", health="failing", reason="failed") is None


def test_switched_off_by_odoo_with_what_it_erased():
    erased = {"count": 9, "first": SINCE}
    for reason in ("deactivated_after", "deactivated_after_plain"):
        facts = {"health": "failing", "reason": reason}
        assert of(
            "deactivated", **facts, params={**erased, "error": "no", "x": 1}
        ) == Condition("deactivated_after", SINCE, None, {**erased, "error": "no"})
        assert of("deactivated", **facts, params=erased) == Condition(
            "deactivated_after_plain", SINCE, None, erased
        )


def test_the_user_is_archived():
    facts = {"health": "failing", "reason": "user_archived"}
    assert of("misconfigured", **facts) == Condition("user_archived", SINCE)
    named = {**facts, "reason": "user_archived_named"}
    assert of("misconfigured", **named, params={"user": "W", "x": 1}) == Condition(
        "user_archived_named", SINCE, None, {"user": "W"}
    )
    assert of("misconfigured", health="failing", reason="failed") is None


@pytest.mark.parametrize("reason", ["running_long", "slow"])
def test_slow_by_its_own_expectation(reason):
    params = {"since": SINCE}
    facts = {"health": "degraded", "reason": reason, "params": params}
    assert of("slow", **facts) == Condition(reason, SINCE, None, params)


def test_the_last_run_took_longer_than_a_limit():
    limit = timedelta(minutes=1)
    facts = {"health": "healthy", "last_run_at": SINCE}
    assert of("slow", limit=limit, last_duration_ms=60_000, **facts) is None
    assert of("slow", limit=limit, last_duration_ms=60_001, **facts) == Condition(
        "slow",
        SINCE,
        None,
        {"took": timedelta(milliseconds=60_001), "expected": limit},
    )
    assert of("slow", last_duration_ms=10**9, **facts) is None


def test_the_run_under_way_takes_longer_than_a_limit():
    limit = timedelta(minutes=10)
    began = NOON - limit
    assert of("slow", limit=limit, health="healthy", running_since=began) is None
    long_ago = began - timedelta(seconds=1)
    assert of("slow", limit=limit, health="healthy", running_since=long_ago) == (
        Condition(
            "running_long",
            long_ago + limit,
            None,
            {"since": long_ago, "expected": limit},
        )
    )


def test_many_times_the_usual():
    usual = {"health": "healthy", "p95_ms": 2_000, "run_count_7d": 20}
    assert of("slow", factor=3, last_duration_ms=6_000, **usual) is None
    slow = of("slow", factor=3, last_duration_ms=6_001, **usual)
    assert slow.params["expected"] == timedelta(seconds=6)
    few = {**usual, "run_count_7d": 19}
    assert of("slow", factor=3, last_duration_ms=60_000, **few) is None
    assert of("slow", factor=0, last_duration_ms=60_000, **usual) is None
    assert of("slow", factor=3, last_duration_ms=10**6, health="healthy") is None


def test_less_than_a_second_is_never_slow():
    usual = {"health": "healthy", "p95_ms": 10, "run_count_7d": 500}
    assert of("slow", factor=3, last_duration_ms=1_000, **usual) is None
    slow = of("slow", factor=3, last_duration_ms=1_001, **usual)
    assert slow.params["expected"] == timedelta(seconds=1)


def test_the_stricter_of_limit_and_usual_counts():
    facts = {"health": "healthy", "p95_ms": 2_000, "run_count_7d": 20}
    facts["last_duration_ms"] = 7_000
    assert of("slow", factor=3, limit=timedelta(hours=1), **facts)
    assert of("slow", factor=30, limit=timedelta(seconds=5), **facts)
    assert of("slow", factor=30, limit=timedelta(hours=1), **facts) is None


def test_started_over_and_over():
    """Odoo counts no failure of what does part of its work each time."""
    took = timedelta(seconds=10)
    facts = {"health": "failing", "consecutive_failures": 3, "reason": "looping"}
    params = {"count": 3, "since": SINCE, "took": took}
    assert of(
        "consecutive_failures", **facts, params={"took": took, "error": "no"}
    ) == Condition("looping", SINCE, 3.0, {**params, "error": "no"})
    plain = {**facts, "reason": "looping_plain"}
    assert of("consecutive_failures", **plain, params={"took": took}) == Condition(
        "looping_plain", SINCE, 3.0, params
    )
    assert of("consecutive_failures", **plain).code == "failures_in_a_row_plain"
    other = {**facts, "reason": "failing"}
    assert (
        of("consecutive_failures", **other, params={"took": took}).code
        == "failures_in_a_row_plain"
    )
