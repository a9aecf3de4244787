"""How far a run has come through the steps of its flow.

Signals may arrive in any order and more than once; what counts is the moment at
which each step was passed, so the answer does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Step(NamedTuple):
    """A checkpoint of a flow; ``deadline`` counts from the step passed before."""

    code: str
    deadline: timedelta | None = None
    optional: bool = False


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
    from the nearest step before it that was passed, else from ``started_at``.

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
    deadline_at = _deadline_at(steps, seen, started_at, remaining[0])
    return Progress(remaining, remaining[0], deadline_at, False, out_of_order)


def _deadline_at(
    steps: Sequence[Step],
    seen: Mapping[str, datetime],
    started_at: datetime,
    next_code: str,
) -> datetime | None:
    """Return until when the step ``next_code`` must be passed."""
    since = started_at
    for step in steps:
        if step.code == next_code:
            return since + step.deadline if step.deadline is not None else None
        since = seen.get(step.code, since)
    return None


def _out_of_order(steps: Sequence[Step], seen: Mapping[str, datetime]) -> list[str]:
    """Return the steps passed before one that belongs before them.

    A required step not passed yet counts as passed later than all.
    """
    found = []
    latest = datetime.min
    for step in steps:
        moment = seen.get(step.code)
        if moment is None:
            latest = latest if step.optional else datetime.max
            continue
        if moment < latest:
            found.append(step.code)
        latest = max(latest, moment)
    return found
