"""Stable codes of workflows: from the XML id, else from model and id.

A code never comes from a translated name.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator

MAX_LENGTH = 128
_VALID = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_LENGTH - 1}}}")
_UNFIT = re.compile(r"[^a-z0-9._-]+")
_DIGEST_LENGTH = 8


def is_valid_code(code: str) -> bool:
    """Tell whether ``code`` is 1-128 of ``a-z 0-9 . _ -``, a letter or digit first.

    >>> is_valid_code("sale.order-confirm"), is_valid_code("-x"), is_valid_code("x\\n")
    (True, False, False)
    """
    return isinstance(code, str) and _VALID.fullmatch(code) is not None


def slugify(text: str) -> str:
    """Return a valid code that resembles ``text``; a valid code stays as it is.

    What has no letter or digit of ASCII gets a code from its digest.

    >>> slugify("Créer les factures (nuit)")
    'creer-les-factures-nuit'
    """
    if is_valid_code(text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = _UNFIT.sub("-", plain.lower()).strip("-._")[:MAX_LENGTH].rstrip("-._")
    return slug or f"x-{_digest(text)}"


def workflow_code(xmlid: str | None, model: str, res_id: int) -> str:
    """Return the code of the source record ``model``, ``res_id``.

    Different XML ids give different codes: what must be changed to be valid ends
    in a digest of the original.

    >>> workflow_code("base.autovacuum_job", "ir.cron", 1)
    'base.autovacuum_job'
    >>> workflow_code(None, "ir.cron", 12)
    'ir.cron-12'
    """
    text = xmlid or f"{model}-{res_id}"
    if is_valid_code(text):
        return text
    stem = slugify(text)[: MAX_LENGTH - _DIGEST_LENGTH - 1]
    return f"{stem}-{_digest(text)}"


def copies_of(code: str) -> Iterator[str]:
    """Yield codes for copies of ``code``, without end: take the first that is free.

    >>> list(itertools.islice(copies_of("order"), 3))
    ['order-copy', 'order-copy-2', 'order-copy-3']
    """
    for number in itertools.count(1):
        ending = "-copy" if number == 1 else f"-copy-{number}"
        yield code[: MAX_LENGTH - len(ending)] + ending


def _digest(text: str) -> str:
    data = text.encode("utf-8", "replace")
    return hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]
