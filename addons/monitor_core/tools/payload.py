"""Bounded, strict JSON for the contexts and payloads that are stored.

Strict means RFC 8259 and what ``jsonb`` of PostgreSQL takes: no NaN or infinity,
keys are strings, no NUL character, no half of a surrogate pair.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

MAX_DEPTH = 64
#: Bytes; what a truncated object needs beside the head of the text.
MIN_LIMIT = 256
_MAX_INT = 10**1000
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def bounded_json(
    value: Any, limit: int = 16_384, name: str = "context"
) -> tuple[str, bool]:
    """Return ``value`` as JSON text of at most ``limit`` bytes; True if cut.

    What is too long becomes ``{"_truncated": true, "_sha256": digest of the whole
    text, "_size": its bytes, "_head": its beginning}``. Raises ``ValueError``
    naming the place, from ``name`` on, of what is not JSON, and for a ``limit``
    under 256.

    >>> bounded_json({"a": [1, None, "é"]})
    ('{"a":[1,null,"é"]}', False)
    >>> bounded_json({"a": [1, 2, {3}]})
    Traceback (most recent call last):
        ...
    ValueError: context.a[2]: a set is not JSON
    """
    if limit < MIN_LIMIT:
        raise ValueError(f"limit: at least {MIN_LIMIT} bytes, not {limit}")
    text = _dump(_strict(value, name, 0))
    data = text.encode()
    if len(data) <= limit:
        return text, False
    return _truncated(data, limit), True


def storable_text(text: str) -> str:
    """Return ``text`` with what PostgreSQL cannot store replaced: NUL, lone surrogates.

    >>> storable_text("a\\0b")
    'a\ufffdb'
    """
    return _NOT_STORABLE.sub("\ufffd", text)


def _truncated(data: bytes, limit: int) -> str:
    """Return the object that stands for the text ``data``, within ``limit`` bytes."""
    stand_in = {
        "_truncated": True,
        "_sha256": hashlib.sha256(data).hexdigest(),
        "_size": len(data),
        "_head": "",
    }
    room = limit - len(_dump(stand_in))
    head = data[:room].decode("utf-8", "ignore")
    # Quoting again makes it longer: keep what still fits.
    while len(_dump(head).encode()) - 2 > room:
        excess = len(_dump(head).encode()) - 2 - room
        head = head[: len(head) - max(1, excess // 4)]
    return _dump(stand_in | {"_head": head})


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _strict(value: Any, path: str, depth: int) -> Any:
    """Return ``value`` of plain JSON types, or raise ``ValueError`` with the path."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, (int, float)):
        return _number(value, path)
    if depth >= MAX_DEPTH:
        raise ValueError(f"{path}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return _object(value, path, depth + 1)
    if isinstance(value, (list, tuple)):
        return [_strict(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)]
    raise ValueError(f"{path}: a {type(value).__name__} is not JSON")


def _number(value: float, path: str) -> float:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{path}: {value} is not JSON")
    if abs(value) >= _MAX_INT:
        raise ValueError(f"{path}: a number of more than 1000 digits")
    return value


def _object(value: dict, path: str, depth: int) -> dict[str, Any]:
    result = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError(f"{path}: a key of type {type(key).__name__} is not JSON")
        result[storable_text(key)] = _strict(item, f"{path}.{key}", depth)
    return result
