"""When a message that was not accepted is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Minutes after the first, second, ... attempt; after the last one it stays failed.
WAITS = (1, 5, 15, 60)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts, ``None`` for never.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> [str(next_attempt(count, noon)) for count in (1, 4, 5)]
    ['2026-01-05 12:01:00', '2026-01-05 13:00:00', 'None']
    """
    if not 1 <= attempts <= len(WAITS):
        return None
    return now + timedelta(minutes=WAITS[attempts - 1])
