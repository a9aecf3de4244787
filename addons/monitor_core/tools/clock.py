"""The one clock: everything else takes the time as an argument.

Call it through the module (``clock.utcnow()``), so that a test which patches it
changes the time for everybody.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone


def utcnow() -> datetime:
    """Return the present moment: naive, UTC, with microseconds.

    >>> utcnow().tzinfo is None
    True
    """
    now = datetime.now(timezone.utc)  # noqa: TID251 - here, and nowhere else
    return now.replace(tzinfo=None)


def monotonic_ms() -> int:
    """Return milliseconds of a clock that never goes back, to take durations.

    >>> monotonic_ms() <= monotonic_ms()
    True
    """
    return time.monotonic_ns() // 1_000_000
