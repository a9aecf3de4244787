"""Tell data that needs no closer look: plain JSON in which nothing could be a secret.

Most of what is reported is short codes, amounts, names and moments. One walk over such
a value is several times cheaper than checking, redacting and measuring it; whatever it
is not sure of is left to :mod:`payload` and :mod:`redaction`, which are the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

#: Levels of containers; redaction itself looks deeper.
MAX_DEPTH = 6
#: A whole number from here on may be that of a card (13 digits, the first a 2 to 6).
_CARD_FROM = 2_000_000_000_000
#: An escape such as ``\\u001f`` is the longest that JSON makes of a character.
_BYTES_OF_CHARACTER = 6
_BYTES_OF_NUMBER = 32
_PUNCTUATION = 4  # quotes, and a comma or colon
#: Texts in which no detector finds anything, whatever the letters are.
_HARMLESS = re.compile(
    # A code and its number: S1768999999999, order-17689999999, INV/2026/00042. Two
    # letters directly before a number could begin an IBAN; a prefix, a dash and 12
    # characters could be a token. First, as it is soon told: the next one counts.
    r"[A-Za-z]\d{0,19}|[A-Za-z]{1,11}[-_]\d{0,11}|[A-Za-z]{1,6}/\d{4}/\d{1,8}"
    # Up to eight digits: no phone, card or account. No white space: no "basic …".
    # Up to 13 characters: no token, the shortest has 14.
    r"|(?=\D{0,13}(?:\d\D{0,13}){0,8}\Z)[\w.,/-]{0,13}"
    # A moment of ISO 8601.
    r"|[12]\d{3}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?"
    r"(?:Z|[+-]\d\d:\d\d)?)?"
    # Ordinary words.
    r"|(?!(?i:.*basic))(?:[A-Za-z\u00c0-\u024f]{1,13}[.,;!]?(?: |\Z)){1,40}",
    re.ASCII,
)


def most_bytes(value: Any, is_plain_key: Callable[[str], bool]) -> int | None:
    """Return an upper bound of the bytes of ``value`` as JSON, if it is plain.

    ``None`` says that it has to be looked at: it may be no JSON, be nested deeply,
    or hold something to redact.

    :param is_plain_key: whether a key may stay as it is, and so may what is below it

    >>> most_bytes({"order": "S00042", "amount": 12.5}, str.isalpha) > 31
    True
    >>> most_bytes({"order": "ana@example.com"}, str.isalpha)
    >>> most_bytes({"api-key": "x"}, str.isalpha)
    """
    size = 0
    is_harmless = _HARMLESS.fullmatch
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                if not is_harmless(item):
                    return None
                size += _BYTES_OF_CHARACTER * len(item) + _PUNCTUATION
            elif kind is dict:
                if not all(map(is_plain_key, item)):
                    return None
                size += _BYTES_OF_CHARACTER * len("".join(item))
                size += _PUNCTUATION * (len(item) + 1)
                below += item.values()
            elif kind is list:
                size += _PUNCTUATION * (len(item) + 1)
                below += item
            elif _is_plain_scalar(item, kind):
                size += _BYTES_OF_NUMBER
            else:
                return None
        if not below:
            return size
        level = below
    return None


def _is_plain_scalar(item: Any, kind: type) -> bool:
    if kind is int:
        return -_CARD_FROM < item < _CARD_FROM
    if kind is float:
        return item - item == 0  # neither infinite nor "not a number"
    return item is None or kind is bool
