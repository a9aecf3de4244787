import functools
import math
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import histogram

durations = st.integers(0, 10**11) | st.floats(0, 1e11)
histograms = st.lists(durations, max_size=30).map(
    lambda values: _histogram_of(values),
)


def _histogram_of(values):
    hist = {}
    for value in values:
        hist = histogram.add(hist, value)
    return hist


@given(st.floats(1, 1e15))
def test_a_bucket_stands_for_its_durations_within_five_percent(duration):
    shown = histogram.value(histogram.bucket(duration))
    assert abs(shown - duration) <= histogram.ALPHA * duration * (1 + 1e-9)


@given(st.lists(durations, min_size=1, max_size=100), st.floats(0, 1))
def test_a_quantile_is_wrong_by_five_percent_at_most(values, q):
    values = [max(1, value) for value in values]
    exact = sorted(values)[max(1, math.ceil(q * len(values))) - 1]
    found = histogram.quantile(_histogram_of(values), q)
    assert abs(found - exact) <= histogram.ALPHA * exact * (1 + 1e-9)


def test_nearly_all_of_three_runs_end_within_the_longest():
    assert histogram.quantile(_histogram_of([34, 11, 10]), 0.95) > 30


@given(durations, durations)
def test_longer_is_never_in_a_lower_bucket(a, b):
    low, high = sorted((a, b))
    assert histogram.bucket(low) <= histogram.bucket(high)


@given(histograms, histograms, histograms)
def test_merging_is_order_free_and_loses_nothing(a, b, c):
    merge = histogram.merge
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, {}) == a
    assert histogram.total(merge(a, b)) == histogram.total(a) + histogram.total(b)


@pytest.mark.parametrize("duration", [None, 0, -5, 0.3, 1, 1.0])
def test_up_to_one_millisecond_is_bucket_zero(duration):
    assert histogram.bucket(duration) == 0


@pytest.mark.parametrize("duration", [math.inf, math.nan, 1e300])
def test_absurd_durations_share_the_last_bucket(duration):
    assert histogram.bucket(duration) == histogram.MAX_BUCKET
    assert math.isfinite(histogram.value(histogram.MAX_BUCKET))


def test_keys_are_text_in_ascending_order():
    hist = _histogram_of([5000, 2, 90, 5000])
    assert list(hist) == sorted(hist, key=int)
    assert all(isinstance(key, str) for key in hist)


def test_one_run_is_added_unless_told_otherwise():
    assert histogram.add({"70": 2}, 1000) == {"70": 3}
    assert histogram.add({"70": 2}, 1000, count=4) == {"70": 6}


def test_bucket_zero_stands_for_one_millisecond():
    assert histogram.value(0) == 1.0


def test_empty_histograms():
    assert histogram.quantile({}, 0.5) is None
    assert histogram.total({}) == 0
    assert histogram.merge({"3": 0}, {}) == {}


@pytest.mark.parametrize("q", [-0.1, 1.1, 95])
def test_a_quantile_is_between_zero_and_one(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        histogram.quantile({"1": 1}, q)


def _in_postgresql(values, pg_type):
    psycopg2 = pytest.importorskip("psycopg2")
    if "PGHOST" not in os.environ:
        pytest.skip("no PostgreSQL server: PGHOST is not set")
    expression = histogram.SQL_BUCKET.format("x")
    connection = psycopg2.connect(dbname="postgres")
    try:
        cursor = connection.cursor()
        cursor.execute(
            f"SELECT x, {expression} FROM unnest(%s::{pg_type}[]) AS x", (values,)
        )
        return cursor.fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("pg_type", ["bigint", "double precision"])
def test_postgresql_computes_the_same_bucket(pg_type):
    rng = random.Random(19)
    edges = [histogram.GAMMA**i for i in range(1, 330)]
    values = [*range(-3, 3000), *(rng.randrange(10**12) for _n in range(5000))]
    values += [round(edge) + d for edge in edges for d in (-1, 0, 1)]
    if pg_type != "bigint":
        values += [*edges, math.inf, math.nan, 1.0000001, 1e300]
        values += [rng.uniform(0, 10 ** rng.randint(0, 15)) for _n in range(5000)]
    found = _in_postgresql(values, pg_type)
    assert len(found) == len(values)
    assert [row for row in found if histogram.bucket(row[0]) != row[1]] == []


def test_postgresql_puts_null_into_bucket_zero():
    assert _in_postgresql([None], "bigint") == [(None, 0)]


@given(
    st.lists(st.lists(durations, max_size=40), min_size=1, max_size=24),
    st.sampled_from(sorted(histogram.PERCENTILES.values())) | st.floats(0, 1),
)
def test_however_runs_are_spread_over_hours_their_day_is_five_percent_exact(hours, q):
    merged = functools.reduce(histogram.merge, map(_histogram_of, hours))
    exact = sorted(max(1, value) for hour in hours for value in hour)

    found = histogram.quantile(merged, q)

    if not exact:
        assert found is None
        return
    true = exact[max(1, math.ceil(q * len(exact))) - 1]
    assert abs(found - true) <= histogram.ALPHA * true * (1 + 1e-9)


def test_what_is_shown_of_durations():
    assert histogram.PERCENTILES == {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
