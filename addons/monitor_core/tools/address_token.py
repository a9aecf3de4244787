"""Unguessable parts of addresses: whoever knows one may use what it leads to."""

from __future__ import annotations

import hmac
import re
import secrets

_BYTES = 24  # 192 random bits
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")  # as token_urlsafe makes them


def new() -> str:
    """Return a new token.

    >>> is_token(new()), new() == new()
    (True, False)
    """
    return secrets.token_urlsafe(_BYTES)


def is_token(text: object) -> bool:
    """Tell whether a text looks like one: only then it is worth a query.

    >>> is_token("x" * 31), is_token("x" * 31 + "/"), is_token(None)
    (False, False, False)
    """
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def is_same(stored: str | None, given: str) -> bool:
    """Tell whether two tokens are equal, in a time that does not say where they differ.

    >>> is_same("a", "a"), is_same("a", "b"), is_same(None, "")
    (True, False, False)
    """
    return bool(stored) and hmac.compare_digest(stored.encode(), given.encode())
