"""CloudEvents 1.0 envelopes: what is required, what is allowed, what it means to us.

Source: CloudEvents specification 1.0.2 and its JSON format and HTTP binding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from odoo.addons.monitor_core.tools import (  # noqa: TID251 - they are pure too
    kept_json,
    payload,
    redaction,
)

SPECVERSION = "1.0"
FIRST_YEAR = 1000  # Odoo writes the years before with fewer than four digits
MAX_TEXT = 1024  # characters of an attribute
MAX_EVENT = 64 * 1024  # bytes, as every consumer has to take
#: More than quotes, a comma and what JSON makes of a name; and of a character.
_BYTES_OF_ATTRIBUTE, _BYTES_OF_CHARACTER = 64, 6
#: Attributes of the specification; any other is an extension.
KNOWN = frozenset(
    {"specversion", "id", "source", "type", "time", "subject", "datacontenttype"}
    | {"dataschema", "data", "data_base64"}
)
_NAME = re.compile(r"[a-z0-9]+\Z")
_URI = re.compile(r"[!-~\u00a1-\U0010ffff]+\Z")  # no white space, no control characters
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z"
)
#: What most senders tell: whole seconds of UTC.
_PLAIN_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d[Zz]")
_STORABLE = re.compile(f"[^\x00-\x1f\x7f\ud800-\udfff]{{1,{MAX_TEXT}}}")

_NO_MOMENT = "time: a moment such as 2026-01-05T12:00:00Z is expected"


class EnvelopeError(ValueError):
    """An envelope that is refused; the text names the attribute."""


class Envelope(NamedTuple):
    """A checked envelope; ``time`` is naive UTC, ``data`` of JSON types.

    ``plain_bytes``: an upper bound of the bytes of ``data`` as JSON where nothing in it
    has to be redacted, see :func:`kept_json.plain_bytes`.
    """

    id: str
    source: str
    type: str
    time: datetime | None = None
    subject: str | None = None
    data: Any = None
    extensions: Mapping[str, Any] = {}
    plain_bytes: int | None = None

    @property
    def key(self) -> str:
        """Return what the event is known by: 128 bits of source and id, in hex."""
        return _key(self.source, self.id)


@lru_cache(maxsize=2048)  # asked several times of each event of a batch
def _key(source: str, uid: str) -> str:
    # The length keeps ("a", "bc") and ("ab", "c") apart.
    text = f"{len(source)}:{source}{uid}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def parse(event: Any, policy: redaction.Policy = redaction.DEFAULT) -> Envelope:
    """Return the envelope of one event in the JSON format, or raise ``ValueError``.

    It is an ``EnvelopeError`` where an attribute is wrong.

    :param policy: what will be hidden, see ``Envelope.plain_bytes``

    >>> parse({"specversion": "1.0", "id": "1", "source": "/shop", "type": "a.b"}).type
    'a.b'
    >>> parse({"specversion": "1.0", "id": "1", "source": "/shop"})
    Traceback (most recent call last):
        ...
    odoo.addons.monitor_gateway.tools.cloudevents.EnvelopeError: type: is missing
    """
    if not isinstance(event, (dict, Mapping)):  # asking for a dict first is cheap
        raise EnvelopeError("event: an object is expected")
    if event.get("specversion") != SPECVERSION:
        raise EnvelopeError('specversion: "1.0" is expected')
    source = _text(event, "source")
    if not _URI.match(source):
        raise EnvelopeError("source: a URI reference is expected")
    _optional(event, "datacontenttype")
    _optional(event, "dataschema")
    data = _data(event)
    plain_bytes = kept_json.plain_bytes(data, policy)
    envelope = Envelope(
        _text(event, "id"),
        source,
        _text(event, "type"),
        _time(event.get("time")),
        _optional(event, "subject"),
        data,
        _extensions(event),
        plain_bytes,
    )
    _check_size(event, plain_bytes)
    return envelope


def _check_size(event: Mapping[str, Any], plain_bytes: int | None) -> None:
    """Raise ``ValueError`` of an event that is too large or that JSON cannot tell."""
    if plain_bytes is not None:
        told = [value for name, value in event.items() if name != "data"]
        try:
            most = plain_bytes + _BYTES_OF_CHARACTER * len("".join(told))
        except TypeError:  # one of them is no text
            most = MAX_EVENT
        if most + _BYTES_OF_ATTRIBUTE * len(told) <= MAX_EVENT:
            return
    # also what JSON knows and the database does not: NUL, half a character
    _text, cut = payload.bounded_json(event, MAX_EVENT, "event")
    if cut:
        raise ValueError(f"event: at most {MAX_EVENT // 1024} kB")


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if isinstance(value, str) and _STORABLE.fullmatch(value):
        return value
    if value is None or value == "":
        raise EnvelopeError(f"{name}: is missing")
    if not isinstance(value, str):
        raise EnvelopeError(f"{name}: a text is expected")
    if len(value) > MAX_TEXT:
        raise EnvelopeError(f"{name}: at most {MAX_TEXT} characters")
    raise EnvelopeError(f"{name}: control characters are not allowed")


def _optional(event: Mapping[str, Any], name: str) -> str | None:
    return None if event.get(name) is None else _text(event, name)


def _time(value: Any) -> datetime | None:
    """Return an RFC 3339 moment as naive UTC."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise EnvelopeError(_NO_MOMENT)
    plain = _PLAIN_MOMENT.fullmatch(value)
    match = plain or _MOMENT.match(value)
    if not match:
        raise EnvelopeError(_NO_MOMENT)
    try:
        if plain:
            moment = datetime.fromisoformat(value[:-1])
        else:
            moment = _to_utc(*match.groups())
    except (ValueError, OverflowError):
        raise EnvelopeError("time: there is no such moment") from None
    if moment.year < FIRST_YEAR:
        raise EnvelopeError(f"time: the year {FIRST_YEAR} or a later one is expected")
    return moment


