"""What an incident touches: records, customers and money, each counted once.

Pure: where the records come from says :mod:`models.monitor_incident_impact`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

MAX_AMOUNT = 1e15  # more is no amount but noise, and would hide all others
MAX_NAME = 200  # characters of a customer that are compared


class Touched(NamedTuple):
    """One look at a record, or at a transaction of another system.

    ``key`` is the same for the same one. ``amount`` is in ``currency`` (ISO code;
    ``None``: that of the company). ``records`` is how many it stands for: a run over
    many records knows only their number, a transaction elsewhere stands for none here.
    """

    key: Hashable
    records: int = 1
    amount: float | None = None
    currency: str | None = None
    customer: Hashable | None = None


class Impact(NamedTuple):
    """``amounts`` by currency; how many different records and customers."""

    amounts: Mapping[str | None, float]
    records: int
    customers: int


def add_up(touched: Iterable[Touched]) -> Impact:
    """Return the impact of all: of the same record, what was seen last counts.

    A look that knows no amount or customer takes away none that was known. An amount
    is at stake whatever its sign: a credit note as much as an invoice.

    >>> add_up([Touched(1, amount=5.0, customer="a"), Touched(1, amount=-7.0)])
    Impact(amounts={None: 7.0}, records=1, customers=1)
    """
    records: dict[Hashable, int] = {}
    amounts: dict[Hashable, tuple[float, str | None]] = {}
    customers: dict[Hashable, Hashable] = {}
    for one in touched:
        records[one.key] = max(one.records, records.get(one.key, 0))
        if one.amount is not None:
            amounts[one.key] = (abs(one.amount), one.currency)
        if one.customer is not None:
            customers[one.key] = one.customer
    by_currency: dict[str | None, float] = {}
    for amount, currency in amounts.values():
        by_currency[currency] = by_currency.get(currency, 0.0) + amount
    return Impact(by_currency, sum(records.values()), len(set(customers.values())))


def amount_of(value: Any) -> float | None:
    """Return an amount that anybody may have sent, ``None`` where it is none.

    >>> amount_of(12), amount_of("12.50"), amount_of("a lot"), amount_of(True)
    (12.0, 12.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and abs(amount) <= MAX_AMOUNT else None


def currency_of(value: Any) -> str | None:
    """Return the ISO code of a currency that anybody may have sent.

    >>> currency_of("eur"), currency_of("€"), currency_of(7)
    ('EUR', None, None)
    """
    if not isinstance(value, str) or len(value) != 3 or not value.isascii():
        return None
    return value.upper() if value.isalpha() else None


def customer_of(value: Any) -> str | None:
    """Return what tells a customer of a context from others.

    >>> customer_of(" Acme "), customer_of(7), customer_of(""), customer_of({})
    ('Acme', '7', None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip()[:MAX_NAME] or None
