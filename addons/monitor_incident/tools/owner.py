"""Whose an incident is: the first of a chain of people who can be reached.

Nobody is left out silently: each who was passed over is named with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """A person and what speaks against her; ``role`` is why she is asked."""

    user_id: int
    role: str
    name: str = ""
    active: bool = True
    share: bool = False
    email: bool = True
    on_leave: bool = False
    may_see: bool = True
    in_company: bool = True


@dataclass(frozen=True)
class Choice:
    """Who it is, as what; ``skipped``: candidates before, each with the reason."""

    user_id: int | None = None
    role: str | None = None
    skipped: tuple[tuple[Candidate, str], ...] = field(default=())


def obstacle(person: Candidate) -> str | None:
    """Return why a person cannot take it over, or ``None``.

    >>> obstacle(Candidate(7, "technical", active=False, email=False))
    'archived'
    >>> obstacle(Candidate(7, "technical")) is None
    True
    """
    checks = (
        ("archived", not person.active),
        ("share", person.share),
        ("company", not person.in_company),
        ("no_access", not person.may_see),
        ("no_email", not person.email),
        ("on_leave", person.on_leave),
    )
    return next((reason for reason, applies in checks if applies), None)


def choose(chain: Iterable[Candidate]) -> Choice:
    """Return the first who can be reached, and who was passed over.

    A person who comes twice is named once. If nobody can be reached because all are
    on leave or without e-mail address, the first who is at least there gets it: an
    incident belongs to somebody.

    >>> away = Candidate(7, "technical", on_leave=True)
    >>> choice = choose([away, Candidate(8, "leader")])
    >>> choice.user_id, [reason for _person, reason in choice.skipped]
    (8, ['on_leave'])
    >>> choose([away]).user_id
    7
    """
    skipped: dict[int, tuple[Candidate, str]] = {}
    for person in chain:
        reason = obstacle(person)
        if reason is None:
            return Choice(person.user_id, person.role, tuple(skipped.values()))
        skipped.setdefault(person.user_id, (person, reason))
    passed = tuple(skipped.values())
    for person, reason in passed:
        if reason in ("on_leave", "no_email"):
            return Choice(person.user_id, person.role, passed)
    return Choice(skipped=passed)


def reachable(
    people: Iterable[Candidate],
) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """Return who of a level can be told, and who not with the reason.

    >>> told, skipped = reachable([Candidate(7, "leader", share=True)])
    >>> told, skipped[0][1]
    ([], 'share')
    """
    told, skipped, seen = [], [], set()
    for person in people:
        if person.user_id in seen:
            continue
        seen.add(person.user_id)
        reason = obstacle(person)
        if reason is None:
            told.append(person)
        else:
            skipped.append((person, reason))
    return told, skipped
