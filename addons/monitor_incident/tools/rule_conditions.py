"""What a rule looks for in the health of a workflow: from facts to a condition.

The facts are the columns of ``monitor.workflow`` that the Monitor works out; moments
are naive UTC. A condition says since when it holds, so that an alert is backdated to
when it began, not to when it was noticed (as Healthchecks' flips are).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: Reasons of health (``monitor_core.tools.health_reasons``) that say it did not come.
ABSENT = frozenset({"late", "late_plain", "never_ran", "hung"})
_STALLED = frozenset({"stalled", "stalled_plain"})
#: Odoo counts no failure of it and starts it again at once.
_LOOPING = frozenset({"looping", "looping_plain"})
_LOST = frozenset({"lost", "timed_out"})
_DEACTIVATED = frozenset(
    {
        "deactivated",
        "deactivated_plain",
        "deactivated_after",
        "deactivated_after_plain",
    }
)
_MISCONFIGURED = frozenset({"user_archived", "user_archived_named"})
#: What is told of what Odoo erases when it switches a scheduled action off.
_EVIDENCE = ("count", "first", "error")
_SLOW = frozenset({"running_long", "slow"})
#: Health in which nothing is judged.
UNJUDGED = frozenset({"paused", "unknown"})
#: Fewer runs than this in seven days say nothing about how long one takes.
FEWEST_RUNS = 20
#: A tenth of a second more or less is no news, however many times the usual it is.
SHORTEST_SLOW_MS = 1_000


@dataclass(frozen=True)
class Workflow:
    """What conditions need to know of a workflow; what is absent is None or False."""

    kind: str = "cron"
    health: str = "new"
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    consecutive_failures: int = 0
    last_run_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_duration_ms: int | None = None
    running_since: datetime | None = None
    p95_ms: int | None = None
    run_count_7d: int = 0


@dataclass(frozen=True)
class Thresholds:
    """What a rule asks for; ``limit`` is None for none."""

    count: int = 1
    limit: timedelta | None = None
    factor: float = 0.0


@dataclass(frozen=True)
class Condition:
    """That it holds: since when, how much, and a sentence of ``summaries``."""

    code: str
    since: datetime | None = None
    value: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def condition(
    kind: str, workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    """Return what a rule of ``kind`` says of a workflow, None if nothing.

    >>> flow = Workflow(health="failing", reason="failed", consecutive_failures=3)
    >>> day = datetime(2026, 1, 5)
    >>> condition("consecutive_failures", flow, Thresholds(3), day).code
    'failures_in_a_row_plain'
    >>> condition("consecutive_failures", flow, Thresholds(4), day)
    """
    if workflow.health in UNJUDGED:
        return None
    return _CONDITIONS[kind](workflow, thresholds, now)


def _failures_in_a_row(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    count = workflow.consecutive_failures
    if workflow.health != "failing" or count < max(1, thresholds.count):
        return None
    params = {"count": count, **_error(workflow)}
    code = "failures_in_a_row" if count > 1 else "failed"
    if workflow.reason in _LOOPING and "took" in workflow.params:
        code = "looping"
        params |= {"since": workflow.since, "took": workflow.params["took"]}
    code = code if "error" in params else f"{code}_plain"
    return Condition(code, workflow.since, float(count), params)


def _late(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    if workflow.kind == "heartbeat" or workflow.reason not in ABSENT:
        return None
    return _absent(workflow)


def _heartbeat(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    """A heartbeat is missing beyond its grace, or never came at all."""
    if workflow.kind != "heartbeat" or workflow.reason not in ABSENT:
        return None
    if workflow.health != "failing" and workflow.reason != "never_ran":
        return None
    return _absent(workflow)


def _absent(workflow: Workflow) -> Condition:
    code = {"never_ran": "never_ran", "hung": "hung"}.get(workflow.reason, "late")
    moments = {k: v for k, v in workflow.params.items() if k in ("expected", "since")}
    return Condition(code, workflow.since, None, moments)


def _stalled(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    if workflow.reason not in _STALLED:
        return None
    count = int(workflow.params.get("count") or 1)
    if count < max(1, thresholds.count):
        return None
    code = "stalled_at" if workflow.params.get("step") else "stalled"
    params = {k: v for k, v in workflow.params.items() if k in ("count", "step")}
    return Condition(code, workflow.since, float(count), params)


def _lost(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    if workflow.health != "failing" or workflow.reason not in _LOST:
        return None
    return Condition(workflow.reason, workflow.since or workflow.last_failure_at)


def _deactivated(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    if workflow.reason not in _DEACTIVATED:
        return None
    params = {k: workflow.params[k] for k in _EVIDENCE if workflow.params.get(k)}
    code = "deactivated_after" if "count" in params else "deactivated"
    code = code if "error" in params else f"{code}_plain"
    return Condition(code, workflow.since, None, params)


def _misconfigured(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    if workflow.reason not in _MISCONFIGURED:
        return None
    user = {k: v for k, v in workflow.params.items() if k == "user"}
    return Condition(workflow.reason, workflow.since, None, user)


def _slow(
    workflow: Workflow, thresholds: Thresholds, now: datetime
) -> Condition | None:
    """A run takes, or the last one took, longer than a limit or than usual."""
    if workflow.reason in _SLOW:
        return Condition(workflow.reason, workflow.since, None, dict(workflow.params))
    limit = _slowest(workflow, thresholds)
    if limit is None:
        return None
    if workflow.running_since and now - workflow.running_since > limit:
        return Condition(
            "running_long",
            workflow.running_since + limit,
            None,
            {"since": workflow.running_since, "expected": limit},
        )
    took = timedelta(milliseconds=workflow.last_duration_ms or 0)
    if took <= limit:
        return None
    return Condition(
        "slow", workflow.last_run_at, None, {"took": took, "expected": limit}
    )


def _slowest(workflow: Workflow, thresholds: Thresholds) -> timedelta | None:
    """Return the longest a run may take: the limit, or a multiple of the usual."""
    limits = [thresholds.limit] if thresholds.limit else []
    usual = workflow.p95_ms or 0
    if thresholds.factor > 0 and usual and workflow.run_count_7d >= FEWEST_RUNS:
        most = max(thresholds.factor * usual, SHORTEST_SLOW_MS)
        limits.append(timedelta(milliseconds=most))
    return min(limits, default=None)


def _error(workflow: Workflow) -> dict[str, Any]:
    error = workflow.params.get("error")
    return {"error": error} if error else {}


_CONDITIONS: Mapping[
    str, Callable[[Workflow, Thresholds, datetime], Condition | None]
] = {
    "consecutive_failures": _failures_in_a_row,
    "late": _late,
    "heartbeat": _heartbeat,
    "stalled": _stalled,
    "lost": _lost,
    "deactivated": _deactivated,
    "misconfigured": _misconfigured,
    "slow": _slow,
}
KINDS = frozenset(_CONDITIONS)
