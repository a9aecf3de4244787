"""Who is due to be told of an incident that nobody takes care of: levels over time.

A policy is a list of levels; each is done once a round, a delay after the level before.
Levels that the severity skips take no time. An acknowledgement stops the levels that
ask for one; those that ask for a resolution go on. Time is counted by a function that
is given (``plan``), because a delay may count in the working time of who is told.

After a standstill each level of the round is done once, and a new round begins from
now on, so that missed periods are not made up for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from odoo.addons.monitor_core.tools.scales import (  # noqa: TID251 - pure too
    SEVERITIES,
)

MAX_REPEATS = 5
#: An incident whose levels are all done is looked at again after this time.
IDLE_CHECK = timedelta(days=1)
_RANK = {name: rank for rank, (name, _label) in enumerate(SEVERITIES)}
#: Index of a level (``None``: the acknowledgement or the pause between rounds),
#: from when on, minutes, whether in working time -> the moment.
Plan = Callable[[int | None, datetime, int, bool], datetime]


@dataclass(frozen=True)
class Level:
    """One level; ``delay`` in minutes, from the level before."""

    delay: int = 0
    working: bool = True
    condition: str = "unacknowledged"
    min_severity: str = "info"

    def concerns(self, severity: str) -> bool:
        """Return whether the level is for incidents of that severity.

        >>> [Level(min_severity="error").concerns(s) for s in ("warning", "critical")]
        [False, True]
        """
        return _RANK[severity] >= _RANK[self.min_severity]


@dataclass(frozen=True)
class Policy:
    """The levels, how often they begin anew, and when a critical acknowledgement ends.

    ``unacknowledge`` and ``pause`` (between rounds) are working minutes.
    ``critical_by_clock``: critical incidents wait for nobody's working hours.
    """

    levels: tuple[Level, ...] = ()
    repeat: int = 0
    pause: int = 60
    unacknowledge: int = 30
    critical_by_clock: bool = True


@dataclass(frozen=True)
class Progress:
    """How far an incident is: round, levels done in it, and since when it waits."""

    anchor: datetime
    loop: int = 0
    done: frozenset[int] = frozenset()

    @property
    def level(self) -> int:
        """Return the highest level reached in this round, 1 being the first.

        >>> Progress(datetime(2026, 1, 5), done=frozenset({0, 2})).level
        3
        """
        return max(self.done, default=-1) + 1


@dataclass(frozen=True)
class Facts:
    """What is so at the moment. ``touched_at``: when a person last did something."""

    severity: str = "error"
    open: bool = True
    acknowledged: bool = False
    touched_at: datetime | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """``steps``: indexes of the levels to do now, in ``progress.loop``.

    ``unacknowledge``: the acknowledgement expired. ``next_at``: when to ask again,
    ``None`` only for an incident that is over.
    """

    steps: tuple[int, ...]
    next_at: datetime | None
    progress: Progress
    unacknowledge: bool = False


def step_key(loop: int, index: int) -> str:
    """Return what a step is known by among those of its incident.

    >>> step_key(1, 0)
    'level.1.0'
    """
    return f"level.{loop}.{index}"


def decide(
    policy: Policy, progress: Progress, facts: Facts, now: datetime, plan: Plan
) -> Decision:
    """Return what is due at ``now`` and when to look next.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> by_clock = lambda level, start, minutes, working: start + timedelta(
    ...     minutes=minutes
    ... )
    >>> policy = Policy((Level(0), Level(30)))
    >>> first = decide(policy, Progress(noon), Facts(), noon, by_clock)
    >>> first.steps, first.next_at
    ((0,), datetime.datetime(2026, 1, 5, 12, 30))
    >>> decide(policy, first.progress, Facts(acknowledged=True), noon, by_clock).steps
    ()
    """
    if not facts.open:
        return Decision((), None, progress)
    if facts.paused_until is not None:
        if now < facts.paused_until:
            return Decision((), facts.paused_until, progress)
        waits = max(progress.anchor, facts.paused_until)
        progress = replace(progress, anchor=waits)
    # A clock that went back must not make anybody wait longer than a full delay.
    progress = replace(progress, anchor=min(progress.anchor, now))
    clock = _by_severity(policy, facts, plan)
    expires_at = _expiry(policy, facts, now, clock)
    expired = expires_at is not None and expires_at <= now
    if expired:
        facts = replace(facts, acknowledged=False)
        progress = replace(progress, anchor=now)
        expires_at = None
    progress = _next_round(policy, progress, facts, now, clock)
    steps, progress, next_at = _walk(policy, progress, facts, now, clock)
    moments = [moment for moment in (next_at, expires_at) if moment is not None]
    if not moments:
        moments = [_round_at(policy, progress, facts, clock) or now + IDLE_CHECK]
    return Decision(steps, min(moments), progress, expired)


def skip_to_next(policy: Policy, progress: Progress, facts: Facts) -> int | None:
    """Return the level to do at once, because the one before reached nobody.

    >>> policy = Policy((Level(0), Level(30, min_severity="critical"), Level(60)))
    >>> told = Progress(datetime(2026, 1, 5), done=frozenset({0}))
    >>> skip_to_next(policy, told, Facts())
    2
    """
    for index in range(progress.level, len(policy.levels)):
        if _may_do(policy.levels[index], facts):
            return index
    return None


def further(one: Progress, other: Progress) -> Progress:
    """Return which of two merged incidents is further: nobody is told again.

    >>> at = datetime(2026, 1, 5)
    >>> further(Progress(at), Progress(at, done=frozenset({0, 1}))).level
    2
    """
    return max(one, other, key=lambda p: (p.loop, p.level, len(p.done)))


def parse_policy(snapshot: Mapping[str, Any] | None) -> Policy:
    """Return the policy that an incident's snapshot holds; without one, no levels.

    >>> parse_policy({"levels": [{"delay": 5, "target": "owner"}], "repeat": 9}).repeat
    5
    """
    stored = snapshot or {}
    names = Level.__dataclass_fields__
    levels = tuple(
        Level(**{name: line[name] for name in names if name in line})
        for line in stored.get("levels", ())
    )
    kept = {
        name: stored[name]
        for name in ("pause", "unacknowledge", "critical_by_clock")
        if name in stored
    }
    repeat = max(0, min(stored.get("repeat", 0), MAX_REPEATS))
    return Policy(levels=levels, repeat=repeat, **kept)


def pack(progress: Progress) -> dict[str, Any]:
    """Return progress as plain values, for a JSON column.

    >>> at = Progress(datetime(2026, 1, 5), 1, frozenset({0}))
    >>> unpack(pack(at), datetime(2026, 1, 9)) == at
    True
    """
    return {
        "anchor": progress.anchor.isoformat(),
        "loop": progress.loop,
        "done": sorted(progress.done),
    }


def unpack(stored: Mapping[str, Any] | None, start: datetime) -> Progress:
    """Return stored progress; an incident that has none begins at ``start``."""
    if not stored:
        return Progress(start)
    return Progress(
        datetime.fromisoformat(stored["anchor"]),
        stored.get("loop", 0),
        frozenset(stored.get("done", ())),
    )


def _by_severity(policy: Policy, facts: Facts, plan: Plan) -> Plan:
    """Return ``plan``, by the clock where the incident waits for no working hours."""
    if not (policy.critical_by_clock and facts.severity == "critical"):
        return plan
    return lambda level, start, minutes, _working: plan(level, start, minutes, False)


def _expiry(policy: Policy, facts: Facts, now: datetime, plan: Plan) -> datetime | None:
    """Return when the acknowledgement of a critical incident ends, if it does."""
    if not facts.acknowledged or facts.severity != "critical":
        return None
    if not policy.unacknowledge or facts.touched_at is None:
        return None
    return plan(None, min(facts.touched_at, now), policy.unacknowledge, True)


def _may_do(level: Level, facts: Facts) -> bool:
    held = facts.acknowledged and level.condition == "unacknowledged"
    return level.concerns(facts.severity) and not held


def _open_levels(policy: Policy, progress: Progress, facts: Facts) -> Iterable[int]:
    """Return the levels of this round that are not done and not held."""
    return [
        index
        for index, level in enumerate(policy.levels)
        if index not in progress.done and _may_do(level, facts)
    ]


def _round_at(
    policy: Policy, progress: Progress, facts: Facts, plan: Plan
) -> datetime | None:
    """Return when the next round begins; ``None`` if there is none."""
    if progress.loop >= min(policy.repeat, MAX_REPEATS) or not progress.done:
        return None
    if _open_levels(policy, progress, facts):
        return None
    if not any(_may_do(level, facts) for level in policy.levels):
        return None
    return plan(None, progress.anchor, max(policy.pause, 1), True)


def _next_round(
    policy: Policy, progress: Progress, facts: Facts, now: datetime, plan: Plan
) -> Progress:
    begins_at = _round_at(policy, progress, facts, plan)
    if begins_at is None or begins_at > now:
        return progress
    return Progress(now, progress.loop + 1)


def _walk(
    policy: Policy, progress: Progress, facts: Facts, now: datetime, plan: Plan
) -> tuple[tuple[int, ...], Progress, datetime | None]:
    """Return the levels due, the progress after them, and when the next one is."""
    due, steps, next_at = progress.anchor, [], None
    last_done = max(progress.done, default=-1)
    for index, level in enumerate(policy.levels):
        if index in progress.done or not level.concerns(facts.severity):
            continue
        held = not _may_do(level, facts)
        if held and index < last_done:
            continue  # its time is in the anchor already
        if level.delay > 0:
            due = plan(index, due, level.delay, level.working)
        if held:
            continue
        if due > now:
            next_at = due
            break
        steps.append(index)
        progress = replace(progress, anchor=due, done=progress.done | {index})
    if steps and next_at is None:
        progress = replace(progress, anchor=now)  # the pause counts from now
    return tuple(steps), progress, next_at
