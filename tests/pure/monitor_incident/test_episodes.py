"""What a rule would have raised, from past runs."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools.episodes import (
    Episode,
    Outcome,
    in_a_row,
    lasting,
    of_burn,
    of_rate,
    of_windows,
)

NOON = datetime(2026, 1, 5, 12)
M = timedelta(minutes=1)


def at(minutes):
    return NOON + minutes * M


def runs(told, every=1):
    """Return outcomes: x is bad, . is good; one each ``every`` minutes."""
    return [Outcome(at(n * every), c == "x") for n, c in enumerate(told)]


@pytest.mark.parametrize(
    "told, threshold, episodes",
    [
        ("", 1, []),
        ("...", 1, []),
        (".x.", 1, [(1, 2, 1)]),
        ("xx.x", 1, [(0, 2, 2), (3, None, 1)]),
        ("xx.x", 2, [(1, 2, 2)]),
        ("xxxx.", 3, [(2, 4, 4)]),
        ("x.x.", 2, []),
        ("x", 0, [(0, None, 1)]),
    ],
)
def test_in_a_row(told, threshold, episodes):
    assert in_a_row(runs(told), threshold) == [
        Episode(at(since), None if until is None else at(until), count)
        for since, until, count in episodes
    ]


def test_many_equal_runs_count_as_many():
    outcomes = [Outcome(at(0), True, 5), Outcome(at(1), False)]
    assert in_a_row(outcomes, 5) == [Episode(at(0), at(1), 5)]
    assert in_a_row(outcomes, 6) == []


def test_a_rate_begins_with_enough_runs_and_ends_with_a_good_one():
    outcomes = runs("..xx....")
    assert of_rate(outcomes, 60 * M, 4, 50) == [Episode(at(3), at(4), 1)]
    assert of_rate(outcomes, 60 * M, 5, 50) == []
    assert of_rate(outcomes, 60 * M, 3, 33) == [Episode(at(2), at(6), 2)]


def test_a_rate_ends_when_the_window_has_passed():
    outcomes = runs("x.", every=120)
    (episode,) = of_rate(outcomes, 30 * M, 1, 50)
    assert episode == Episode(at(0), at(30), 1)


def test_what_still_holds_has_no_end():
    assert of_rate(runs("x"), 30 * M, 1, 50) == [Episode(at(0), None, 1)]
    assert of_rate(runs("xx"), 30 * M, 0, 100) == [Episode(at(0), None, 2)]


def test_a_rate_begins_again():
    outcomes = runs("x.x", every=60)
    assert of_rate(outcomes, 30 * M, 1, 50) == [
        Episode(at(0), at(30), 1),
        Episode(at(120), None, 1),
    ]


def test_no_bad_run_is_no_rate():
    assert of_rate(runs("...."), 30 * M, 1, 0) == []


def test_it_may_end_and_begin_between_two_runs():
    """Over by itself before the next run, which begins it anew."""
    outcomes = runs("xx", every=60)
    assert of_rate(outcomes, 30 * M, 1, 50) == [
        Episode(at(0), at(30), 1),
        Episode(at(60), None, 1),
    ]


def test_an_end_is_looked_for_so_often():
    outcomes = runs("x.", every=120)
    (episode,) = of_windows(
        outcomes, [30 * M], lambda counts: counts[30 * M].bad > 0, 7 * M
    )
    assert episode.until == at(35)


def test_a_burn():
    good, bad = runs("." * 50), []
    bad = [Outcome(at(50 + n), True) for n in range(10)]
    (episode,) = of_burn(good + bad, 99.5, 10, timedelta(days=30))
    # 0.5 % of three days and six hours is the first that is exceeded
    assert episode == Episode(at(50), None, 10)
    assert of_burn(good + bad, 99.5, 100, timedelta(days=30)) == []
    assert of_burn(good + bad, 50, 10, timedelta(days=30)) == []


def test_only_what_lasts_counts_from_then_on():
    episodes = [
        Episode(at(0), at(9), 1),
        Episode(at(20), at(30), 2),
        Episode(at(40), None, 3),
    ]
    assert lasting(episodes, 10 * M) == [
        Episode(at(30), at(30), 2),
        Episode(at(50), None, 3),
    ]
    assert lasting(episodes, 0 * M) == episodes


@given(st.text("x.", max_size=60), st.integers(1, 5))
def test_episodes_do_not_overlap_and_hold_bad_runs(told, threshold):
    found = in_a_row(runs(told), threshold)
    assert sum(episode.count for episode in found) <= told.count("x")
    for episode, after in zip(found, found[1:], strict=False):
        assert episode.until <= after.since
    rates = of_rate(runs(told, every=20), 60 * M, 1, 50)
    assert sum(episode.count for episode in rates) <= told.count("x")
    for episode, after in zip(rates, rates[1:], strict=False):
        assert episode.until <= after.since
