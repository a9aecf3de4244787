"""Priority of an incident: impact × urgency, each from 1 (low) to 4 (critical).

Both are the highest of what speaks for them, and that is said: an incident explains
its priority.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from odoo.addons.monitor_core.tools.scales import (  # noqa: TID251 - they are pure too
    CRITICALITIES,
    SEVERITIES,
    rank,
)

#: From which amount (company currency), and from how many customers and records on,
#: the impact is medium, high, critical.
VALUES = (1_000, 10_000, 100_000)
CUSTOMERS = (1, 10, 100)
RECORDS = (10, 100, 1_000)
#: Within which time until the deadline the urgency is medium, high, critical.
DEADLINES = (timedelta(hours=24), timedelta(hours=4), timedelta(hours=1))
#: Impact plus urgency -> priority; below the last it is P4.
BOUNDS = ((7, "1"), (6, "2"), (4, "3"))


class Facts(NamedTuple):
    """What is known of an incident; amounts in company currency."""

    severity: str
    criticality: str = "medium"
    value: float = 0.0
    customers: int = 0
    records: int = 0
    time_left: timedelta | None = None


class Priority(NamedTuple):
    """``value`` is ``1`` (most urgent) to ``4``; what decided impact and urgency."""

    value: str
    impact: int
    impact_by: str
    urgency: int
    urgency_by: str


def decide(facts: Facts) -> Priority:
    """Return the priority of an incident and what decided it.

    >>> decide(Facts("critical", "critical")).value
    '1'
    >>> decide(Facts("error", "medium", value=250_000)).impact_by
    'value'
    """
    impact, impact_by = _highest(
        criticality=rank(CRITICALITIES, facts.criticality) + 1,
        value=_level(facts.value, VALUES),
        customers=_level(facts.customers, CUSTOMERS),
        records=_level(facts.records, RECORDS),
    )
    urgency, urgency_by = _highest(
        severity=rank(SEVERITIES, facts.severity) + 1,
        deadline=_deadline_level(facts.time_left),
    )
    value = next((found for bound, found in BOUNDS if impact + urgency >= bound), "4")
    return Priority(value, impact, impact_by, urgency, urgency_by)


def changes_in(time_left: timedelta | None) -> timedelta | None:
    """Return after which time the deadline alone raises the urgency again.

    ``None`` where it does not any more, or there is none.

    >>> changes_in(timedelta(hours=5)), changes_in(timedelta(minutes=5))
    (datetime.timedelta(seconds=3600), None)
    """
    if time_left is None:
        return None
    return next((time_left - bound for bound in DEADLINES if time_left > bound), None)


def _highest(**levels: int) -> tuple[int, str]:
    """Return the highest level and what has it; the first named wins a tie."""
    name = max(levels, key=lambda key: levels[key])
    return levels[name], name


def _level(amount: float, bounds: tuple[int, ...]) -> int:
    return 1 + sum(amount >= bound for bound in bounds)


def _deadline_level(time_left: timedelta | None) -> int:
    if time_left is None:
        return 1
    return 1 + sum(time_left <= bound for bound in DEADLINES)
