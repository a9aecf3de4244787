"""Find secrets in a text by the telling key before them: ``password = 'x'``.

Keys and values are found apart: a value is looked at only after a secret key, so what
follows a harmless one (``next=/x?token=…``) is searched as well. Every pattern is
linear in the text.
"""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "***"

#: Words of a key, in order, joined by "_"; see :func:`is_secret_key`.
DEFAULT_KEYS = (
    "password", "passwd", "passphrase", "passcode", "pass", "pwd", "secret", "token",
    "api_key", "apikey", "access_key", "private_key", "secret_key", "signing_key",
    "encryption_key", "authorization", "auth", "cookie", "credential", "session_id",
    "otp", "pin", "iban", "card", "pan", "cvv", "cvc", "ssn",
    "national_id", "signature",
)  # fmt: skip
#: Shorter patterns must be whole words: "discard" holds no "card".
_MIN_SUFFIX = 5
#: These must be the last word: "auth_signup" and "pass_rate" are no secrets.
_ONLY_LAST = frozenset({"auth", "pass"})
#: In a sentence, a word after a key that still names the secret itself.
_TAILS = frozenset({"key", "code", "number", "no", "nr", "value", "hash", "string"})
#: Keys of secrets that people choose, hence of ordinary letters.
_CHOSEN = ("password", "passwd", "passphrase", "passcode", "pass", "pwd", "secret")
#: What is said about a secret, and is none.
_SAID = frozenset(
    "required missing invalid expired wrong incorrect empty none null true false ok "
    "yes no changed set unset reset updated unknown denied refused rejected mismatch "
    "weak strong hidden protected optional forgotten revoked disabled enabled "
    "unchanged failed failure error ignored str int bool bytes".split()
)
_LITERALS = frozenset({"None", "True", "False", "null", "true", "false", MASK})

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")
_OPERATOR = r"(?:=\??|!=|<>|[<>]=?|=?i?like|not i?like|=like|(?:not )?in)"
_PAIR = re.compile(
    r"(?P<quote>\\?[\"'])(?P<quoted>[\w .:-]{1,64})(?P=quote)"
    rf"(?:(?P<to>\s{{0,8}}(?::|=>?)\s{{0,8}})"
    rf"|\s{{0,4}},\s{{0,4}}([\"']){_OPERATOR}\4\s{{0,4}},\s{{0,4}})"
    r"|(?<![\w.-])(?P<plain>(?:[\w.-]{1,64} )?[\w.-]{1,64})"
    r"(?P<sep>[ \t]{0,8}(?:=>?|:(?!:|//))[ \t]{0,8})"
)
_VALUE = re.compile(
    r"(?P<open>[bBuUrR]?(?P<mark>\\?[\"']))(?P<body>"
    r"(?<=\\\")(?:(?!\\\")[^\n])*|(?<=\\')(?:(?!\\')[^\n])*"
    r"|(?<=\")(?:[^\"\\\n]|\\.)*|(?<=')(?:[^'\\\n]|\\.)*)(?:(?P=mark))?"
    r"|(?P<group>\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\})"
    r"|(?P<bare>(?:(?i:basic|bearer|digest|token|negotiate|apikey) {1,4})?"
    r"[^\s&;,\"'<>]+)"
)
# PostgreSQL names a row by it: Key (login, password)=(ana, x) already exists.
_DETAIL = re.compile(r"\(([^()\n]{0,128}(?:\([^()\n]{0,64}\)[^()\n]{0,64})?)\)=\(")
_ELEMENT = re.compile(
    r"(<([\w.:-]{1,64})(?:\s[^<>]{0,512})?>(?:\s{0,8}<!\[CDATA\[)?)([^<]+)"
)
_ODD = re.compile(r"[a-z][A-Z]|[!@#$^&*+=~|\\?]")


def is_secret_key(key: str, key_patterns: tuple[str, ...] = DEFAULT_KEYS) -> bool:
    """Tell whether the words of ``key`` hold those of a pattern.

    Words are split at capitals and punctuation, may be plural, and a pattern of
    five letters or more may be the end of a word. ``!words`` says that a key of
    exactly these words is none.

    >>> [is_secret_key(k) for k in ("X-Api-Key", "accessToken", "userpassword")]
    [True, True, True]
    >>> [is_secret_key(k) for k in ("discard", "monkey", "secretary", "auth_signup")]
    [False, False, False, False]
    """
    return _is_secret_key(key[:256], key_patterns)


def words(key: str) -> str:
    """Return the words of ``key`` in small letters, joined by "_"."""
    return _NO_WORD.sub("_", _CAMEL.sub("_", key)).strip("_").lower()


def holds_settings(key: str) -> bool:
    """Tell whether a mapping under ``key`` is looked into, not hidden as a whole."""
    return words(key) == "auth"


