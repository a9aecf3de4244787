"""The health of a workflow: one rule, from facts to a verdict with its reason.

The first that applies wins: paused, unknown, failing, late, degraded, new, healthy.
Moments are naive UTC. A verdict says nothing that changes by the minute, so that it
can be stored; :func:`next_change_at` says when it has to be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

try:
    from .health_reasons import REASONS, render
except ImportError:  # outside of its package: python3 -m doctest health.py
    from health_reasons import REASONS, render

__all__ = ["Facts", "REASONS", "Verdict", "decide", "next_change_at", "render"]

WINDOW = timedelta(hours=24)
#: For these a business error is the rule at work: it refused what it should.
REFUSING_KINDS = frozenset({"automation", "server_action"})
#: For these silence is a failure, as Healthchecks has it: due and not yet come is late,
#: beyond the grace it is down; what came since makes up for a failure at once.
SIGNALLING_KINDS = frozenset({"heartbeat"})
REFUSALS_IN_A_ROW = 3
PARTIAL_IN_A_ROW = 3
MAX_ERROR = 200
_UNFINISHED = {"running", "stalled"}


@dataclass(frozen=True)
class Facts:
    """What is known of a workflow; the defaults are those of a new one.

    ``source_state``: active, archived (by a person), deactivated (by Odoo) or
    missing. ``user_name``: as whom it runs. ``switched_off_after`` and
    ``first_failure_at``: failures that Odoo counted before it switched it off, and
    the first of them. ``last_*`` tell of the last finished run,
    ``consecutive_failures`` counts the runs since the last success. Of the counts of
    the last 24 hours ``failures_24h`` holds neither business errors nor lost runs,
    ``runs_24h`` all.
    ``failing_since``: the first failure after the last success, if known.
    ``running_since`` and ``latest_start_at``: the oldest and the newest run under way;
    ``answer_due_at``: until when the newest must have reported its end, None for what
    Odoo itself runs. What is absent may be None or, as Odoo has it, False.
    """

    captured: bool = True
    capture_enabled: bool = True
    paused: bool = False
    pause_reason: str | None = None
    source_state: str = "active"
    user_archived: bool = False
    user_name: str | None = None
    switched_off_after: int | None = None
    first_failure_at: datetime | None = None
    kind: str = "cron"
    created_at: datetime | None = None
    last_run_at: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_state: str | None = None
    last_outcome_class: str | None = None
    last_error: str | None = None
    last_duration_ms: float | None = None
    expected_duration_ms: float | None = None
    consecutive_failures: int = 0
    failing_since: datetime | None = None
    runs_24h: int = 0
    failures_24h: int = 0
    lost_runs_24h: int = 0
    business_errors_24h: int = 0
    running_since: datetime | None = None
    latest_start_at: datetime | None = None
    answer_due_at: datetime | None = None
    running_state: str | None = None
    next_expected_at: datetime | None = None
    grace_seconds: float = 0
    stalled_runs: int = 0
    stalled_step: str | None = None


@dataclass(frozen=True)
class Verdict:
    """A health, why (a key of ``REASONS`` and its values) and since when.

    ``since`` is when it came to be, not when it was noticed; None if not known.
    """

    health: str
    reason_code: str
    params: dict[str, Any] = field(default_factory=dict)
    since: datetime | None = None


def decide(facts: Facts, now: datetime) -> Verdict:
    """Return the health of a workflow at ``now``.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> decide(Facts(next_expected_at=noon - WINDOW, grace_seconds=60), noon)
    ... # doctest: +ELLIPSIS
    Verdict(health='late', reason_code='never_ran', ...
    """
    for rule in _RULES:
        verdict = rule(facts, now)
        if verdict is not None:
            return verdict
    return Verdict("healthy", "healthy")


def next_change_at(facts: Facts, now: datetime) -> datetime | None:
    """Return when the verdict changes by time alone, None if it does not."""
    verdict = decide(facts, now)
    for moment in sorted(_turning_points(facts)):
        if moment > now and decide(facts, moment) != verdict:
            return moment
    return None


def _paused(facts: Facts, now: datetime) -> Verdict | None:
    if facts.paused:
        if facts.pause_reason:
            return Verdict("paused", "paused_because", {"reason": facts.pause_reason})
        return Verdict("paused", "paused")
    if facts.source_state == "archived":
        return Verdict("paused", "switched_off")
    return None


def _unknown(facts: Facts, now: datetime) -> Verdict | None:
    if not facts.capture_enabled:
        return Verdict("unknown", "capture_off")
    if not facts.captured:
        return Verdict("unknown", "not_monitored")
    if facts.source_state == "missing":
        return Verdict("unknown", "source_missing")
    return None


def _not_run(facts: Facts, now: datetime) -> Verdict | None:
    """Odoo runs it no more."""
    if facts.source_state == "deactivated":
        return _switched_off(facts)
    if facts.user_archived and facts.user_name:
        return Verdict("failing", "user_archived_named", {"user": facts.user_name})
    if facts.user_archived:
        return Verdict("failing", "user_archived")
    return None


def _failing(facts: Facts, now: datetime) -> Verdict | None:
    """Its last finished run failed."""
    if not _last_failed(facts):
        return None
    since = facts.failing_since or facts.last_failure_at or facts.last_run_at
    if not since:
        return Verdict("failing", "failed_undated")
    params: dict[str, Any] = {"since": since}
    if facts.consecutive_failures > 1:
        params["count"] = facts.consecutive_failures
        code, took = "failing", _duration(facts.last_duration_ms)
        if facts.last_state == "partial" and took:  # Odoo starts it again at once
            code, params["took"] = "looping", took
        return _telling(facts, "failing", code, params, since)
    if facts.last_outcome_class == "timeout":
        return Verdict("failing", "timed_out", params, since)
    if "lost" in (facts.last_state, facts.last_outcome_class):
        return Verdict("failing", "lost", params, since)
    return _telling(facts, "failing", "failed", params, since)


def _switched_off(facts: Facts) -> Verdict:
    """Return the verdict on what Odoo switched off, with what it erased by that."""
    since, code, params = facts.last_failure_at, "deactivated", {}
    if facts.switched_off_after and facts.first_failure_at:
        code = "deactivated_after"
        params = {"count": facts.switched_off_after, "first": facts.first_failure_at}
    return _telling(facts, "failing", code, params, since)


def _silent(facts: Facts, now: datetime) -> Verdict | None:
    """A sign of life, or the end of what started, did not come within the grace."""
    if facts.kind not in SIGNALLING_KINDS:
        return None
    due, answer = _due_at(facts), facts.answer_due_at
    if not _has_run(facts) or _may_take(facts):
        due = None  # one that never came at all is late, not down
    if answer and now >= answer and (not due or answer <= due):
        since = facts.running_since or facts.latest_start_at
        return Verdict("failing", "hung", {"since": since}, answer)
    return _overdue(facts, "failing", due) if due and now >= due else None


def _late(facts: Facts, now: datetime) -> Verdict | None:
    """A step or a whole run is overdue; backdated to when it became so."""
    stalled = max(facts.stalled_runs, facts.running_state == "stalled")
    if stalled and facts.stalled_step:
        step = {"step": facts.stalled_step, "count": stalled}
        return Verdict("late", "stalled", step)
    if stalled:
        return Verdict("late", "stalled_plain", {"count": stalled})
    due = _due_at(facts)
    if facts.kind in SIGNALLING_KINDS and _has_run(facts):
        due = facts.next_expected_at
    if not due or now < due:
        return None
    if _started_in_time(facts):
        answer = facts.answer_due_at
        if not answer or now < answer:
            return None
        return Verdict(
            "late",
            "hung",
            {"since": facts.latest_start_at or facts.running_since},
            answer,
        )
    return _overdue(facts, "late", due)


def _overdue(facts: Facts, health: str, since: datetime) -> Verdict:
    """Return the verdict on what was expected and did not come."""
    params = {"expected": facts.next_expected_at}
    if not _has_run(facts):
        return Verdict(health, "never_ran", params, since)
    last = facts.last_run_at or facts.last_success_at or facts.last_failure_at
    if not last:
        return Verdict(health, "late_plain", params, since)
    return Verdict(health, "late", params | {"last_run": last}, since)


def _degraded(facts: Facts, now: datetime) -> Verdict | None:
    """It works, but not as it should."""
    erred = facts.last_error or (facts.last_outcome_class or "success") != "success"
    if facts.last_state == "partial" and erred:
        return _telling(facts, "degraded", "partial", {}, facts.last_run_at)
    expected = _duration(facts.expected_duration_ms)
    overrun = _overrun_at(facts)
    if overrun and now >= overrun:
        params = {"since": facts.running_since, "expected": expected}
        return Verdict("degraded", "running_long", params, overrun)
    took = _duration(facts.last_duration_ms)
    if took and expected and took > expected:
        params = {"took": took, "expected": expected}
        return Verdict("degraded", "slow", params, facts.last_run_at)
    return _failed_recently(facts, now) or _refused(facts)


def _failed_recently(facts: Facts, now: datetime) -> Verdict | None:
    """The last run was well, but others within 24 hours were not."""
    since = facts.last_failure_at
    if facts.kind in SIGNALLING_KINDS or (since and now >= _plus(since, WINDOW)):
        return None
    failed = facts.failures_24h
    if facts.kind not in REFUSING_KINDS:
        failed += facts.business_errors_24h
    for code, count in (
        ("failed_recently", failed),
        ("lost_recently", facts.lost_runs_24h),
    ):
        if count > 0:
            params = {"count": count, "total": max(facts.runs_24h, count)}
            return Verdict("degraded", code, params, since)
    return None


def _refused(facts: Facts) -> Verdict | None:
    """The rule refuses one record after the other."""
    count = facts.consecutive_failures
    if not _refusal(facts) or count < REFUSALS_IN_A_ROW:
        return None
    since = facts.failing_since or facts.last_failure_at
    return _telling(facts, "degraded", "refused", {"count": count}, since)


def _new(facts: Facts, now: datetime) -> Verdict | None:
    if _has_run(facts):
        return None
    if facts.running_since:
        return Verdict("new", "first_run", {}, facts.created_at)
    if facts.next_expected_at:
        params = {"expected": facts.next_expected_at}
        return Verdict("new", "not_due", params, facts.created_at)
    return Verdict("new", "never_used", {}, facts.created_at)


_RULES = (_paused, _unknown, _not_run, _failing, _silent, _late, _degraded, _new)


def _turning_points(facts: Facts) -> Iterator[datetime]:
    """Yield every moment at which time alone could change the verdict."""
    for moment in (
        facts.next_expected_at,
        _due_at(facts),
        _overrun_at(facts),
        facts.answer_due_at,
    ):
        if moment:
            yield moment
    if facts.last_failure_at:
        yield _plus(facts.last_failure_at, WINDOW)


def _due_at(facts: Facts) -> datetime | None:
    """Return from when on a run that did not start is late."""
    if not facts.next_expected_at:
        return None
    grace = _duration((facts.grace_seconds or 0) * 1000)
    return _plus(facts.next_expected_at, grace or timedelta())


def _overrun_at(facts: Facts) -> datetime | None:
    """Return from when on the run under way takes too long."""
    expected = _duration(facts.expected_duration_ms)
    if not facts.running_since or not expected:
        return None
    return _plus(facts.running_since, expected)


def _started_in_time(facts: Facts) -> bool:
    """Tell whether the run that is due is the one under way."""
    since = facts.latest_start_at or facts.running_since
    expected = facts.next_expected_at
    return bool(since and expected and since >= expected)


def _may_take(facts: Facts) -> bool:
    """Tell whether the run under way came in time and is known to take its time."""
    return bool(_started_in_time(facts) and _duration(facts.expected_duration_ms))


def _has_run(facts: Facts) -> bool:
    moments = (facts.last_run_at, facts.last_success_at, facts.last_failure_at)
    return any(moments) or (facts.last_state or "running") not in _UNFINISHED


def _refusal(facts: Facts) -> bool:
    business_error = facts.last_outcome_class == "business_error"
    return business_error and facts.kind in REFUSING_KINDS


def _last_failed(facts: Facts) -> bool:
    """Tell whether the last run that had an outcome failed; cancelled is none."""
    if _refusal(facts) or facts.last_state == "succeeded":
        return False
    if facts.last_state == "partial":
        # Some work done and then an error, time after time: Odoo counts no failure
        # and tries for ever.
        return (
            facts.last_outcome_class != "success"
            and facts.consecutive_failures >= PARTIAL_IN_A_ROW
        )
    return facts.last_state in ("failed", "lost") or facts.consecutive_failures > 0


def _telling(
    facts: Facts, health: str, code: str, params: dict, since: datetime | None
) -> Verdict:
    """Return a verdict that quotes the last error, if there is one."""
    error = (facts.last_error or "").strip().split("\n")[0].strip()
    if not error:
        return Verdict(health, f"{code}_plain", params, since)
    if len(error) > MAX_ERROR:
        error = error[: MAX_ERROR - 1] + "…"
    return Verdict(health, code, params | {"error": error}, since)


def _plus(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return datetime.max


def _duration(ms: float | None) -> timedelta | None:
    """Return a duration in ms, None for none, zero, negative or not a number."""
    if not ms or not ms > 0:
        return None
    return timedelta(milliseconds=min(ms, 1e13))
