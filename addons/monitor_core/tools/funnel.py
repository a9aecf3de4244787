"""How many runs of a flow came how far, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class StepInfo(NamedTuple):
    """A step as people know it."""

    code: str
    name: str
    kind: str
    optional: bool = False


class Passed(NamedTuple):
    """Runs that passed a step, and how long it took from the step before (ms)."""

    runs: int = 0
    median_ms: int | None = None
    p95_ms: int | None = None


class Waiting(NamedTuple):
    """Runs that wait for a step now, those overdue, and since when the first (ms)."""

    runs: int = 0
    stalled: int = 0
    longest_ms: int | None = None


def rows(
    steps: Sequence[StepInfo],
    total: int,
    passed: Mapping[str, Passed],
    waiting: Mapping[str, Waiting],
) -> list[dict[str, Any]]:
    """Return a row for each step, as plain JSON types; what is absent is false.

    ``percent`` is the share of all runs, ``lost`` how many fewer than the required
    step before: they wait, or ended without it.

    :param total: runs of the period
    >>> steps = [StepInfo("paid", "Paid", "custom"), StepInfo("sent", "Sent", "custom")]
    >>> found = rows(steps, 4, {"paid": Passed(4), "sent": Passed(1)}, {})
    >>> [(row["percent"], row["lost"]) for row in found]
    [(100.0, 0), (25.0, 3)]
    """
    before, found = total, []
    for step in steps:
        reached = passed.get(step.code, Passed())
        waits = waiting.get(step.code, Waiting())
        found.append(
            {
                "code": step.code,
                "name": step.name,
                "kind": step.kind,
                "optional": step.optional,
                "reached": reached.runs,
                "percent": round(100 * reached.runs / total, 1) if total else 0.0,
                "lost": 0 if step.optional else max(0, before - reached.runs),
                "median_ms": _or_false(reached.median_ms),
                "p95_ms": _or_false(reached.p95_ms),
                "waiting": waits.runs,
                "stalled": waits.stalled,
                "longest_wait_ms": _or_false(waits.longest_ms),
            }
        )
        if not step.optional:
            before = reached.runs
    return found


def _or_false(value: int | None) -> int | bool:
    return False if value is None else value
