"""How fast an error budget burns, and when that is worth a person's attention.

Multi-window, multi-burn-rate alerts of the Google SRE Workbook, chapter 5, table 5-8:
2 % of the budget of 30 days in an hour, 5 % in six hours, 10 % in three days. Both the
long and the short window (a twelfth) must burn that fast, so that an alert ends soon
after the errors do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

REFERENCE = timedelta(days=30)
ROUNDING = 1e-12  # 14.4 times 0.5 % is a little more than 7.2 % in binary


@dataclass(frozen=True)
class Tier:
    """Two windows and the burn rate that both must exceed; ``page`` or a ticket."""

    long: timedelta
    short: timedelta
    rate: float
    page: bool


TIERS: Sequence[Tier] = (
    Tier(timedelta(hours=1), timedelta(minutes=5), 14.4, True),
    Tier(timedelta(hours=6), timedelta(minutes=30), 6.0, True),
    Tier(timedelta(days=3), timedelta(hours=6), 1.0, False),
)
#: Every window for which figures are needed, the shortest first.
WINDOWS = tuple(sorted({w for tier in TIERS for w in (tier.long, tier.short)}))


@dataclass(frozen=True)
class Count:
    """What happened in a window."""

    total: int = 0
    bad: int = 0

    @property
    def error_rate(self) -> float:
        """Return the share of bad ones, 0 to 1.

        >>> Count(4, 1).error_rate
        0.25
        """
        return self.bad / self.total if self.total else 0.0


def whole_hours_from(since: datetime) -> datetime:
    """Return the first full hour of a window that begins after ``since``.

    Statistics are kept by hour. The window is what ended later than ``since``, so an
    hour that begins at ``since`` is not quite whole: what ended at that very moment is
    not of the window. What is before the first full hour is counted one by one.

    >>> whole_hours_from(datetime(2026, 1, 5, 12, 0, 1))
    datetime.datetime(2026, 1, 5, 13, 0)
    >>> whole_hours_from(datetime(2026, 1, 5, 12))
    datetime.datetime(2026, 1, 5, 13, 0)
    """
    return since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@dataclass(frozen=True)
class Burn:
    """A tier that burns too fast: the rate of its long window."""

    tier: Tier
    rate: float


def burning(
    counts: Mapping[timedelta, Count],
    target_percent: float,
    fewest: int = 10,
    period: timedelta = REFERENCE,
) -> Burn | None:
    """Return the most urgent tier whose two windows burn too fast, None if none does.

    :param target_percent: the objective, such as 99.5; below 100
    :param fewest: fewer events in the long window say nothing
    :param period: of the objective; the rates are those that spend the same share of
        the budget in the same window

    >>> hour, five = timedelta(hours=1), timedelta(minutes=5)
    >>> burn = burning({hour: Count(100, 10), five: Count(12, 2)}, 99.5)
    >>> burn.tier.rate, round(burn.rate, 3)
    (14.4, 20.0)
    >>> burning({hour: Count(2, 1), five: Count(2, 1)}, 99.5)
    """
    budget = (100 - target_percent) / 100
    if budget <= 0:
        return None
    scale = period / REFERENCE
    for tier in TIERS:
        long, short = counts.get(tier.long, Count()), counts.get(tier.short, Count())
        least = tier.rate * scale * budget - ROUNDING
        if long.total < fewest or long.error_rate < least:
            continue
        if short.total and short.error_rate >= least:
            return Burn(tier, long.error_rate / budget)
    return None
