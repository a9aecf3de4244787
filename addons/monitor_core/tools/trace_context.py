"""Trace and span ids, and the ``traceparent`` header, of W3C Trace Context.

Source: https://www.w3.org/TR/trace-context-2/ (level 1 and 2).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

RandBytes = Callable[[int], bytes]

SAMPLED = 0x01
#: Level 2: the right-most seven bytes of the trace id are random.
RANDOM = 0x02
_KNOWN_FLAGS = SAMPLED | RANDOM
_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SPAN_ID = re.compile(r"[0-9a-f]{16}")
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_EPOCH = datetime(1970, 1, 1)


class TraceParent(NamedTuple):
    """A parsed header; ``version`` and ``flags`` are numbers 0-255."""

    version: int
    trace_id: str
    parent_id: str
    flags: int


def parse_traceparent(header: str | None) -> TraceParent | None:
    """Return the parsed header, None for one that is absent or must be ignored.

    Spaces and tabs around it are allowed. Version 00 has nothing after the
    flags; a later version may have, after another dash. Version ff is invalid.
    A header sent twice arrives joined by a comma, and is ignored.

    >>> parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    ... # doctest: +NORMALIZE_WHITESPACE
    TraceParent(version=0, trace_id='4bf92f3577b34da6a3ce929d0e0e4736',
                parent_id='00f067aa0ba902b7', flags=1)
    >>> parse_traceparent("00-" + "0" * 32 + "-00f067aa0ba902b7-01") is None
    True
    """
    text = (header or "").strip(" \t")
    match = _HEADER.match(text)
    if match is None:
        return None
    version, trace_id, parent_id, flags = match.groups()
    extra = text[match.end() :]
    if version == "ff" or trace_id == _NO_TRACE or parent_id == _NO_SPAN:
        return None
    if extra and (version == "00" or not extra.startswith("-")):
        return None
    return TraceParent(int(version, 16), trace_id, parent_id, int(flags, 16))


def format_traceparent(trace_id: str, span_id: str, flags: int = SAMPLED) -> str:
    """Return a version 00 header; flags we do not know are sent as zero.

    Raises ``ValueError`` for an id that is no lowercase hex of its length
    (32 and 16) or all zero.

    >>> format_traceparent("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    """
    if not _TRACE_ID.fullmatch(trace_id) or trace_id == _NO_TRACE:
        raise ValueError(f"not a trace id: {trace_id!r}")
    if not _SPAN_ID.fullmatch(span_id) or span_id == _NO_SPAN:
        raise ValueError(f"not a span id: {span_id!r}")
    return f"00-{trace_id}-{span_id}-{flags & _KNOWN_FLAGS:02x}"


def new_trace_id(now: datetime, randbytes: RandBytes = os.urandom) -> str:
    """Return 32 lowercase hex digits, never all zero.

    The first 12 are the Unix time of ``now`` (UTC, naive or aware) in
    milliseconds, so that an index on trace ids grows at its end; the other 20
    are random, which satisfies the ``random`` flag of level 2.

    >>> new_trace_id(datetime(2026, 11, 22, 9, 30), lambda size: b"\\xab" * size)
    '01a202974dc0abababababababababab'
    """
    if now.tzinfo is not None:
        now = now.astimezone(timezone.utc).replace(tzinfo=None)
    milliseconds = max(0, (now - _EPOCH) // timedelta(milliseconds=1))
    tail = randbytes(10).hex()
    trace_id = f"{milliseconds & 0xFFFFFFFFFFFF:012x}{tail}"
    return trace_id if trace_id != _NO_TRACE else f"{1:032x}"


def new_span_id(randbytes: RandBytes = os.urandom) -> str:
    """Return 16 random lowercase hex digits, never all zero.

    >>> new_span_id(lambda size: bytes(size))
    '0000000000000001'
    """
    span_id = randbytes(8).hex()
    return span_id if span_id != _NO_SPAN else f"{1:016x}"
