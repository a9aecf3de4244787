"""What is copied from a business record into a context, and under which names.

Pure: which values are read, and how, says :mod:`models.enrichment_sql`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: Business keys that mean the same in each database, with the fields that usually
#: hold them, the best first.
SUGGESTED: Mapping[str, tuple[str, ...]] = {
    "value": ("amount_total", "amount_untaxed", "total_amount", "expected_revenue"),
    "department": ("department_id", "employee_id.department_id"),
    "approval_owner": ("approver_id", "manager_id", "invoice_user_id", "user_id"),
    "customer_tier": ("partner_id.customer_tier", "partner_id.industry_id"),
    "warehouse": ("warehouse_id", "picking_type_id.warehouse_id"),
    "supplier_criticality": ("partner_id.supplier_criticality",),
    "sla_category": ("sla_category", "priority"),
}
#: Fields that say at which day's rate an amount is converted, the best first.
RATE_DATES = ("invoice_date", "date_order", "date", "create_date")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Column(NamedTuple):
    """A line of a rule: ``kind`` is ``plain``, ``record`` or ``money``."""

    key: str
    kind: str = "plain"


def is_valid_key(key: Any) -> bool:
    """Tell whether ``key`` is 1-40 of ``a-z 0-9 _``, a letter first.

    >>> is_valid_key("customer_tier"), is_valid_key("Tier"), is_valid_key("x\\n")
    (True, False, False)
    """
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def names_of(column: Column) -> tuple[str, ...]:
    """Return the names in the context that a column fills.

    >>> names_of(Column("department", "record"))
    ('department', 'department_id')
    >>> names_of(Column("value", "money")), names_of(Column("fee", "money"))
    (('value', 'currency'), ('fee', 'fee_currency'))
    """
    key, kind = column
    if kind == "record":
        return key, f"{key}_id"
    if kind == "money":
        return key, "currency" if key == "value" else f"{key}_currency"
    return (key,)


def first_clash(columns: Iterable[Column]) -> str | None:
    """Return a name that two columns fill, if there is one.

    >>> first_clash([Column("owner", "record"), Column("owner_id")])
    'owner_id'
    """
    seen: set[str] = set()
    for column in columns:
        for name in names_of(column):
            if name in seen:
                return name
            seen.add(name)
    return None


def parts(columns: Sequence[Column], values: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what each column adds to a context; a field that is empty adds nothing.

    :param values: as the database answers, one a column: a list of as many values as
        the column has names where these are two

    >>> parts([Column("tier"), Column("owner", "record")], ["gold", ["Ana", 7]])
    [{'tier': 'gold'}, {'owner': 'Ana', 'owner_id': 7}]
    >>> parts([Column("tier"), Column("urgent")], ["", False])
    [{'urgent': False}]
    """
    found = []
    for column, value in zip(columns, values, strict=True):
        several = value if isinstance(value, list) else [value]
        part = {
            name: item
            for name, item in zip(names_of(column), several, strict=False)
            if item is not None and item != ""
        }
        if column.kind == "money" and column.key not in part:
            part = {}  # a currency without an amount says nothing
        if part:
            found.append(part)
    return found


def merge(
    sent: Mapping[str, Any] | None, copied: Iterable[Mapping[str, Any]], limit: int
) -> dict[str, Any]:
    """Return ``sent`` with the copied parts, as JSON of at most ``limit`` bytes.

    What was copied counts over what was sent under the same name. A part that does not
    fit any more is left out as a whole; what was sent always stays.

    >>> merge({"order": "S1", "value": 1}, [{"value": 5, "currency": "EUR"}], 99)
    {'order': 'S1', 'value': 5, 'currency': 'EUR'}
    >>> merge(None, [{"note": "x" * 50}, {"tier": "gold"}], 20)
    {'tier': 'gold'}
    """
    merged = dict(sent or {})
    for part in copied:
        longer = {**merged, **part}
        if _bytes(longer) <= limit:
            merged = longer
    return merged


def carry_over(
    before: Mapping[str, Any] | None,
    sent: Mapping[str, Any] | None,
    columns: Iterable[Column],
) -> dict[str, Any]:
    """Return ``sent`` with what was copied ``before``: it is copied once.

    >>> carry_over({"tier": "gold", "n": 1}, {"n": 2}, [Column("tier")])
    {'n': 2, 'tier': 'gold'}
    """
    names = [name for column in columns for name in names_of(column)]
    kept = {name: before[name] for name in names if name in before} if before else {}
    return {**(sent or {}), **kept}


def suggest(fits: Callable[[str], bool]) -> dict[str, str]:
    """Return ``{key: field path}`` for the suggested keys that a model can fill.

    :param fits: whether a path can be copied from that model

    >>> suggest({"user_id", "amount_total"}.__contains__)
    {'value': 'amount_total', 'approval_owner': 'user_id'}
    """
    found = {key: _first(paths, fits) for key, paths in SUGGESTED.items()}
    return {key: path for key, path in found.items() if path}


def suggest_rate_date(fits: Callable[[str], bool]) -> str | None:
    """Return the field that dates an amount, if the model has one.

    >>> suggest_rate_date({"create_date", "date"}.__contains__)
    'date'
    """
    return _first(RATE_DATES, fits)


def _first(paths: Iterable[str], fits: Callable[[str], bool]) -> str | None:
    return next(filter(fits, paths), None)


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
