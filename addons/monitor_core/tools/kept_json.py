"""What is kept of data that somebody sent: redacted, and cut if it is too large."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

try:
    from . import payload, plain_data, redaction
except ImportError:  # outside of its package: python3 -m doctest kept_json.py
    import payload
    import plain_data
    import redaction

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
)


def kept_json(
    value: Any,
    limit: int = 16_384,
    policy: redaction.Policy = redaction.DEFAULT,
    most_bytes: int | None = None,
) -> str:
    """Return ``value`` as JSON text without secrets, of at most ``limit`` bytes.

    Raises ``ValueError`` of what is not JSON, see :func:`payload.bounded_json`.

    :param most_bytes: what :func:`plain_bytes` returned of it, if that was asked

    >>> kept_json({"order": "S00042", "token": "x"})
    '{"order":"S00042","token":"***"}'
    """
    if most_bytes is None:
        most_bytes = plain_bytes(value, policy)
    if most_bytes is not None and most_bytes <= limit:
        return _ENCODER.encode(value)
    return payload.bounded_json(redaction.redact(value, policy), limit)[0]


def plain_bytes(value: Any, policy: redaction.Policy = redaction.DEFAULT) -> int | None:
    """Return an upper bound of the bytes of ``value``, ``None`` if it is not plain.

    >>> plain_bytes({"order": "S00042"}), plain_bytes({"token": "x"})
    (78, None)
    """
    return plain_data.most_bytes(value, _plain_key_test(policy))


@lru_cache(maxsize=64)
def _plain_key_test(policy: redaction.Policy) -> Callable[[Any], bool]:
    """Return what tells plain keys by one look into a table, for keys seen before."""
    return lru_cache(maxsize=4096)(lambda key: redaction.is_plain_key(key, policy))