def hide_values(text: str, keys: tuple[str, ...]) -> str:
    """Replace the values of secret keys in ``text`` by ``***``.

    >>> hide_values("password = 'x' user=ana, ('pin', '=', 12)", DEFAULT_KEYS)
    "password = *** user=ana, ('pin', '=', '***')"
    >>> hide_values("Invalid token: expired. Password: is required", DEFAULT_KEYS)
    'Invalid token: expired. Password: is required'
    """
    parts, done = [], 0
    for pair in _PAIR.finditer(text):
        if pair.start() < done or not _is_secret_pair(pair, keys):
            continue
        value = _VALUE.match(text, pair.end())
        mask = value and _mask_of(text, pair, value)
        if mask:
            end = value.end() - len(mask[1])
            parts += [text[done : pair.end()], mask[0]]
            done = end
    text = "".join(parts) + text[done:]
    text = _ELEMENT.sub(lambda m: _hide_element(m, keys), text)
    return _hide_details(text, keys) if ")=(" in text else text


@lru_cache(maxsize=2048)
def _is_secret_key(key: str, key_patterns: tuple[str, ...]) -> bool:
    said = words(key)
    if f"!{said}" in key_patterns:
        return False
    joined = f"_{said}_"
    for pattern in key_patterns:
        if pattern in _ONLY_LAST:
            if joined.endswith(f"_{pattern}_"):
                return True
            continue
        if f"_{pattern}_" in joined or f"_{pattern}s_" in joined:
            return True
        if len(pattern) >= _MIN_SUFFIX and f"{pattern}_" in joined:
            return True
    return False


def _is_secret_pair(pair: re.Match[str], keys: tuple[str, ...]) -> bool:
    """Tell whether a key is secret; in a sentence its last words decide.

    "API key: x" is about a key, "token expired: x" about something else.
    """
    if pair["quoted"]:
        return is_secret_key(pair["quoted"], keys)
    first, _space, last = pair["plain"].rpartition(" ")
    if is_secret_key(last, keys):
        return True
    return bool(first) and (
        last.lower() in _TAILS
        if is_secret_key(first, keys)
        else is_secret_key(pair["plain"], keys)
    )


def _mask_of(text: str, pair: re.Match, value: re.Match) -> tuple[str, str] | None:
    """Return the mask of a value and what of it stays behind the mask.

    ``None`` where it is no secret: nothing, a literal, a sentence, a comparison.
    """
    quote = pair["quote"] or ""
    if value["body"] is not None:
        if not value["body"]:
            return None
        kept = pair["sep"] is None or ":" in pair["sep"]
        return (f"{value['open']}{MASK}{value['mark']}" if kept else MASK), ""
    if value["group"]:
        if holds_settings(pair["quoted"] or pair["plain"]) and value["group"][0] == "{":
            return None
        if _is_sentence(pair) and not re.search(r"[\d\"']", value["group"]):
            return None
        return quote + MASK + quote, ""
    core = value["bare"].rstrip(")]}")
    if _is_sentence(pair):
        core = core.rstrip(").!?:]}")
    tail = value["bare"][len(core) :]
    if not core or core in _LITERALS or not _is_value(text, pair, value, core):
        return None
    return quote + MASK + quote, tail


def _is_sentence(pair: re.Match) -> bool:
    """Tell whether a value stands after a colon and a space, as words may."""
    separator = pair["sep"] or pair["to"] or ""
    return ":" in separator and separator[-1].isspace()


def _is_value(text: str, pair: re.Match, value: re.Match, core: str) -> bool:
    """Tell whether the bare ``core`` is a value, and no code and no ordinary word."""
    separator = pair["sep"] or pair["to"] or ","
    if separator[0].isspace() and core[0] == "=":
        return False
    if not _is_sentence(pair):
        return True
    if pair["quoted"] and re.fullmatch(r"-?[\d.]+", core):
        return True
    core = core.rpartition(" ")[2]
    if core.startswith(("http://", "https://", "%")):
        return False
    if any(char.isdigit() for char in core):
        return not core.isdigit() or len(core) >= 3
    if _ODD.search(core):
        return True
    alone = text[value.end() : value.end() + 1] in ("", "\n", "\r", ",", ";")
    key = pair["quoted"] or pair["plain"].rpartition(" ")[2]
    chosen = alone and core.isalpha() and core.lower() not in _SAID
    return chosen and is_secret_key(key, _CHOSEN)


def _hide_element(match: re.Match[str], keys: tuple[str, ...]) -> str:
    """Hide the text of an XML element with a telling name."""
    secret = match[3].strip() and is_secret_key(match[2], keys)
    return match[1] + MASK if secret else match[0]


def _hide_details(text: str, keys: tuple[str, ...]) -> str:
    """Hide the values of secret columns, up to the last bracket of the line."""
    parts, done = [], 0
    for match in _DETAIL.finditer(text):
        if match.start() < done or not is_secret_key(match[1], keys):
            continue
        line_end = text.find("\n", match.end())
        line_end = len(text) if line_end < 0 else line_end
        close = text.rfind(")", match.end(), line_end)
        parts += [text[done : match.end()], MASK]
        done = line_end if close < 0 else close
    return "".join(parts) + text[done:]
