"""Secrets as they are stored: sealed with a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec) of the package
``cryptography``, with a key derived from the configured one by HKDF (RFC 5869).
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PREFIX = "sealed:"
_INFO = b"odoo monitor: stored secrets, version 1"


class SealError(ValueError):
    """A secret cannot be opened: another key, or not what was stored."""


def seal(secret: str, key: str) -> str:
    """Return ``secret`` sealed; not twice the same.

    >>> is_sealed(seal("hunter2", "k" * 40))
    True
    """
    return _PREFIX + _fernet(key).encrypt(secret.encode()).decode()


def unseal(stored: str, key: str | None) -> str:
    """Return the secret in ``stored``, or raise :class:`SealError`.

    >>> unseal(seal("hunter2", "k" * 40), "k" * 40)
    'hunter2'
    >>> unseal(seal("hunter2", "k" * 40), "another key")
    Traceback (most recent call last):
    ...
    odoo.addons.monitor_core.tools.sealed.SealError: it was stored with another key
    """
    if not key:
        raise SealError("there is no key to open it with")
    if not is_sealed(stored):
        raise SealError("it was not stored by the Monitor")
    try:
        return _fernet(key).decrypt(stored.removeprefix(_PREFIX).encode()).decode()
    except InvalidToken:
        raise SealError("it was stored with another key") from None


def is_sealed(stored: str) -> bool:
    """Tell whether ``stored`` is what :func:`seal` returns."""
    return stored.startswith(_PREFIX)


def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=_INFO).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
