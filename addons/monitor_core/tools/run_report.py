"""What others reported of one run, merged so that order and repetition do not matter.

:func:`merge` is commutative, associative and idempotent, so any permutation and
duplication of the reports of a run gives the same run (a state-based CRDT: Shapiro et
al., 2011). Moments are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

try:
    from . import flow
except ImportError:  # outside of its package: python3 -m doctest run_report.py
    import flow

#: Of two ends told for the same moment the worse one counts.
RANKS = {"cancelled": 0, "succeeded": 1, "partial": 2, "failed": 3}


@dataclass(frozen=True, order=True)
class End:
    """An end that was told; of several the latest counts, ``uid`` breaks a tie."""

    moment: datetime
    rank: int
    uid: str
    state: str
    error: str = ""
    duration_ms: int = -1  # as the sender measured it; -1: it did not


@dataclass(frozen=True)
class Report:
    """All that is known: the earliest start and sign of life, the steps, the end.

    ``about``: which report says what the run is about (its record and context): a
    start before anything else, the earliest of them. ``(0 or 1, ISO moment, uid)``.
    """

    started: datetime | None = None
    first: datetime | None = None
    end: End | None = None
    steps: Mapping[str, datetime] = field(default_factory=dict)
    about: tuple[int, str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    """The run that follows from a report; ``duration_ms`` None if nobody can know."""

    state: str
    started_at: datetime
    finished_at: datetime | None
    duration_ms: int | None
    error: str
    next_step: str | None
    next_deadline_at: datetime | None


def merge(one: Report, other: Report) -> Report:
    """Return what both reports tell.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> late = Report(first=noon, end=End(noon, 1, "b", "succeeded"))
    >>> early = Report(started=noon - timedelta(hours=1))
    >>> merge(late, early) == merge(early, late) == merge(merge(late, early), late)
    True
    """
    steps = dict(one.steps)
    for code, moment in other.steps.items():
        steps[code] = min(steps.get(code, moment), moment)
    ends = [report.end for report in (one, other) if report.end]
    return Report(
        _earliest(one.started, other.started),
        _earliest(one.first, other.first),
        max(ends, default=None),
        steps,
        min(filter(None, (one.about, other.about)), default=None),
    )


def outcome(report: Report, rules: Sequence[flow.Step], now: datetime) -> Outcome:
    """Return the run that follows; a flow all of whose steps were passed has succeeded.

    A run is as long as its sender says, else from its start to its end; it has no
    length where nobody told its start.
    """
    end = report.end
    started_at = report.started or report.first or now
    if report.started is None and end and end.duration_ms >= 0:
        started_at = min(started_at, _before(end.moment, end.duration_ms))
    steps = report.steps
    progress = flow.progress(rules, steps, started_at)
    if end is None and rules and progress.complete:
        end = End(max([started_at, *steps.values()]), 1, "", "succeeded")
    if end is None:
        waiting = (progress.next_step, progress.next_deadline_at)
        return Outcome("running", started_at, None, None, "", *waiting)
    finished_at = max(end.moment, started_at)
    duration: int | None = None
    if end.duration_ms >= 0:
        duration = end.duration_ms
    elif report.started or steps:
        duration = round((finished_at - started_at) / timedelta(milliseconds=1))
    return Outcome(end.state, started_at, finished_at, duration, end.error, None, None)


def to_json(report: Report) -> dict[str, Any]:
    """Return a report without its steps as plain JSON types, see :func:`from_json`."""
    end = report.end
    return {
        "started": _iso(report.started),
        "first": _iso(report.first),
        "end": end
        and [end.moment.isoformat(), end.uid, end.state, end.error, end.duration_ms],
        "about": report.about,
    }


def from_json(stored: Mapping[str, Any], steps: Mapping[str, str]) -> Report:
    """Return the report that :func:`to_json` stored, with ``{step: ISO moment}``."""
    end, about = stored.get("end"), stored.get("about")
    return Report(
        _moment(stored.get("started")),
        _moment(stored.get("first")),
        make_end(_moment(end[0]), *end[1:]) if end else None,
        {code: datetime.fromisoformat(moment) for code, moment in steps.items()},
        tuple(about) if about else None,
    )


def make_end(
    moment: datetime, uid: str, state: str, error: str = "", duration_ms: int = -1
) -> End:
    """Return an end with the rank of its state."""
    return End(moment, RANKS.get(state, 0), uid, state, error, duration_ms)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _before(moment: datetime, duration_ms: int) -> datetime:
    try:
        return moment - timedelta(milliseconds=duration_ms)
    except OverflowError:
        return moment


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
