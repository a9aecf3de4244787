"""Whether an hour had too few or too many runs, against the same hour of past weeks."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

#: With fewer weeks nothing is usual yet.
FEWEST_WEEKS = 4


def unusual(
    count: int, past: Sequence[int], factor: float, fewest: int, direction: str = "both"
) -> str | None:
    """Return "few" or "many" if ``count`` is unusual, else None.

    Robust: the median of the past is what is usual, its spread (the median of the
    absolute deviations, or that of a Poisson count where that is more) widens what is
    tolerated, so that one odd week neither hides nor raises anything.

    :param past: counts of the same hour, one a week
    :param factor: how many times more or fewer than usual; above 1
    :param fewest: where fewer runs than this are usual, "few" is never said, and fewer
        runs than this are never "many"

    >>> unusual(0, [40, 42, 38, 41], 3, 10)
    'few'
    >>> unusual(200, [40, 42, 38, 41], 3, 10), unusual(45, [40, 42, 38, 41], 3, 10)
    ('many', None)
    """
    if len(past) < FEWEST_WEEKS:
        return None
    usual = statistics.median(past)
    deviation = 1.4826 * statistics.median(abs(value - usual) for value in past)
    spread = 3 * max(deviation, math.sqrt(usual))
    factor = max(factor, 1.0)
    if direction != "many" and usual >= fewest:
        if count < usual / factor and count < usual - spread:
            return "few"
    if direction != "few" and count >= fewest:
        if count > usual * factor and count > usual + spread:
            return "many"
    return None