def _to_utc(day: str, clock: str, fraction: str | None, zone: str) -> datetime:
    text = f"{day}T{clock}"
    if fraction:  # Python 3.10 reads only six digits behind the second
        text = f"{text}.{fraction[1:7]:0<6}"
    if zone in "Zz":
        return datetime.fromisoformat(text)
    moment = datetime.fromisoformat(text + zone).astimezone(timezone.utc)
    return moment.replace(tzinfo=None)


def _data(event: Mapping[str, Any]) -> Any:
    encoded = event.get("data_base64")
    if encoded is None:
        return event.get("data")
    if event.get("data") is not None:
        raise EnvelopeError("data_base64: not beside data")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise EnvelopeError("data_base64: is not base64") from None
    return decode(raw, event.get("datacontenttype"))


def decode(raw: bytes, content_type: Any) -> Any:
    """Return what the bytes of ``data`` say: JSON where it is JSON, else a text.

    >>> decode(b'{"a": 1}', "application/json")
    {'a': 1}
    >>> decode(b"done", "text/plain; charset=utf-8")
    'done'
    """
    if not raw:
        return None
    media_type = str(content_type or "application/json").split(";")[0].strip().lower()
    if media_type.endswith(("/json", "+json")):
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise EnvelopeError("data: is not JSON, as its type says") from None
    return raw.decode("utf-8", "replace")


def _extensions(event: Mapping[str, Any]) -> dict[str, Any]:
    extensions: dict[str, Any] = {}
    if event.keys() <= KNOWN:
        return extensions
    for name, value in event.items():
        if name in KNOWN or value is None:
            continue
        if not isinstance(name, str) or not _NAME.match(name):
            raise EnvelopeError(
                f"{str(name)[:40]!r}: names of attributes are of a-z and 0-9"
            )
        if not isinstance(value, (str, bool, int)):
            raise EnvelopeError(f"{name}: a text, number or true/false is expected")
        extensions[name] = value if not isinstance(value, str) else _text(event, name)
    return extensions


def from_headers(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the event of an HTTP request in binary mode as in the JSON format.

    Header values are percent-encoded (HTTP binding 3.1.3.2); the body is the data.
    """
    event: dict[str, Any] = {}
    for name, value in headers.items():
        if name.lower().startswith("ce-"):
            event[name[3:].lower()] = unquote(value)
    content_type = headers.get("Content-Type")
    if content_type:
        event["datacontenttype"] = content_type
    data = decode(body, content_type)
    if data is not None:
        event["data"] = data
    return event
