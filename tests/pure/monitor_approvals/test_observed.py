"""What a document that changed means for its approval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools import observed
from odoo.addons.monitor_approvals.tools.observed import STATES, Sight


@pytest.mark.parametrize(
    ("before", "is_open", "state", "steps"),
    [
        ("none", False, "none", ()),
        ("none", False, "pending", ("open",)),
        ("none", False, "approved", ("direct",)),
        ("none", False, "rejected", ()),
        ("none", False, "gone", ()),
        ("pending", True, "none", ("withdraw",)),
        ("pending", True, "pending", ()),
        ("pending", True, "approved", ("approve",)),
        ("pending", True, "rejected", ("reject",)),
        ("pending", True, "gone", ("orphan",)),
        ("approved", False, "none", ("reopen",)),
        ("approved", False, "pending", ("reopen", "open")),
        ("approved", False, "approved", ()),
        ("approved", False, "rejected", ("reopen", "open", "reject")),
        ("approved", False, "gone", ()),
        ("rejected", False, "none", ()),
        ("rejected", False, "pending", ("open",)),
        ("rejected", False, "approved", ("direct",)),
        ("rejected", False, "rejected", ()),
        # an approval that waits though nobody knew, or the other way round
        ("none", True, "approved", ("approve",)),
        ("approved", True, "rejected", ("reject",)),
        ("pending", False, "pending", ("open",)),
        ("pending", False, "approved", ("direct",)),
        ("gone", False, "pending", ()),
    ],
)
def test_from_state_to_state(before, is_open, state, steps):
    assert observed.follow(before, is_open, Sight(state)) == steps


@pytest.mark.parametrize(
    ("before", "is_open", "state", "steps"),
    [
        ("pending", True, "pending", ("amend",)),
        ("pending", True, "approved", ("amend", "approve")),
        ("pending", True, "none", ("withdraw",)),
        ("approved", False, "approved", ("amend_after",)),
        ("approved", False, "pending", ("reopen", "open")),
        ("none", False, "pending", ("open",)),
        ("rejected", False, "rejected", ()),
    ],
)
def test_changed_fields(before, is_open, state, steps):
    sight = Sight(state, changed=True)
    assert observed.follow(before, is_open, sight) == steps


def test_tiers_that_were_passed():
    assert observed.follow("pending", True, Sight("pending", tiers=True)) == ("tiers",)
    assert observed.follow("pending", True, Sight("approved", True, True)) == (
        "amend",
        "tiers",
        "approve",
    )


SIGHTS = st.lists(
    st.builds(Sight, st.sampled_from(STATES[:4]), st.booleans(), st.booleans()),
    max_size=12,
)


@given(SIGHTS)
def test_whatever_happens_one_round_at_most_is_open(sights):
    """Follow a document as the models do: what is open is what its state says."""
    before, is_open, rounds = "none", False, 0
    for sight in sights:
        for step in observed.follow(before, is_open, sight):
            assert step in observed.STEPS
            if step in ("open", "direct"):
                assert not is_open
                rounds += 1
                is_open = step == "open"
            elif step in ("approve", "reject", "withdraw", "orphan", "amend", "tiers"):
                assert is_open
                is_open = step in ("amend", "tiers")
            else:
                assert not is_open
        before = sight.state
        assert is_open == (sight.state == "pending")


@given(st.sampled_from(STATES[:4]), st.booleans())
def test_seeing_the_same_again_does_nothing(state, changed):
    is_open = state == "pending"
    assert observed.follow(state, is_open, Sight(state)) == ()


def test_tiers_that_passed_while_it_was_asked_for():
    assert observed.follow("none", False, Sight("pending", tiers=True)) == (
        "open",
        "tiers",
    )
    assert observed.follow("approved", False, Sight("pending", tiers=True)) == (
        "reopen",
        "open",
        "tiers",
    )


def test_tiers_of_what_is_decided_say_nothing_more():
    assert observed.follow("none", False, Sight("approved", tiers=True)) == ("direct",)
    assert observed.follow("approved", False, Sight("approved", tiers=True)) == ()


def test_asked_anew_in_one_transaction_is_a_new_round():
    sight = Sight("pending", changed=True, tiers=True, again=True)
    assert observed.follow("pending", True, sight) == ("withdraw", "open", "tiers")
    assert observed.follow("pending", True, Sight("approved", again=True)) == (
        "withdraw",
        "direct",
    )
    assert observed.follow("pending", True, Sight("none", again=True)) == ("withdraw",)


def test_asked_anew_is_nothing_where_nobody_was_asked():
    assert observed.follow("none", False, Sight("pending", again=True)) == ("open",)
