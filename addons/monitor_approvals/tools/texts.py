"""The sentences of approvals; each is shown in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _lt(text: str) -> str:
    """Mark a sentence for translation; it is translated when it is shown."""
    return text


EXCEPTIONS = {
    "self_approval": _lt("%(who)s approved what is their own."),
    "self_approval_small": _lt(
        "%(who)s approved what is their own; the amount is below the limit."
    ),
    "same_person": _lt(
        "%(who)s approved on several tiers (%(levels)s) that need different persons."
    ),
    "skipped_tier": _lt("Nobody decided on tier %(levels)s."),
    "skipped_tier_alone": _lt(
        "%(who)s decided alone on tier %(levels)s, which asks %(quorum)s."
    ),
    "auto_bypass": _lt("%(who)s passed tiers %(levels)s in one act."),
    "outside_window": _lt("%(who)s approved outside of working hours."),
    "over_limit": _lt(
        "%(who)s approved %(amount)s and may approve up to %(limit)s only."
    ),
    "stale": _lt("Changed after it was approved: %(fields)s."),
    "stale_tier": _lt(
        "Changed after it was approved: %(fields)s. Tier %(levels)s is missing now."
    ),
    "bypass": _lt("It became approved, and nobody approved it."),
    "bypass_import": _lt("%(who)s imported it as approved; nobody approved it."),
    "bypass_made": _lt("%(who)s made it approved; nobody approved it."),
    "bypass_actor": _lt("%(who)s made it approved and is no approver of it."),
    "forged": _lt("%(who)s recorded an approval in the name of %(names)s."),
    "rubber_stamp": _lt("%(who)s approved within %(seconds)s seconds of being asked."),
    "mass_approval": _lt("%(who)s approved %(count)s at once or nearly so."),
    "ping_pong": _lt("It was sent to and fro %(count)s times."),
    "no_approver": _lt("Nobody may decide on tier %(levels)s."),
    "orphaned": _lt("%(count)s wait for %(who)s, who is archived."),
    "retroactive": _lt("It was judged by a version of the policy made later."),
}
REFUSALS = {
    "closed": _lt("“%(what)s” is decided already."),
    "not_approver": _lt("You are not asked to decide on “%(what)s”."),
    "not_your_turn": _lt("“%(what)s” is not your turn yet: others come before you."),
    "own_request": _lt(
        "“%(what)s” is your own, or of the one you stand in for: somebody else has to "
        "approve it."
    ),
    "same_person": _lt(
        "You, or the one you stand in for, decided on “%(what)s” already: another "
        "person has to."
    ),
}


def variant(kind: str, evidence: Mapping[str, Any]) -> str:
    """Return which sentence tells of a breach with this evidence.

    >>> variant("self_approval", {"below_limit": True}), variant("bypass", {})
    ('self_approval_small', 'bypass')
    """
    if kind == "self_approval" and evidence.get("below_limit"):
        return "self_approval_small"
    if kind == "skipped_tier" and evidence.get("quorum"):
        return "skipped_tier_alone"
    if kind == "stale" and evidence.get("levels"):
        return "stale_tier"
    if kind == "bypass" and evidence.get("how") in ("import", "made", "actor"):
        return f"bypass_{evidence['how']}"
    return kind


def plain(value: Any) -> str:
    """Return a value of evidence as it is read.

    >>> plain([1, 2]), plain(3)
    ('1, 2', '3')
    """
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def filled(sentence: str, params: Mapping[str, str]) -> str:
    """Return a sentence with its parameters; what is missing is a question mark.

    >>> filled("%(who)s did %(what)s.", {"who": "Ana"})
    'Ana did ?.'
    """
    return sentence % _Known(params)


class _Known(dict):
    def __missing__(self, key: str) -> str:
        return "?"
