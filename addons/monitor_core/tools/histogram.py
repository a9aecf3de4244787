"""Mergeable histogram of durations, in milliseconds, on a logarithmic scale.

A histogram is a plain dict ``{str(bucket): count}``, as it is stored in JSON.
Bucket ``i > 0`` holds the durations in ``(GAMMA ** (i - 1), GAMMA ** i]``, bucket
0 all up to 1 ms. A quantile is wrong by at most 5 % of itself.
Source: DDSketch, Masson, Rim and Lee, VLDB 2019, https://arxiv.org/abs/1908.10693
"""

from __future__ import annotations

import math
from collections.abc import Mapping

#: Relative error of a quantile.
ALPHA = 0.05
GAMMA = (1 + ALPHA) / (1 - ALPHA)
#: Everything from here on (some 7 million years) falls into the last bucket.
MAX_BUCKET = 400
#: What is shown of durations: field name -> quantile.
PERCENTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
_LN_GAMMA = math.log(GAMMA)

#: SQL expression of the bucket of a column in milliseconds, ``{0}``. It computes
#: what :func:`bucket` does: both divide by the very same double.
SQL_BUCKET = (
    "CASE WHEN ({0})::double precision > 1"
    " THEN LEAST(ceil(ln(({0})::double precision)"
    f" / {_LN_GAMMA!r}::double precision), {MAX_BUCKET})::integer"
    " ELSE 0 END"
)

Histogram = Mapping[str, int]


def bucket(duration_ms: float | None) -> int:
    """Return the bucket of a duration in ms; 0 for none, zero or negative.

    Not-a-number is the longest, as PostgreSQL sorts it.

    >>> [bucket(ms) for ms in (0, 1, 1.1, 1000, 60_000)]
    [0, 0, 1, 70, 110]
    """
    if duration_ms is None or duration_ms <= 1:
        return 0
    if not math.isfinite(duration_ms):
        return MAX_BUCKET
    return min(MAX_BUCKET, math.ceil(math.log(duration_ms) / _LN_GAMMA))


def value(bucket_number: int) -> float:
    """Return the duration, in ms, that stands for all of a bucket.

    >>> round(value(bucket(1000)))
    1048
    """
    if bucket_number <= 0:
        return 1.0
    return 2 * GAMMA**bucket_number / (GAMMA + 1)


def add(hist: Histogram, duration_ms: float | None, count: int = 1) -> dict[str, int]:
    """Return ``hist`` with ``count`` more runs of that duration.

    >>> add({"70": 2}, 1000)
    {'70': 3}
    """
    return merge(hist, {str(bucket(duration_ms)): count})


def merge(a: Histogram, b: Histogram) -> dict[str, int]:
    """Return the sum of two histograms, buckets in ascending order.

    >>> merge({"70": 2}, {"3": 1, "70": 1})
    {'3': 1, '70': 3}
    """
    a, b = a or {}, b or {}
    keys = map(str, sorted({*map(int, a), *map(int, b)}))
    sums = {key: a.get(key, 0) + b.get(key, 0) for key in keys}
    return {key: count for key, count in sums.items() if count}


def total(hist: Histogram) -> int:
    """Return how many durations a histogram holds.

    >>> total({"3": 1, "70": 3})
    4
    """
    return sum((hist or {}).values())


def quantile(hist: Histogram, q: float) -> float | None:
    """Return the ``q``-quantile (0 to 1) in ms, None for an empty histogram.

    By nearest rank: the shortest duration that at least the share ``q`` does not
    exceed, so that the 95 % of three runs is the longest of them.

    Raises ``ValueError`` for a ``q`` outside 0 to 1.

    >>> quantile({}, 0.95) is None
    True
    >>> round(quantile({"3": 1, "70": 3}, 0.95))
    1048
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile is between 0 and 1, not {q}")
    count = total(hist)
    if not count:
        return None
    rank = max(1, math.ceil(q * count))
    passed = 0
    number = 0
    for number in sorted(map(int, hist)):
        passed += hist[str(number)]
        if passed >= rank:
            break
    return value(number)
