"""What a document says itself of the tiers that decide on it.

An adapter tells of each tier, by level, ``{"1": {"key": …, "state": …, "name": …,
"users": […], "by": …}}``: ``key`` is another one when it is asked anew, ``users`` are
those who are asked, ``by`` is who is recorded to have decided. Policies without an
adapter only tell which levels passed, ``{"1": true}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: ``missing``: it should have been asked, and was not.
STATES = ("waiting", "pending", "approved", "rejected", "cancel", "missing")


@dataclass(frozen=True)
class ToldTier:
    """One tier as the document tells of it."""

    level: int
    state: str = "waiting"
    name: str = ""
    users: tuple[int, ...] = ()
    by: int | None = None
    key: int | None = None


def read(raw: Mapping[str, Any] | None) -> tuple[ToldTier, ...]:
    """Return the tiers that a document tells of, by level.

    >>> read({"2": {"state": "pending", "users": [7]}, "1": {"state": "approved"}})[1]
    ToldTier(level=2, state='pending', name='', users=(7,), by=None, key=None)
    >>> read({"1": True})
    ()
    """
    found = (
        ToldTier(
            level=int(level),
            state=told.get("state") or "waiting",
            name=told.get("name") or "",
            users=tuple(told.get("users") or ()),
            by=told.get("by"),
            key=told.get("key"),
        )
        for level, told in (raw or {}).items()
        if isinstance(told, Mapping)
    )
    return tuple(sorted(found, key=lambda tier: tier.level))


def passed(
    raw: Mapping[str, Any] | None, before: Mapping[str, Any] | None
) -> frozenset[int]:
    """Return the levels that passed since ``before``.

    What an adapter tells counts as it is: it is of this round.

    >>> sorted(passed({"1": True, "2": True, "3": False}, {"1": True}))
    [2]
    """
    told = {tier.level for tier in read(raw) if tier.state == "approved"}
    plain = {
        int(level)
        for level, is_passed in (raw or {}).items()
        if is_passed is True and (before or {}).get(level) is not True
    }
    return frozenset(told | plain)


def asked_anew(raw: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> bool:
    """Return whether other tiers are asked than before: the request began anew.

    >>> asked_anew({"1": {"key": 9}}, {"1": {"key": 4}})
    True
    >>> asked_anew({"1": {"key": 4}, "2": {"key": 5}}, {"1": {"key": 4}})
    False
    """
    now = {tier.key for tier in read(raw)} - {None}
    then = {tier.key for tier in read(before)} - {None}
    return bool(now and then) and not now & then


def in_parallel(tiers: tuple[ToldTier, ...]) -> bool:
    """Return whether several tiers may decide at once."""
    return sum(tier.state == "pending" for tier in tiers) > 1
