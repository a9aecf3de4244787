"""Names of event types: which can be registered, and which are our own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .run_event import PREFIX, TYPES

#: Characters of a name that are kept and compared; senders may use more.
MAX_NAME = 255
MAX_FIELDS = 8
MAX_FIELD = 40
#: How a complaint begins where the type itself is what nobody knows.
UNKNOWN = "type:"

_NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9_-]*)+")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_valid(name: str) -> bool:
    """Whether a name is a reversed domain, then what happened.

    >>> [is_valid(name) for name in ("com.shop.order.paid", "order", "Com.Shop")]
    [True, False, False]
    """
    return len(name) <= MAX_NAME and bool(_NAME.fullmatch(name))


def is_ours(name: str) -> bool:
    """Whether a name is kept for the Monitor's own types, known or not.

    >>> [is_ours(name) for name in ("odoo.monitor.run.ended", "com.shop.paid")]
    [True, False]
    """
    return name.startswith(PREFIX)


def is_registrable(name: str) -> bool:
    """Whether somebody can register a type of this name.

    >>> [is_registrable(name) for name in ("com.shop.paid", "odoo.monitor.x", "paid")]
    [True, False, False]
    """
    return is_valid(name) and not is_ours(name)


def own_names() -> list[str]:
    """Return the names of the Monitor's own types.

    >>> "odoo.monitor.run.failed" in own_names()
    True
    """
    return sorted(TYPES)


def fields_of(data: Any) -> str:
    """Return the first names in an event's data, as a list for people.

    What a sender put there is no reason to trust it: only plain names are taken.

    >>> fields_of({"order": "SO1", "amount": 5, "<b>": 1})
    'order, amount'
    >>> fields_of([1, 2])
    ''
    """
    if not isinstance(data, Mapping):
        return ""
    names = [
        name
        for name in data
        if isinstance(name, str) and len(name) <= MAX_FIELD and _FIELD.fullmatch(name)
    ]
    return ", ".join(names[:MAX_FIELDS])
