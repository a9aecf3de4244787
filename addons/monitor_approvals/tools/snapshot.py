"""The material fields of a record as one canonical text, with a digest, to compare.

Equal contents are equal texts, whichever way Odoo hands them out: the order of keys,
the type of a number and the name of a linked record do not matter. The text is JSON in
ASCII, so its bytes are the same everywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime, timezone
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Any

#: Of the rules by which a text is made: other rules, other digests.
VERSION = "1"
#: Never rounds by itself.
_EXACT = Context(MAX_PREC, ROUND_HALF_UP, MIN_EMIN, MAX_EMAX, traps=[])
#: Zeros are not written out in numbers with more digits before or behind the point.
_MAX_WRITTEN = 60
#: Characters of a value that are kept of one that is cut.
_HEAD = 40
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical(
    values: Mapping[str, Any], digits: Mapping[str, int] | None = None
) -> str:
    """Return field values as canonical JSON.

    Numbers and ids become decimal texts without needless zeros; moments (naive ones are
    UTC) and dates ISO texts; bytes their SHA-256; a many2one, also as (id, name), its
    id; ids of x2many sorted. Lists of anything else, such as lines as objects, keep
    their order. ``None``, ``False`` and the empty text are all ``null``, as Odoo has
    either of them for an empty field.

    :param digits: to how many decimals numbers are rounded, half up, by field; by
        ``lines.price`` in the lines of a field
    :raises ValueError: naming the field, for what has no such text

    >>> canonical({"partner_id": (7, "Azure"), "amount": 5000.0, "note": False})
    '{"amount":"5000","note":null,"partner_id":"7"}'
    >>> canonical({"amount": 4999.999999}, {"amount": 2})
    '{"amount":"5000"}'
    """
    return _ENCODER.encode(_object(values, digits or {}, ""))


def digest(text: str) -> str:
    """Return the digest of a text: version of the rules, ``$`` and SHA-256 in hex.

    >>> digest("{}")[:12]
    '1$44136fa355'
    """
    return f"{VERSION}${_sha256(text.encode())}"


def changes(old: str, new: str) -> dict[str, tuple[Any, Any]]:
    """Return ``{field: (old, new)}`` of the values that differ in canonical texts.

    Either may be a :func:`kept` one. A field that only one has is ``None`` in the
    other.

    >>> changes('{"amount":"900","note":null}', '{"amount":"1400","note":null}')
    {'amount': ('900', '1400')}
    """
    before, after = json.loads(old), json.loads(new)
    pairs = {
        name: (before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
    }
    return {name: pair for name, pair in pairs.items() if not _same(*pair)}


def kept(text: str, limit: int) -> str:
    """Return a canonical text to store, of at most ``limit`` characters.

    In one that is too long the longest values are cut: each is then its beginning with
    its length and SHA-256, by which :func:`changes` still compares it. It cannot get
    shorter than with all of them cut, about 130 characters a field. Take the
    :func:`digest` before, of the whole text.

    >>> len(kept(canonical({"name": "Desk", "note": "x" * 5000}), 200))
    159
    """
    values = json.loads(text)
    lengths = {name: len(_ENCODER.encode(value)) for name, value in values.items()}
    excess = len(text) - limit
    for name in sorted(values, key=lambda name: (-lengths[name], name)):
        if excess <= 0:
            break
        mark = _mark(values[name])
        saved = lengths[name] - len(_ENCODER.encode(mark))
        if saved > 0:
            values[name] = mark
            excess -= saved
    return _ENCODER.encode(values)


def _same(one: Any, other: Any) -> bool:
    return one == other or _mark(one) == other or one == _mark(other)


def _mark(value: Any) -> str:
    """Return what stands for a value that is cut."""
    text = value if isinstance(value, str) else _ENCODER.encode(value)
    found = _sha256(_ENCODER.encode(value).encode())
    return f"{text[:_HEAD]}... ({len(text)} characters, sha256:{found})"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: Any, digits: Mapping[str, int], path: str) -> Any:
    """Return a value in types of JSON, of which numbers are none."""
    if value is None or value is False or value == "":
        return None
    if value is True or isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        return _number(value, digits.get(path))
    if isinstance(value, date):
        return _moment(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"sha256:{_sha256(value)}"
    if isinstance(value, Mapping):
        return _object(value, digits, f"{path}.")
    if _is_named(value):
        return _number(value[0], None)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _items(value, digits, path)
    raise ValueError(f"{path}: a {type(value).__name__} has no canonical text.")


def _object(values: Mapping[str, Any], digits: Mapping[str, int], prefix: str) -> dict:
    for name in values:
        if not isinstance(name, str):
            raise ValueError(f"{prefix}{name!r}: a key has to be a text.")
    return {
        name: _plain(value, digits, prefix + name) for name, value in values.items()
    }


def _items(values: Collection[Any], digits: Mapping[str, int], path: str) -> list:
    ids = [item[0] if _is_named(item) else item for item in values]
    if all(map(_is_id, ids)):
        return [_number(item, None) for item in sorted(ids)]
    items = [_plain(item, digits, path) for item in ids]
    if isinstance(values, (set, frozenset)):
        items.sort(key=_ENCODER.encode)
    return items


def _is_named(value: Any) -> bool:
    """Whether it is a many2one as Odoo reads it: an id and a name."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and _is_id(value[0])
        and isinstance(value[1], str)
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: int | float | Decimal, digits: int | None) -> str:
    # by its shortest text: 0.1 is a tenth
    exact = Decimal(float.__repr__(value) if isinstance(value, float) else value)
    if not exact.is_finite():
        return str(exact)
    if digits is not None and exact.as_tuple().exponent < -digits:
        exact = exact.quantize(Decimal((0, (1,), -digits)), context=_EXACT)
    if not exact:
        return "0"  # without the sign of -0.0
    exact = exact.normalize(_EXACT)
    return f"{exact:f}" if abs(exact.adjusted()) <= _MAX_WRITTEN else str(exact)


def _moment(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{value.isoformat(timespec='microseconds')}Z"
