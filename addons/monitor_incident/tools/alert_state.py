"""The life of an alert: pending, firing, over; and what flapping is.

An alert *holds* while its rule's condition does. It is pending until it held for the
rule's minimum duration, then it fires; it is over when the condition has been gone for
the rule's recovery time. One that began and ended four times within an hour flaps, and
is kept open until nothing changed for half an hour.

Moments are those at which something came to be, not those at which somebody noticed: a
tick that comes six hours late gives the same times. A clock that goes back never makes
an alert end before it began.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FLAPPING_CHANGES = 4
FLAPPING_WITHIN = timedelta(hours=1)
STABLE_AFTER = timedelta(minutes=30)
ZERO = timedelta()


@dataclass(frozen=True)
class Timing:
    """What a rule says: how long it must hold, and how long it must be well.

    ``recheck``: how often a rule with a window looks again while nothing new happens.
    """

    hold: timedelta = ZERO
    recover: timedelta = ZERO
    recheck: timedelta | None = None


@dataclass(frozen=True)
class Seen:
    """What a rule saw: whether the condition holds, since when, how often more.

    ``final``: nobody looks any more, so that nothing has to recover first.
    """

    active: bool
    since: datetime | None = None
    count: int = 0
    final: bool = False


@dataclass(frozen=True)
class Alert:
    """An alert as it is stored; ``flips`` are when it lately began and ended."""

    first_seen_at: datetime
    last_seen_at: datetime
    fired_at: datetime | None = None
    clear_since: datetime | None = None
    resolved_at: datetime | None = None
    flips: tuple[datetime, ...] = ()
    flapping: bool = False
    count: int = 1

    @property
    def phase(self) -> str:
        """Return ``pending``, ``firing`` or ``over``."""
        if self.resolved_at:
            return "over"
        return "firing" if self.fired_at else "pending"


def step(
    alert: Alert | None,
    seen: Seen | None,
    timing: Timing,
    now: datetime,
    flips: tuple[datetime, ...] = (),
) -> Alert | None:
    """Return an alert after what was seen (``None``: nothing new) and as at ``now``.

    ``None`` for what was no alert and is none. ``flips`` are those of the alert before
    with the same labels. Repeating a step changes nothing but the count.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> timing = Timing(hold=timedelta(minutes=10))
    >>> alert = step(None, Seen(True, noon), timing, noon)
    >>> alert.phase
    'pending'
    >>> alert = step(alert, None, timing, noon + timedelta(hours=6))
    >>> alert.phase, f"{alert.fired_at:%H:%M}"
    ('firing', '12:10')
    >>> step(alert, Seen(False), timing, noon + timedelta(hours=7)).phase
    'over'
    """
    if alert is None:
        if seen is None or not seen.active:
            return None
        alert = _begin(seen, now, flips)
    elif alert.phase != "over" and seen is not None:
        alert = _take(alert, seen, now)
        if seen.final:
            timing = Timing(hold=timing.hold)
            alert = replace(alert, flapping=False, flips=())
    return _let_pass(alert, timing, now)


def next_check(alert: Alert, timing: Timing, now: datetime) -> datetime | None:
    """Return when time alone may change the alert; ``None`` where it cannot.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> timing = Timing(hold=timedelta(minutes=10))
    >>> next_check(Alert(noon, noon), timing, noon)
    datetime.datetime(2026, 1, 5, 12, 10)
    """
    if alert.phase == "over":
        return None
    moments = []
    if alert.phase == "pending":
        moments.append(alert.first_seen_at + timing.hold)
    elif alert.clear_since:
        moments.append(alert.clear_since + _recovery(alert, timing))
    elif alert.flapping:
        moments.append(alert.flips[-1] + STABLE_AFTER)
    if timing.recheck:
        moments.append(now + timing.recheck)
    return min(moments, default=None)


def _begin(seen: Seen, now: datetime, flips: tuple[datetime, ...]) -> Alert:
    since = min(seen.since or now, now)
    kept = _recent(flips, now)
    if kept:  # it had been over: it did not begin again before that
        since = max(since, min(kept[-1], now))
    return Alert(
        first_seen_at=since,
        last_seen_at=now,
        flips=(*kept, since),
        count=max(seen.count, 1),
    )


def _take(alert: Alert, seen: Seen, now: datetime) -> Alert:
    if not seen.active:
        if alert.clear_since:
            return alert
        ended = max(min(seen.since or now, now), alert.first_seen_at)
        return replace(alert, clear_since=ended, flips=_flip(alert, ended, now))
    again = alert.clear_since is not None
    began = max(min(seen.since or now, now), alert.clear_since or now)
    return replace(
        alert,
        last_seen_at=max(alert.last_seen_at, now),
        clear_since=None,
        count=alert.count + max(seen.count, 1 if again else 0),
        flips=_flip(alert, began, now) if again else alert.flips,
    )


def _let_pass(alert: Alert, timing: Timing, now: datetime) -> Alert:
    """Return the alert after the time that passed: fired, flapping, calm or over."""
    if alert.phase == "over":
        return alert
    held_until = alert.clear_since or now
    due = alert.first_seen_at + timing.hold
    if alert.phase == "pending" and due <= held_until:
        alert = replace(alert, fired_at=due)
    alert = replace(alert, flapping=_flaps(alert, now))
    over = _over_at(alert, timing)
    if over and over <= max(now, alert.first_seen_at):
        return replace(alert, resolved_at=over, flapping=False)
    return alert


def _over_at(alert: Alert, timing: Timing) -> datetime | None:
    if not alert.clear_since:
        return None
    if alert.phase == "pending":  # nobody was told: nothing has to recover
        return alert.clear_since
    return alert.clear_since + _recovery(alert, timing)


def _recovery(alert: Alert, timing: Timing) -> timedelta:
    return max(timing.recover, STABLE_AFTER if alert.flapping else ZERO)


def _flaps(alert: Alert, now: datetime) -> bool:
    if alert.phase != "firing" or not alert.flips:
        return False
    if alert.flapping:
        calm = now - alert.flips[-1] >= STABLE_AFTER
        # Being well for so long ends the alert; only holding on ends the flapping.
        return not calm or alert.clear_since is not None
    last = alert.flips[-1]
    recent = [flip for flip in alert.flips if last - flip < FLAPPING_WITHIN]
    return len(recent) >= FLAPPING_CHANGES and now - last < STABLE_AFTER


def _flip(alert: Alert, moment: datetime, now: datetime) -> tuple[datetime, ...]:
    return (*_recent(alert.flips, max(moment, now)), moment)


def _recent(flips: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Return the flips that still count, few of them: the column stays small."""
    kept = [flip for flip in flips if now - flip < FLAPPING_WITHIN]
    return tuple(kept[-2 * FLAPPING_CHANGES :])
