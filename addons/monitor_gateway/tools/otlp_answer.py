"""What to do after a collector's answer: go on, drop what was sent, or try again later.

Source: OTLP 1.x, "OTLP/HTTP Response" and "OTLP/HTTP Throttling"; RFC 9110, 10.2.3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

RETRYABLE = frozenset({429, 502, 503, 504})
#: These speak of the address or the key, which somebody will correct: beyond what the
#: specification asks, nothing is thrown away for them either.
CONFIGURATION = frozenset({401, 402, 403, 404, 405, 407, 408})
FIRST_WAIT = timedelta(seconds=30)
MAX_WAIT = timedelta(hours=1)
MAX_ERROR = 500
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]*)?")
#: Signal -> names of the field that counts what was rejected.
REJECTED = {"traces": "rejectedSpans", "metrics": "rejectedDataPoints"}


class Verdict(NamedTuple):
    """``sent``: the collector has it. ``again``: nothing is lost, try later."""

    sent: bool
    again: bool = False
    rejected: int = 0
    error: str | None = None
    wait: timedelta | None = None  # as the collector asked


def judge(
    signal: str, status: int, headers: Mapping[str, str], body: Any, now: datetime
) -> Verdict:
    """Return what an answer means.

    :param body: the answer as parsed from JSON, ``None`` if it was none

    >>> judge("traces", 200, {}, {}, datetime(2026, 1, 5))
    Verdict(sent=True, again=False, rejected=0, error=None, wait=None)
    >>> judge("traces", 503, {"Retry-After": "7"}, None, datetime(2026, 1, 5)).wait
    datetime.timedelta(seconds=7)
    """
    message = _message(body)
    if 200 <= status < 300:
        partial = body.get("partialSuccess") if isinstance(body, Mapping) else None
        partial = partial if isinstance(partial, Mapping) else {}
        rejected = _count(partial.get(REJECTED[signal]))
        told = partial.get("errorMessage")
        error = str(told)[:MAX_ERROR] if told else None
        return Verdict(True, rejected=rejected, error=error)
    error = f"HTTP {status}" + (f": {message}" if message else "")
    if status in RETRYABLE | CONFIGURATION or 300 <= status < 400:
        wait = retry_after(headers.get("Retry-After"), now)
        return Verdict(False, True, error=error[:MAX_ERROR], wait=wait)
    return Verdict(False, error=error[:MAX_ERROR])


def unreachable(error: str) -> Verdict:
    """Return what no answer at all means."""
    return Verdict(False, again=True, error=error[:MAX_ERROR])


def next_attempt(
    now: datetime, failures: int, wait: timedelta | None, random: Callable[[], float]
) -> datetime:
    """Return when to try again after so many failures in a row (1 or more).

    Twice as long each time, spread by a quarter so that many databases do not come
    back at once; never sooner than the collector asked, never later than in an hour.

    >>> next_attempt(datetime(2026, 1, 5), 2, None, lambda: 0.5)
    datetime.datetime(2026, 1, 5, 0, 1)
    """
    doubled = FIRST_WAIT * 2 ** min(failures - 1, 12)
    spread = min(doubled, MAX_WAIT) * (0.75 + random() / 2)
    return now + min(max(spread, wait or timedelta()), MAX_WAIT)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return how long a ``Retry-After`` asks to wait: seconds, or a date.

    >>> retry_after("120.1", datetime(2026, 1, 5))
    datetime.timedelta(seconds=121)
    >>> retry_after("soon", datetime(2026, 1, 5)) is None
    True
    """
    text = (value or "").strip()
    if _NUMBER.fullmatch(text):
        return timedelta(seconds=math.ceil(float(text)))
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment - now if moment > now else None


def _message(body: Any) -> str:
    """Return the text of a ``google.rpc.Status``."""
    told = body.get("message") if isinstance(body, Mapping) else None
    return told if isinstance(told, str) else ""


def _count(value: Any) -> int:
    try:
        return max(0, int(value or 0))
    except (TypeError, ValueError, OverflowError):
        return 0
