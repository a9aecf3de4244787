"""What an automation changed of a record: fields before and after, as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

#: Characters of a text, and items of a list, that are kept.
MAX_TEXT = 500
MAX_ITEMS = 20


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Return ``{field: [before, after]}`` of the fields whose values differ.

    >>> differences({"name": "a", "color": 1}, {"name": "b", "color": 1})
    {'name': ['a', 'b']}
    >>> differences({"date": None}, {"date": date(2026, 1, 5)})
    {'date': [None, '2026-01-05']}
    """
    return {
        name: [plain(value), plain(after[name])]
        for name, value in before.items()
        if name in after and after[name] != value
    }


def plain(value: Any) -> Any:
    """Return a field's value as JSON knows it: moments as ISO texts, ids as numbers.

    What is long is cut: a text ends in "…" then, a list says how much is missing.

    >>> plain((4, 5)), plain(datetime(2026, 1, 5, 12))
    ([4, 5], '2026-01-05 12:00:00')
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value[:MAX_ITEMS]]
        missing = len(value) - len(items)
        return [*items, f"… {missing}"] if missing else items
    if isinstance(value, Mapping):
        return plain(str(dict(value)))
    text = str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
