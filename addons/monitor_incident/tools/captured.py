"""What is kept of the context in which an incident opened: bounded, without values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

#: Bytes of the whole, as JSON.
MAX_BYTES = 65_536
MAX_STATEMENT = 500
_LITERAL = re.compile(
    r"'(?:[^']|'')*(?:'|\Z)"  # text, the last one may be cut
    r"|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)"
    r"|(?<![\w$.])\d+(?:\.\d+)?(?![\w.])",
    re.DOTALL,
)
_LIST = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")


def normal_statement(text: str) -> str:
    """Return an SQL statement without its values, in one line, cut if it is long.

    >>> normal_statement("UPDATE t SET name = 'Ana O''Neil'\\n WHERE id IN (1, 2, 3)")
    'UPDATE t SET name = ? WHERE id IN (?)'
    """
    text = _LITERAL.sub("?", text)
    text = _LIST.sub("(?)", " ".join(text.split()))
    return text if len(text) <= MAX_STATEMENT else text[: MAX_STATEMENT - 1] + "…"


def bounded(context: Mapping[str, Any], limit: int = MAX_BYTES) -> dict[str, Any]:
    """Return ``context`` within ``limit`` bytes: its longest lists lose their ends.

    What was left out is told in ``left_out``: ``{name: how many}``. Lists are cut to
    half again and again; what is left when none has anything is dropped, largest
    first.

    >>> bounded({"runs": ["x" * 40] * 4}, limit=150)["left_out"]
    {'runs': 2}
    """
    kept: dict[str, Any] = dict(context)
    left_out: dict[str, int] = {}
    while size_of(kept) > limit:
        name = max(kept, key=lambda key: (_is_list(kept[key]), size_of(kept[key])))
        value = kept[name]
        if _is_list(value):
            half = len(value) // 2
            left_out[name] = left_out.get(name, 0) + len(value) - half
            kept[name] = list(value[:half])
        else:
            del kept[name]
            if name == "left_out":
                return {}
            left_out[name] = 1
        if left_out:
            kept["left_out"] = left_out
    return kept


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value)


def size_of(value: Any) -> int:
    """Return the bytes of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def version_changes(rows: Sequence[tuple[str, str, bool, str]]) -> list[dict[str, str]]:
    """Return which modules came to which version, newest first.

    :param rows: ``(module, version, baseline, moment)`` in the order they were seen;
        of a baseline nobody knows when it was installed
    """
    versions: dict[str, str] = {}
    changes = []
    for module, version, baseline, moment in rows:
        if not baseline:
            before = versions.get(module, "")
            changes.append(
                {"module": module, "before": before, "after": version, "at": moment}
            )
        versions[module] = version
    return changes[::-1]
