"""Too few and too many runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools.volume import FEWEST_WEEKS, unusual

USUAL = [100, 100, 100, 100]  # tolerated: 30 more or fewer (three times the root)


@pytest.mark.parametrize(
    "count, found",
    [(0, "few"), (49, "few"), (50, None), (100, None), (200, None), (201, "many")],
)
def test_many_times_fewer_or_more(count, found):
    assert unusual(count, USUAL, 2, 10) == found


@pytest.mark.parametrize(
    "count, found", [(69, "few"), (70, None), (130, None), (131, "many")]
)
def test_chance_is_tolerated(count, found):
    assert unusual(count, USUAL, 1.1, 10) == found


@pytest.mark.parametrize("factor", [1, 0.5, 0])
def test_a_factor_is_at_least_one(factor):
    assert unusual(69, USUAL, factor, 10) == "few"
    assert unusual(80, USUAL, factor, 10) is None


def test_a_wide_spread_is_tolerated():
    past = [60, 80, 120, 140]  # median 100, deviation 30 * 1.4826
    assert unusual(0, past, 2, 10) is None
    assert unusual(233, past, 2, 10) is None
    assert unusual(234, past, 2, 10) == "many"


def test_one_odd_week_hides_nothing():
    assert unusual(0, [*USUAL, 100_000], 2, 10) == "few"
    assert unusual(400, [*USUAL, 0], 2, 10) == "many"


def test_too_few_weeks_say_nothing():
    assert FEWEST_WEEKS == 4
    assert unusual(0, USUAL[:3], 2, 10) is None
    assert unusual(0, USUAL, 2, 10) == "few"


def test_a_direction():
    assert unusual(0, USUAL, 2, 10, "many") is None
    assert unusual(0, USUAL, 2, 10, "few") == "few"
    assert unusual(900, USUAL, 2, 10, "few") is None
    assert unusual(900, USUAL, 2, 10, "many") == "many"


def test_small_numbers():
    assert unusual(0, USUAL, 2, 100) == "few"
    assert unusual(0, USUAL, 2, 101) is None
    assert unusual(49, [0] * 4, 2, 50) is None
    assert unusual(50, [0] * 4, 2, 50) == "many"
    assert unusual(2, [1] * 4, 1, 1) is None


@given(
    st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=4), st.floats(1, 9)
)
def test_the_usual_is_never_unusual(count, past, factor):
    found = unusual(count, past, factor, 1)
    middle = sorted(past)[len(past) // 2]
    if found == "few":
        assert count < middle or count < max(past)
    if found == "many":
        assert count > min(past)
    assert unusual(count, [count] * 4, factor, 1) is None
