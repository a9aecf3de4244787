"""How far a run has come through the steps of its flow.

Signals may arrive in any order and more than once; what counts is the moment at
which each step was passed, so the answer does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

Plan = Callable[[datetime, timedelta], datetime]


class Step(NamedTuple):
    """A checkpoint of a flow; ``deadline`` counts from the steps passed before.

    A ``parallel`` step runs alongside the one before it: either may be passed first,
    and what follows waits for both. ``plan(moment, duration)`` says when a deadline
    ends that counts in working time; without it the clock counts.
    """

    code: str
    deadline: timedelta | None = None
    optional: bool = False
    parallel: bool = False
    plan: Plan | None = None

    def due_at(self, since: datetime) -> datetime | None:
        """Return until when this step must be passed, ``None`` for no limit."""
        if self.deadline is None:
            return None
        if self.plan is not None:
            return self.plan(since, self.deadline)
        return since + self.deadline


class Progress(NamedTuple):
    """Where a run stands.

    ``remaining`` and ``out_of_order`` are step codes in the order of the flow;
    optional steps are never remaining. ``next_deadline_at`` is None where the
    next step has no deadline.
    """

    remaining: list[str]
    next_step: str | None
    next_deadline_at: datetime | None
    complete: bool
    out_of_order: list[str]


def progress(
    steps: Sequence[Step], seen: Mapping[str, datetime], started_at: datetime
) -> Progress:
    """Return where a run stands that passed the steps ``seen`` so far.

    ``seen`` maps step codes to moments; codes that are not of the flow do not
    count. The next step is the first required one not passed; its deadline counts
    from the nearest step before it that was passed, else from ``started_at``. Of steps
    that run in parallel the most urgent one is next, and what follows counts from the
    one that was passed last.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> hour = timedelta(hours=1)
    >>> flow = [Step("paid"), Step("packed", hour), Step("shipped", 2 * hour)]
    >>> result = progress(flow, {"paid": noon}, started_at=noon - hour)
    >>> result.remaining, result.next_step, result.next_deadline_at.hour
    (['packed', 'shipped'], 'packed', 13)
    """
    out_of_order = _out_of_order(steps, seen)
    remaining = [s.code for s in steps if not s.optional and s.code not in seen]
    if not remaining:
        return Progress([], None, None, True, out_of_order)
    next_step, deadline_at = _next(steps, seen, started_at)
    return Progress(remaining, next_step, deadline_at, False, out_of_order)


def groups(steps: Iterable[Step]) -> list[list[Step]]:
    """Return the steps in order, those that run in parallel together.

    >>> flow = [Step("a"), Step("b"), Step("c", parallel=True), Step("d")]
    >>> [[step.code for step in group] for group in groups(flow)]
    [['a'], ['b', 'c'], ['d']]
    """
    found: list[list[Step]] = []
    for step in steps:
        if step.parallel and found:
            found[-1].append(step)
        else:
            found.append([step])
    return found


def _next(
    steps: Sequence[Step], seen: Mapping[str, datetime], started_at: datetime
) -> tuple[str | None, datetime | None]:
    """Return the next required step and until when it must be passed."""
    since = started_at
    for group in groups(steps):
        waiting = [s for s in group if not s.optional and s.code not in seen]
        if waiting:
            dues = [(step.due_at(since) or datetime.max, step) for step in waiting]
            due, step = min(dues, key=lambda pair: pair[0])
            return step.code, None if due == datetime.max else due
        since = max((seen[s.code] for s in group if s.code in seen), default=since)
    return None, None


def _out_of_order(steps: Sequence[Step], seen: Mapping[str, datetime]) -> list[str]:
    """Return the steps passed before one that belongs before them.

    A required step not passed yet counts as passed later than all.
    """
    found = []
    latest = datetime.min
    for group in groups(steps):
        found += [s.code for s in group if seen.get(s.code, latest) < latest]
        latest = max(latest, *(_passed(step, seen) for step in group))
    return found


def _passed(step: Step, seen: Mapping[str, datetime]) -> datetime:
    never = datetime.min if step.optional else datetime.max
    return seen.get(step.code, never)
