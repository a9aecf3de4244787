"""Who may sign what, and what follows; against a small reference model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools import lifecycle
from odoo.addons.monitor_approvals.tools.lifecycle import Request, Signature, Tier

NOBODY = frozenset()


def asked(*users, level=1, **values):
    return Tier(level, frozenset(users), **values)


def begun(*tiers, **values):
    return lifecycle.begin(Request(tuple(tiers), **values)).request


def approve(request, actor, *principals):
    return lifecycle.approve(request, actor, frozenset(principals))


def test_without_tiers_nothing_is_left_to_decide():
    assert begun().state == "approved"


def test_in_sequence_one_tier_is_asked_at_a_time():
    request = Request((asked(1), asked(2, level=2)))
    outcome = lifecycle.begin(request)
    assert outcome.opened == (1,)
    assert [tier.state for tier in outcome.request.tiers] == ["pending", "waiting"]
    outcome = approve(outcome.request, 1)
    assert (outcome.passed, outcome.opened, outcome.level) == ((1,), (2,), 1)
    assert outcome.request.state == "pending"
    outcome = approve(outcome.request, 2)
    assert (outcome.passed, outcome.opened) == ((2,), ())
    assert outcome.request.state == "approved"


def test_in_parallel_all_are_asked():
    outcome = lifecycle.begin(Request((asked(1), asked(2, level=2)), parallel=True))
    assert outcome.opened == (1, 2)
    second = approve(outcome.request, 2).request
    assert [tier.state for tier in second.tiers] == ["pending", "approved"]
    assert approve(second, 1).request.state == "approved"


def test_skipped_tiers_are_not_asked():
    request = begun(asked(1, state="skipped"), asked(2, level=2))
    assert [tier.level for tier in request.actionable] == [2]
    assert approve(request, 2).request.state == "approved"


def test_a_quorum_counts_people():
    request = begun(asked(1, 2, 3, quorum=2))
    first = approve(request, 1)
    assert (first.passed, first.request.state) == ((), "pending")
    assert first.signature == Signature(1, 1)
    again = approve(first.request, 1)
    assert again.refusal == "same_person"
    assert again.request == first.request
    assert approve(first.request, 3).request.state == "approved"


def test_one_cannot_sign_twice_for_two_people():
    request = approve(begun(asked(1, 2, quorum=2)), 1).request
    assert approve(request, 1, 2).refusal == "same_person"
    assert approve(request, 9, 2).request.state == "approved"


def test_acting_for_somebody():
    outcome = approve(begun(asked(5, 4)), 9, 5, 4, 8)
    assert outcome.signature == Signature(9, 4)
    assert outcome.signature.persons == {9, 4}
    own = approve(begun(asked(9, 4)), 9, 4)
    assert own.signature == Signature(9, 9)


@pytest.mark.parametrize(("actor", "principal"), [(1, 1), (9, 1), (1, 9)])
def test_nobody_approves_what_is_their_own(actor, principal):
    request = begun(asked(principal), makers=frozenset({1}))
    outcome = approve(request, actor, principal)
    assert outcome.refusal == "own_request"
    assert outcome.request == request


@pytest.mark.parametrize("parallel", [False, True])
def test_another_person_on_each_tier(parallel):
    tiers = (asked(1), asked(1, 2, level=2))
    request = approve(begun(*tiers, parallel=parallel), 1).request
    assert approve(request, 1).refusal == "same_person"
    assert approve(request, 3, 1).refusal == "same_person"
    assert approve(request, 2).request.state == "approved"
    allowed = begun(*tiers, parallel=parallel, different_persons=False)
    allowed = approve(allowed, 1).request
    assert approve(allowed, 1).request.state == "approved"


@pytest.mark.parametrize(
    ("actor", "principals", "refusal"),
    [
        (9, (), "not_approver"),
        (2, (), "not_your_turn"),
        (9, (2,), "not_your_turn"),
        (9, (8,), "not_approver"),
    ],
)
def test_why_somebody_is_refused(actor, principals, refusal):
    request = begun(asked(1), asked(2, level=2))
    for act in (lifecycle.approve, lifecycle.reject):
        outcome = act(request, actor, frozenset(principals))
        assert outcome.refusal == refusal
        assert outcome.request == request


@pytest.mark.parametrize("state", ["approved", "rejected", "cancelled", "expired"])
def test_what_is_closed_stays_so(state):
    request = lifecycle.close(begun(asked(1)), state)
    assert request.state == state
    assert approve(request, 1).refusal == "closed"
    assert lifecycle.reject(request, 1, NOBODY).refusal == "closed"
    assert lifecycle.reassign(request, 1, 1, 2).refusal == "closed"


def test_one_rejection_ends_it():
    request = begun(asked(1), asked(2, level=2), asked(3, level=3))
    request = approve(request, 1).request
    outcome = lifecycle.reject(request, 9, frozenset({2}))
    assert outcome.signature == Signature(9, 2)
    assert outcome.level == 2
    assert outcome.request.state == "rejected"
    states = [tier.state for tier in outcome.request.tiers]
    assert states == ["approved", "rejected", "cancelled"]


def test_one_may_reject_ones_own():
    request = begun(asked(1), makers=frozenset({1}))
    assert lifecycle.reject(request, 1, NOBODY).request.state == "rejected"


def test_hand_over():
    request = begun(asked(1), asked(1, level=2), makers=frozenset({7}))
    outcome = lifecycle.reassign(request, 1, 1, 5)
    assert outcome.level == 1
    approvers = [tier.approvers for tier in outcome.request.tiers]
    assert approvers == [{5}, {1}]
    assert lifecycle.reassign(request, 2, 1, 5).refusal is None
    assert lifecycle.reassign(request, 1, 1, 7).refusal == "own_request"
    assert lifecycle.reassign(request, 1, 3, 5).refusal == "not_approver"
    assert lifecycle.reassign(request, 9, 1, 5).refusal == "not_approver"
    passed = approve(request, 1).request
    assert lifecycle.reassign(passed, 1, 1, 5).refusal == "not_approver"


@pytest.mark.parametrize(
    ("tier", "levels"),
    [
        (asked(), (1,)),
        (asked(1), ()),
        (asked(7), (1,)),
        (asked(1, 7, quorum=2), (1,)),
        (asked(1, 2, quorum=2), ()),
        (asked(1, 2, quorum=2, signatures=(Signature(1, 1),)), ()),
        (asked(1, quorum=2, signatures=(Signature(1, 1),)), (1,)),
        (asked(state="approved"), ()),
        (asked(state="pending"), (1,)),
    ],
)
def test_who_is_left(tier, levels):
    assert lifecycle.stuck(Request((tier,), makers=frozenset({7}))) == levels


def test_all_levels_that_are_stuck_are_told():
    request = Request((asked(), asked(1, level=2), asked(level=3)))
    assert lifecycle.stuck(request) == (1, 3)


# -- Against a reference -------------------------------------------------------

USERS = st.integers(1, 5)
TIERS = st.lists(
    st.tuples(st.frozensets(USERS, min_size=1, max_size=4), st.integers(1, 2)),
    min_size=1,
    max_size=3,
)
ACTS = st.lists(
    st.tuples(st.sampled_from(["approve", "reject"]), USERS, st.frozensets(USERS)),
    max_size=12,
)


class Reference:
    """The rules in thirty lines: a list of signatures for each tier."""

    def __init__(self, tiers, parallel, different, makers):
        self.tiers, self.parallel = tiers, parallel
        self.different, self.makers = different, makers
        self.signed = [[] for _tier in tiers]
        self.state = "pending"

    def open_tiers(self):
        places = [
            place
            for place, (_users, quorum) in enumerate(self.tiers)
            if len(self.signed[place]) < quorum
        ]
        return places if self.parallel else places[:1]

    def act(self, verb, actor, principals):
        if self.state != "pending":
            return False
        for place in self.open_tiers():
            free = self.tiers[place][0] - {p for _a, p in self.signed[place]}
            names = [actor] if actor in free else sorted(free & principals)[:1]
            if names:
                return self.sign(verb, place, actor, names[0])
        return False

    def sign(self, verb, place, actor, principal):
        if verb == "reject":
            self.state = "rejected"
            return True
        persons = {actor, principal}
        others = [s for p, found in enumerate(self.signed) if p != place for s in found]
        if persons & self.makers or actor in {a for a, _p in self.signed[place]}:
            return False
        if self.different and any(persons & set(one) for one in others):
            return False
        self.signed[place].append((actor, principal))
        if not self.open_tiers():
            self.state = "approved"
        return True


@given(TIERS, ACTS, st.booleans(), st.booleans(), st.frozensets(USERS, max_size=2))
def test_as_the_reference_says(tiers, acts, parallel, different, makers):
    reference = Reference(tiers, parallel, different, makers)
    request = begun(
        *(asked(*users, level=n, quorum=q) for n, (users, q) in enumerate(tiers, 1)),
        parallel=parallel,
        different_persons=different,
        makers=makers,
    )
    for verb, actor, principals in acts:
        done = reference.act(verb, actor, principals)
        outcome = getattr(lifecycle, verb)(request, actor, principals - {actor})
        assert (outcome.refusal is None) == done
        assert outcome.request.state == reference.state
        if not done:
            assert outcome.request == request
            assert outcome.refusal in lifecycle.REFUSALS
        request = outcome.request
        for tier, signed in zip(request.tiers, reference.signed, strict=True):
            assert [(s.actor, s.principal) for s in tier.signatures] == signed
        if request.state == "pending":
            pending = {tier.level - 1 for tier in request.actionable}
            assert pending == set(reference.open_tiers())
        else:
            assert not request.actionable


def test_a_request_is_not_changed_in_place():
    request = begun(asked(1))
    assert replace(request) == request
    approve(request, 1)
    assert request.state == "pending"
