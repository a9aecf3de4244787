"""Keep secrets and personal data out of what is stored.

Values under telling keys are replaced whole; in other strings detectors replace
what looks like an address, a number of an account or card, or a secret. Every
detector is linear in the text: its patterns have bounded repeats, and a string is
cut at ``MAX_TEXT`` characters before. Redacting twice gives the same as once.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from .telling_keys import (
    DEFAULT_KEYS,
    MASK,
    hide_values,
    holds_settings,
    is_secret_key,
    words,
)

#: Characters of a string that are looked at; the rest is dropped, not kept.
MAX_TEXT = 16_384
#: Characters dropped before a cut, where half a secret may stand.
_CUT_MARGIN = 128
_CUT = "[…]"
#: What may be kept where a company's rules allow it: see :func:`make_policy`.
DETECTORS = frozenset({"email", "phone", "iban", "card"})
_TOO_DEEP = "[too deep]"
_MAX_PASSES = 6

_URL_USER = re.compile(r"(://)[^\s/?#\"'<>]{1,512}@")
_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,32}(?:key|token))"
    r"(: ?)(?!\s)[^\r\n\"']+"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,32}-----)?"
)
_TOKEN = re.compile(
    r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"
    r"|(?<![A-Za-z0-9])(?:(?:whsec_|whsk_|[srp]k_(?:live|test)_|xox[a-z]-|gh[a-z]_|github_pat_|glpat-"
    r"|npm_|pypi-|shp[a-z]{2}_|hf_|sk-)[\w+/=-]{12,}"
    r"|SG\.[\w-]{10,}\.[\w-]{10,}|A[KS]IA[0-9A-Z]{16}|AIza[\w-]{35})"
)
_BEARER = re.compile(r"(?i)\b(bearer )([\w.~+/=-]{8,})")
_BASIC = re.compile(r"(?i)\b(basic )([A-Za-z0-9+/]{4,}={0,2})")
_MIN_LONG = 32
_LONG = re.compile(rf"[A-Za-z0-9+/_-]{{{_MIN_LONG},}}={{0,2}}")
_READABLE_ID = re.compile(
    r"(?<![A-Za-z0-9])([0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
    r"|[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"(?![A-Za-z0-9])"
)
_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{3,}")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(r"(?<![\w-])[2-6](?:[ -]?\d){12,18}(?!\w)")
_CARD_GROUPS = re.compile(r"\d{4}(?:-\d{4}){3}")
_PHONE = re.compile(
    r"(?<![\w+.-])(?<!\d:)(?<!\w/)(?:\+[1-9](?:[ .()/-]{0,2}\d){6,14}"
    r"|00[1-9]\d{0,2}(?:[ /.-]\d{1,9}){1,6}"
    r"|0\d{1,4}(?:[ ./-]\d{2,4}){2,4}"
    r"|0[1-9]\d{0,3}[ /-]\d{5,9}"
    r"|0(?:0[1-9]\d{6,12}|[1-9]\d{7,11})"
    r"|\(\d{2,5}\) ?\d{2,4}(?:[ .-]\d{2,4}){1,3}"
    r"|[2-9]\d\d[.-]\d{3}[.-]\d{4})(?![\w:]|[.,/-]\d)"
)
#: What stands before a number that is no phone number: "order 0012345678905".
_NUMBERED = re.compile(
    r"(?i)(?<![^\W_])(?:order|invoice|ref(?:erence)?|nr|no|ids?|ean|gtin|upc|barcode"
    r"|sku|lot|serial|product|code|#)[ .:#=\u00b0]{0,3}\Z"
)
#: Length of an IBAN by country: SWIFT IBAN registry, ISO 13616.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FO FI GL NL SD", 19: "MK SI FK",
        20: "AT BA EE KZ LT LU XK MN", 21: "HR LV LI CH",
        22: "BH BG CR GE DE IE ME RS GB VA", 23: "GI IQ IL AE TL OM SO",
        24: "AD CZ MD PK RO SA SK ES SE TN VG", 25: "PT LY ST",
        26: "IS TR", 27: "BI DJ FR GR IT MR MC SM",
        28: "AL AZ BY CY DO SV GT HN HU LB PL NI",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


class Policy(NamedTuple):
    """What is hidden: values under ``keys``, and what the detectors ``finds`` name.

    Tokens, passwords in addresses and the like are looked for in any case. A key with
    ``!`` before it is none, whatever else it looks like.
    """

    keys: tuple[str, ...] = DEFAULT_KEYS
    finds: frozenset[str] = DETECTORS


DEFAULT = Policy()


def make_policy(
    further: Iterable[str] = (), never: Iterable[str] = (), kept: Iterable[str] = ()
) -> Policy:
    """Return the default with ``further`` keys, without those ``never`` secret.

    :param kept: names of :data:`DETECTORS` that are not to be used

    >>> policy = make_policy(["Salary"], ["token_count"], ["email"])
    >>> redact({"salary": 5, "tokenCount": 7, "to": "ana@example.com"}, policy)
    {'salary': '***', 'tokenCount': 7, 'to': 'ana@example.com'}
    """
    more = tuple(filter(None, map(words, further)))
    less = tuple(f"!{key}" for key in map(words, never) if key)
    return Policy((*DEFAULT_KEYS, *more, *less), DETECTORS - set(kept))


def redact(value: Any, policy: Policy = DEFAULT, max_depth: int = 8) -> Any:
    """Return a copy of a nested value of dicts, lists and strings without secrets.

    Under a secret key everything but None, booleans and empty strings becomes
    ``***`` (a dict under ``auth`` is looked into). Containers deeper than
    ``max_depth`` become ``[too deep]``, tuples become lists, bytes ``[binary]``;
    numbers (but those of cards) and other objects stay.

    >>> redact({"user": "ana@example.com", "auth": {"apiKey": "k"}, "n": [1, None]})
    {'user': '[e-mail]', 'auth': {'apiKey': '***'}, 'n': [1, None]}
    """
    return _redact(value, policy, max_depth)


def redact_text(text: str, policy: Policy = DEFAULT) -> str:
    """Return ``text`` without secrets and personal data.

    UUIDs and trace ids (32 hex digits, ``traceparent``) stay readable. What is
    past ``MAX_TEXT`` characters is dropped.

    >>> redact_text("call +32 475 12 34 56, pay BE68 5390 0754 7034")
    'call [phone], pay [iban]'
    >>> redact_text("https://ana:pw@host/x?a=1&token=abc")
    'https://***@host/x?a=1&token=***'
    """
    return _redact_text(text, policy)


def is_plain_key(key: Any, policy: Policy = DEFAULT) -> bool:
    """Tell whether a key of a dict, and what is below it, may stay as it is.

    >>> [is_plain_key(key) for key in ("order", "Api-Key", "ana@example.com", 1)]
    [True, False, False, False]
    """
    return (
        isinstance(key, str)
        and key.isprintable()
        and not is_secret_key(key, policy.keys)
        and _redact_text(key, policy) == key
    )


def _redact(value: Any, policy: Policy, depth: int) -> Any:
    if isinstance(value, str):
        return _redact_text(value, policy)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "[binary]"
    if isinstance(value, int) and "card" in policy.finds:
        text = str(value)
        return "[card]" if _CARD.fullmatch(text) and _luhn(text) else value
    if not isinstance(value, (dict, list, tuple)):
        return value
    if depth <= 0:
        return _TOO_DEEP
    if isinstance(value, dict):
        return _redact_dict(value, policy, depth - 1)
    return [_redact(item, policy, depth - 1) for item in value]


def _redact_dict(value: dict, policy: Policy, depth: int) -> dict:
    """Redact the values by their keys, and the keys themselves."""
    result: dict = {}
    for key, item in value.items():
        secret = isinstance(key, str) and is_secret_key(key, policy.keys)
        if isinstance(key, str):
            key = (
                _redact_key(key, policy)
                if len(key) <= 64
                else _redact_text(key, policy)
            )
            secret = secret or is_secret_key(key, policy.keys)
        while key in result:  # two addresses as keys
            key = f"{key}+"
        keep = item is None or isinstance(item, bool) or item == ""
        keep = keep or (isinstance(item, dict) and holds_settings(key))
        result[key] = MASK if secret and not keep else _redact(item, policy, depth)
    return result


@lru_cache(maxsize=4096)
def _redact_key(key: str, policy: Policy) -> str:
    """Do the same as :func:`_redact_text`, once: most contexts have the same keys."""
    return _redact_text(key, policy)


def _redact_text(text: str, policy: Policy) -> str:
    """Apply the detectors until they find nothing more."""
    if len(text) < _MIN_LONG and text.isascii() and text.isalpha():
        return text  # one word: none of the detectors is about that
    for _round in range(_MAX_PASSES):
        before = text
        text = _pass(text[:MAX_TEXT], policy)
        if len(text) > MAX_TEXT or len(before) > MAX_TEXT:
            text = text[: min(len(text), MAX_TEXT) - _CUT_MARGIN] + _CUT
        if text == before:
            return text
    return MASK  # does not settle: built to deceive


def _pass(text: str, policy: Policy) -> str:
    text = _PRIVATE_KEY.sub("[token]", text)
    text = _HEADER.sub(lambda m: m[1] + m[2] + MASK, text)
    if "://" in text:
        text = _URL_USER.sub(rf"\1{MASK}@", text)
    text = hide_values(text, policy.keys)
    text = _BASIC.sub(_hide_basic, text)
    text = _BEARER.sub(_hide_bearer, text)
    text = _TOKEN.sub("[token]", text)
    text = _LONG.sub(_hide_long, text)
    if "email" in policy.finds and "@" in text:
        text = _EMAIL.sub("[e-mail]", text)
    if "iban" in policy.finds:
        text = _IBAN.sub(_hide_iban, text)
    if "card" in policy.finds:
        text = _CARD.sub(_hide_card, text)
    return _PHONE.sub(_hide_phone, text) if "phone" in policy.finds else text


def _hide_basic(match: re.Match[str]) -> str:
    """Hide ``user:password`` in base64; "Basic plan" is none."""
    data = match[2].rstrip("=")
    try:
        plain = base64.b64decode(data + "=" * (-len(data) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return match[0]
    return f"{match[1]}[token]" if ":" in plain else match[0]


def _hide_bearer(match: re.Match[str]) -> str:
    """Hide a bearer token; "bearer authentication failed" is none."""
    secret = len(match[2]) >= 20 or any(char.isdigit() for char in match[2])
    return f"{match[1]}[token]" if secret else match[0]


def _hide_long(match: re.Match[str]) -> str:
    """Hide what looks random; keep ids, paths and long names."""
    parts = _READABLE_ID.split(match[0])  # every other part is such an id
    parts[::2] = ["[token]" if _random(part) else part for part in parts[::2]]
    return "".join(parts)


def _random(text: str) -> bool:
    """Tell whether ``text`` is long and looks made by chance, not by people.

    Of random base64 a third is in runs of small letters or capitals, of names most.
    In random hex or base 36 letters and digits alternate, in names digits gather.
    """
    if len(text) < _MIN_LONG:
        return False
    kinds = [_kind(char) for char in text]
    length = len(kinds) - kinds.count("-")
    if {"a", "A"} <= set(kinds):
        return sum(map(len, _WORD.findall(text))) < 0.75 * length
    changes = sum(a != b and "-" not in (a, b) for a, b in pairwise(kinds))
    return "1" in kinds and changes >= 0.15 * length


def _kind(char: str) -> str:
    if char.isdigit():
        return "1"
    return "-" if not char.isalpha() else "A" if char.isupper() else "a"


def _positions(text: str) -> list[int]:
    return [i for i, char in enumerate(text) if char.isalnum()]


def _hide_iban(match: re.Match[str]) -> str:
    """Hide an IBAN of the length of its country and a correct check number."""
    text = match[0]
    places = _positions(text)
    length = _IBAN_LENGTHS.get(text[:2].upper())
    if length is None or len(places) < length:
        return text
    end = places[length - 1] + 1
    code = "".join(text[i] for i in places[:length]).upper()
    digits = "".join(str(int(char, 36)) for char in code[4:] + code[:4])
    if text[end : end + 1].isalnum() or int(digits) % 97 != 1:
        return text
    return "[iban]" + text[end:]


def _hide_card(match: re.Match[str]) -> str:
    """Hide a card number that passes the Luhn check, whatever follows a space."""
    text = match[0]
    places = _positions(text)
    for length in range(len(places), 12, -1):
        end = places[length - 1] + 1
        if _ends_card(text[:end], text[end : end + 1]) and _luhn(text[:end]):
            return "[card]" + text[end:]
    return text


def _ends_card(card: str, following: str) -> bool:
    """Tell whether a number may end here; before a dash only, it may be of a UUID."""
    if following in ("", " "):
        return True
    return following == "-" and ("-" not in card or bool(_CARD_GROUPS.fullmatch(card)))


def _luhn(text: str) -> bool:
    """Check the last digit: ISO/IEC 7812-1, annex B."""
    digits = [int(char) for char in reversed(text) if char.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def _hide_phone(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 16) : match.start()]
    if match[0].isdigit() and _NUMBERED.search(before):
        return match[0]
    digits = sum(char.isdigit() for char in match[0])
    return "[phone]" if 9 <= digits <= 15 or match[0][0] == "+" else match[0]
