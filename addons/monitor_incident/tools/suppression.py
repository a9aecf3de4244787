"""Why an alert tells nobody: the first of wait, inhibition and silence that applies.

The order of Prometheus Alertmanager, and "wait" before: what does not last yet is not
looked for in silences. What is over is never suppressed, so that an end is told inside
a maintenance window, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True)
class Mute(Generic[Key]):
    """A silence that mutes now: ``kind`` is ``silence`` or ``maintenance``."""

    key: Key
    kind: str
    matches: Callable[[dict[str, str]], bool]


@dataclass(frozen=True)
class Verdict(Generic[Key]):
    """``reason`` is a value of ``scales.SUPPRESSIONS``; ``by`` is what mutes."""

    reason: str | None = None
    by: Key | None = None


def decide(
    phase: str,
    labels: dict[str, str],
    explained_by: tuple[Key, bool] | None,
    mutes: Iterable[Mute[Key]],
) -> Verdict[Key]:
    """Return why an alert in this phase is suppressed; no reason: it tells.

    ``explained_by``: the alert that explains it, and whether that one says that the
    scheduler was down.

    >>> everything = Mute(3, "silence", lambda labels: True)
    >>> decide("firing", {}, None, [everything])
    Verdict(reason='silence', by=3)
    >>> decide("over", {}, None, [everything]).reason is None
    True
    """
    if phase == "over":
        return Verdict()
    if phase == "pending":
        return Verdict("pending")
    if explained_by:
        key, is_outage = explained_by
        return Verdict("outage" if is_outage else "inhibited", key)
    for mute in mutes:
        if mute.matches(labels):
            return Verdict(mute.kind, mute.key)
    return Verdict()
