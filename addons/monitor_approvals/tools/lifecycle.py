"""An approval that is decided here: who may sign what, and what follows.

A request has tiers, in sequence or in parallel. A tier is passed when as many approvers
signed as its quorum asks; the request is approved when every tier is, and rejected by
one rejection. Who acts for somebody else signs for that person. Nothing here asks what
time it is or who anybody is: ``principals`` are those for whom the actor may act.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

#: Why an act is refused; the sentences are ``texts.REFUSALS``.
REFUSALS = ("closed", "not_approver", "not_your_turn", "own_request", "same_person")
OPEN = ("waiting", "pending")


@dataclass(frozen=True)
class Signature:
    """``actor`` decided, for herself or for ``principal``."""

    actor: int
    principal: int

    @property
    def persons(self) -> frozenset[int]:
        """Both: who acted, and in whose name."""
        return frozenset({self.actor, self.principal})


@dataclass(frozen=True)
class Tier:
    """One tier as it stands."""

    level: int
    approvers: frozenset[int]
    quorum: int = 1
    state: str = "waiting"
    signatures: tuple[Signature, ...] = ()

    @property
    def signed_for(self) -> frozenset[int]:
        """In whose name somebody signed."""
        return frozenset(one.principal for one in self.signatures)


@dataclass(frozen=True)
class Request:
    """A request with its tiers, by level."""

    tiers: tuple[Tier, ...]
    state: str = "pending"
    parallel: bool = False
    different_persons: bool = True
    #: Nobody of these may approve; empty where the amount is below the limit.
    makers: frozenset[int] = field(default_factory=frozenset)

    @property
    def actionable(self) -> tuple[Tier, ...]:
        """The tiers that wait for a decision now."""
        return tuple(tier for tier in self.tiers if tier.state == "pending")


@dataclass(frozen=True)
class Outcome:
    """What became of an act: refused, or the request as it is after it."""

    request: Request
    refusal: str | None = None
    signature: Signature | None = None
    level: int | None = None
    #: Levels that were passed, and levels whose turn it is since.
    passed: tuple[int, ...] = ()
    opened: tuple[int, ...] = ()


def begin(request: Request) -> Outcome:
    """Return the request with its first tiers open; one without tiers is approved.

    >>> begin(Request((Tier(1, frozenset({7})), Tier(2, frozenset({8}))))).opened
    (1,)
    """
    return _settle(request, Outcome(request))


def approve(request: Request, actor: int, principals: frozenset[int]) -> Outcome:
    """Return what the actor's approval does: it signs one tier.

    :param principals: for whom the actor may act, herself left out

    >>> request = begin(Request((Tier(1, frozenset({7, 8})),))).request
    >>> approve(request, 7, frozenset()).request.state
    'approved'
    >>> approve(request, 9, frozenset()).refusal
    'not_approver'
    """
    refusal, found = _may_sign(request, actor, principals)
    if refusal:
        return Outcome(request, refusal=refusal)
    tier, signature = found
    signed = replace(tier, signatures=(*tier.signatures, signature))
    passed = ()
    if len(signed.signatures) >= signed.quorum:
        signed, passed = replace(signed, state="approved"), (tier.level,)
    request = _with(request, signed)
    outcome = Outcome(request, signature=signature, level=tier.level, passed=passed)
    return _settle(request, outcome)


def reject(request: Request, actor: int, principals: frozenset[int]) -> Outcome:
    """Return what the actor's rejection does: it ends the request.

    Makers may: nobody needs to be kept from refusing his own.

    >>> request = begin(Request((Tier(1, frozenset({7})),))).request
    >>> reject(request, 7, frozenset()).request.state
    'rejected'
    """
    if request.state != "pending":
        return Outcome(request, refusal="closed")
    tier, principal = _tier_of(request, actor, principals)
    if tier is None:
        return Outcome(request, refusal=_why_no_tier(request, actor, principals))
    request = _with(request, replace(tier, state="rejected"))
    signature = Signature(actor, principal)
    ended = close(request, "rejected")
    return Outcome(ended, signature=signature, level=tier.level)


def close(request: Request, state: str) -> Request:
    """Return the request ended in ``state``; its open tiers are cancelled."""
    tiers = tuple(
        replace(tier, state="cancelled") if tier.state in OPEN else tier
        for tier in request.tiers
    )
    return replace(request, state=state, tiers=tiers)


def reassign(request: Request, level: int, holder: int, to: int) -> Outcome:
    """Return the request with ``to`` in the place of ``holder`` on one open tier.

    >>> request = begin(Request((Tier(1, frozenset({7})),))).request
    >>> reassign(request, 1, 7, 9).request.tiers[0].approvers
    frozenset({9})
    """
    if request.state != "pending":
        return Outcome(request, refusal="closed")
    tier = next((one for one in request.tiers if one.level == level), None)
    if tier is None or tier.state not in OPEN or holder not in tier.approvers:
        return Outcome(request, refusal="not_approver")
    if to in request.makers:
        return Outcome(request, refusal="own_request")
    approvers = tier.approvers - {holder} | {to}
    request = _with(request, replace(tier, approvers=approvers))
    return Outcome(request, level=level)


def stuck(request: Request) -> tuple[int, ...]:
    """Return the levels that nobody can pass: too few people who may sign.

    >>> stuck(Request((Tier(1, frozenset({7})),), makers=frozenset({7})))
    (1,)
    """
    levels = []
    for tier in request.tiers:
        able = tier.approvers - request.makers - tier.signed_for
        if tier.state in OPEN and len(able) + len(tier.signatures) < tier.quorum:
            levels.append(tier.level)
    return tuple(levels)


def _settle(request: Request, outcome: Outcome) -> Outcome:
    """Open the tiers whose turn it is, or approve the request."""
    opened = []
    for tier in request.tiers:
        if tier.state == "waiting":
            request = _with(request, replace(tier, state="pending"))
            opened.append(tier.level)
        if tier.state in OPEN and not request.parallel:
            break
    if all(tier.state in ("approved", "skipped") for tier in request.tiers):
        request = replace(request, state="approved")
    return replace(outcome, request=request, opened=tuple(opened))


def _may_sign(request, actor, principals):
    """Return ``(refusal, (tier, signature))``; one of both is ``None``."""
    if request.state != "pending":
        return "closed", None
    tier, principal = _tier_of(request, actor, principals)
    if tier is None:
        return _why_no_tier(request, actor, principals), None
    signature = Signature(actor, principal)
    if signature.persons & request.makers:
        return "own_request", None
    others = (one for one in request.tiers if one.level != tier.level)
    if request.different_persons and any(
        signature.persons & signed.persons
        for one in others
        for signed in one.signatures
    ):
        return "same_person", None
    if any(signed.actor == actor for signed in tier.signatures):
        return "same_person", None  # a quorum of two is two people
    return None, (tier, signature)


def _tier_of(request, actor, principals):
    """Return the first open tier the actor may sign, and for whom; herself first."""
    for tier in request.actionable:
        free = tier.approvers - tier.signed_for
        if actor in free:
            return tier, actor
        if free & principals:
            return tier, min(free & principals)
    return None, None


def _why_no_tier(request, actor, principals):
    persons = principals | {actor}
    if any(persons & tier.signed_for for tier in request.actionable):
        return "same_person"
    if any(
        persons & tier.approvers for tier in request.tiers if tier.state == "waiting"
    ):
        return "not_your_turn"
    return "not_approver"


def _with(request: Request, changed: Tier) -> Request:
    tiers = tuple(
        changed if tier.level == changed.level else tier for tier in request.tiers
    )
    return replace(request, tiers=tiers)
