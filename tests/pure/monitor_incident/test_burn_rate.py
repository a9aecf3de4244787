"""Burn rates of the SRE workbook, table 5-8."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools.burn_rate import (
    REFERENCE,
    TIERS,
    WINDOWS,
    Burn,
    Count,
    burning,
    whole_hours_from,
)

H = timedelta(hours=1)
M = timedelta(minutes=1)


def test_the_table_of_the_workbook():
    assert [(t.long, t.short, t.rate, t.page) for t in TIERS] == [
        (H, 5 * M, 14.4, True),
        (6 * H, 30 * M, 6.0, True),
        (72 * H, 6 * H, 1.0, False),
    ]
    assert WINDOWS == (5 * M, 30 * M, H, 6 * H, 72 * H)
    assert REFERENCE == 720 * H
    # what is left of the budget of 30 days: 2 %, 5 %, 10 %
    spent = [tier.rate * (tier.long / REFERENCE) for tier in TIERS]
    assert spent == pytest.approx([0.02, 0.05, 0.1])


def test_an_empty_window_has_no_errors():
    assert (Count().total, Count().bad, Count().error_rate) == (0, 0, 0.0)


@pytest.mark.parametrize(
    "tier, long_bad, short_bad",
    [(0, 72, 72), (1, 30, 30), (2, 5, 5)],
)
def test_both_windows_have_to_burn(tier, long_bad, short_bad):
    """99.5 %: 7.2 %, 3 %, 0.5 % (scenario 47)."""
    windows = TIERS[tier]

    def of(long, short):
        counts = {windows.long: Count(1000, long), windows.short: Count(1000, short)}
        burn = burning(counts, 99.5)
        return burn and burn.tier

    assert of(long_bad, short_bad) == windows
    assert of(long_bad - 1, short_bad) is None
    assert of(long_bad, short_bad - 1) is None


def test_few_events_say_nothing():
    def of(total, fewest):
        return burning({H: Count(total, total), 5 * M: Count(1, 1)}, 99.5, fewest)

    assert of(9, 10) is None
    assert of(10, 10) == Burn(TIERS[0], pytest.approx(200))
    assert burning({H: Count(9, 9), 5 * M: Count(9, 9)}, 99.5) is None
    assert burning({H: Count(10, 9), 5 * M: Count(9, 9)}, 99.5)


def test_a_quiet_short_window_has_recovered():
    assert burning({H: Count(100, 50), 5 * M: Count()}, 99.5) is None


def test_the_most_urgent_is_told():
    counts = {window: Count(1000, 500) for window in WINDOWS}
    assert burning(counts, 99.5).tier == TIERS[0]
    del counts[5 * M]
    assert burning(counts, 99.5).tier == TIERS[1]


def test_a_shorter_period_has_less_to_spend():
    """The same share of a week's budget in an hour is a quarter of the rate."""
    counts = {H: Count(1000, 20), 5 * M: Count(1000, 20)}
    assert burning(counts, 99.5) is None
    assert burning(counts, 99.5, period=timedelta(days=7)).tier == TIERS[0]


@pytest.mark.parametrize("target", [100, 101])
def test_an_objective_without_budget_never_burns(target):
    assert burning({w: Count(1000, 1000) for w in WINDOWS}, target) is None


@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(90, 99.99))
def test_more_errors_never_burn_less(long, short, target):
    def of(more):
        counts = {H: Count(2000, long + more), 5 * M: Count(2000, short + more)}
        return burning(counts, target) is not None

    assert of(1000) >= of(0)


@pytest.mark.parametrize(
    "since, whole",
    [
        (datetime(2026, 1, 5, 12), datetime(2026, 1, 5, 13)),
        (datetime(2026, 1, 5, 12, 0, 0, 1), datetime(2026, 1, 5, 13)),
        (datetime(2026, 1, 5, 12, 59, 59, 999_999), datetime(2026, 1, 5, 13)),
        (datetime(2026, 1, 5, 23, 30), datetime(2026, 1, 6)),
    ],
)
def test_whole_hours_of_a_window(since, whole):
    assert whole_hours_from(since) == whole


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_whole_hours_begin_within_the_window(since):
    whole = whole_hours_from(since)
    assert timedelta() < whole - since <= H
    assert (whole.minute, whole.second, whole.microsecond) == (0, 0, 0)
