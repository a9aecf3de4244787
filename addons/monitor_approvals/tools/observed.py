"""What a document that changed means for its approval.

A document that is approved elsewhere (a purchase order, an expense) is looked at as
``none``, ``pending``, ``approved``, ``rejected`` or ``gone``. From how it was and how
it is follow the steps to take; :data:`STEPS` says what each means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STATES = ("none", "pending", "approved", "rejected", "gone")
STEPS = {
    "open": "a new round is requested",
    "tiers": "tiers were decided one by one",
    "approve": "who changed it approved what was still open",
    "direct": "approved although nobody had asked",
    "reject": "who changed it rejected",
    "withdraw": "it is not asked for any more",
    "reopen": "what was approved is not any more",
    "amend": "material fields changed while it waited",
    "amend_after": "material fields changed after the approval",
    "orphan": "the record is gone",
}
TRANSITIONS = {
    ("none", "pending"): ("open",),
    ("none", "approved"): ("direct",),
    ("pending", "none"): ("withdraw",),
    ("pending", "approved"): ("approve",),
    ("pending", "rejected"): ("reject",),
    ("approved", "none"): ("reopen",),
    ("approved", "pending"): ("reopen", "open"),
    ("approved", "rejected"): ("reopen", "open", "reject"),
    ("rejected", "pending"): ("open",),
    ("rejected", "approved"): ("direct",),
}


@dataclass(frozen=True)
class Sight:
    """How a document was found."""

    state: str
    #: Material fields are other than when it was last seen.
    changed: bool = False
    #: Tiers were decided one by one (levels that passed), or refused.
    tiers: bool = False
    #: What waited was taken back and asked anew, in one transaction.
    again: bool = False


def follow(before: str, is_open: bool, sight: Sight) -> tuple[str, ...]:
    """Return the steps that lead from what was known to what is seen.

    :param before: the state in which the document was last seen, ``none`` if never
    :param is_open: whether an approval of it waits for a decision

    >>> follow("none", False, Sight("pending"))
    ('open',)
    >>> follow("approved", False, Sight("approved", changed=True))
    ('amend_after',)
    >>> follow("pending", True, Sight("gone"))
    ('orphan',)
    """
    if is_open and sight.again:
        return ("withdraw", *follow("none", False, replace(sight, again=False)))
    if is_open:
        before = "pending"
    elif before == "pending":  # its approval was closed apart from the document
        before = "none"
    if sight.state == "gone":
        return ("orphan",) if is_open else ()
    steps = ()
    if before == "pending" and sight.changed and sight.state != "none":
        steps += ("amend",)
    if before == "pending" and sight.tiers:
        steps += ("tiers",)
    if before == "approved" == sight.state and sight.changed:
        steps += ("amend_after",)
    steps += TRANSITIONS.get((before, sight.state), ())
    if sight.tiers and steps[-1:] == ("open",):
        steps += ("tiers",)  # some passed at once
    return steps
