"""The key that encrypts stored secrets: from odoo.conf or the environment.

It is never stored in the database, so that a copy of the database alone gives no
secret away.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable

OPTION = "monitor_secret_key"
#: Environment variable that is looked at where odoo.conf has no such option.
ENVIRONMENT = "MONITOR_SECRET_KEY"
#: Characters; 32 random ones of base64 are 192 bits.
MIN_LENGTH = 32
_MIN_DISTINCT = 10
_KEY_BYTES = 32


def key_state(value: str | None) -> str:
    """Return ``missing``, ``weak`` (short or monotonous) or ``ready``.

    >>> key_state(None), key_state("changeme"), key_state("x" * 40)
    ('missing', 'weak', 'weak')
    >>> key_state("q0Vw7Jr3mXk1Zt9bLc5Hn8Dy2Gf6Ps4A")
    'ready'
    """
    key = (value or "").strip()
    if not key:
        return "missing"
    if len(key) < MIN_LENGTH or len(set(key)) < _MIN_DISTINCT:
        return "weak"
    return "ready"


def resolve_key(conf_value: str | None, env_value: str | None) -> str | None:
    """Return the key in force: that of odoo.conf, else of the environment.

    >>> resolve_key("  ", "from-environment")
    'from-environment'
    """
    for value in (conf_value, env_value):
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def hint(randbytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return a line for odoo.conf with a fresh random key.

    >>> hint(bytes)
    'monitor_secret_key = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    key = base64.urlsafe_b64encode(randbytes(_KEY_BYTES)).decode().rstrip("=")
    return f"{OPTION} = {key}"
