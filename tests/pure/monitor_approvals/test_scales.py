"""Ages in buckets, and the sentences of breaches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools import lifecycle, scales, texts

DAY = timedelta(days=1)
TINY = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("age", "bucket", "until"),
    [
        (timedelta(0), "lt_1d", DAY),
        (-DAY, "lt_1d", DAY),
        (DAY - TINY, "lt_1d", TINY),
        (DAY, "1_3d", 2 * DAY),
        (3 * DAY, "3_7d", 4 * DAY),
        (7 * DAY, "7_14d", 7 * DAY),
        (14 * DAY - TINY, "7_14d", TINY),
        (14 * DAY, "gt_14d", None),
        (400 * DAY, "gt_14d", None),
    ],
)
def test_buckets(age, bucket, until):
    assert scales.aging_bucket(age) == bucket
    assert scales.next_bucket_in(age) == until


@given(st.timedeltas(min_value=timedelta(0), max_value=60 * DAY))
def test_the_bucket_changes_when_it_says(age):
    wait = scales.next_bucket_in(age)
    if wait is None:
        assert scales.aging_bucket(age) == "gt_14d"
    else:
        assert wait > timedelta(0)
        assert scales.aging_bucket(age + wait) != scales.aging_bucket(age)
        assert scales.aging_bucket(age + wait - TINY) == scales.aging_bucket(age)


def test_each_breach_and_each_refusal_has_a_sentence():
    for kind, _label in scales.EXCEPTION_KINDS:
        assert texts.variant(kind, {}) == kind
        assert kind in texts.EXCEPTIONS
    assert set(lifecycle.REFUSALS) == set(texts.REFUSALS)


@pytest.mark.parametrize(
    ("kind", "evidence", "variant"),
    [
        ("self_approval", {"below_limit": True}, "self_approval_small"),
        ("self_approval", {"below_limit": False}, "self_approval"),
        ("stale", {"levels": [2]}, "stale_tier"),
        ("stale", {"levels": []}, "stale"),
        ("skipped_tier", {"levels": [2]}, "skipped_tier"),
        ("skipped_tier", {"levels": [2], "quorum": 2}, "skipped_tier_alone"),
        ("bypass", {"how": "import"}, "bypass_import"),
        ("bypass", {"how": "made"}, "bypass_made"),
        ("bypass", {"how": "actor"}, "bypass_actor"),
        ("bypass", {"how": "sweep"}, "bypass"),
        ("forged", {"how": "actor", "below_limit": True}, "forged"),
    ],
)
def test_which_sentence(kind, evidence, variant):
    assert texts.variant(kind, evidence) == variant
    assert variant in texts.EXCEPTIONS


def test_values_are_filled_in():
    assert texts.plain([3, "x"]) == "3, x"
    assert texts.plain(2.5) == "2.5"
    assert (
        texts.filled("%(who)s: %(levels)s", {"who": "Ana", "levels": "1"}) == "Ana: 1"
    )
    assert texts.filled("100 %% of %(what)s", {}) == "100 % of ?"
