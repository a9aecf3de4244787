"""Token bucket: so many calls at once, then so many a second, for each key.

Bounded memory: the bucket that was not used for longest (the likeliest to be
full, so that nothing is forgotten) makes room for a new key.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

#: Tokens: forgives the rounding of floats, so that waiting as told is enough.
_TOLERANCE = 1e-6


class Answer(NamedTuple):
    """``retry_after_seconds`` is 0.0 when the call is allowed."""

    allowed: bool
    retry_after_seconds: float


class RateLimiter:
    """Limit calls by key; one instance is shared by the threads of a process.

    >>> limiter = RateLimiter(capacity=2, refill_per_second=0.5)
    >>> [limiter.allow("ip", now_seconds=0).allowed for _call in range(3)]
    [True, True, False]
    >>> limiter.allow("ip", now_seconds=0)
    Answer(allowed=False, retry_after_seconds=2.0)
    >>> limiter.allow("ip", now_seconds=2).allowed
    True
    """

    def __init__(
        self, capacity: float, refill_per_second: float, max_keys: int = 10_000
    ):
        """Allow ``capacity`` calls at once and ``refill_per_second`` after that.

        Raises ``ValueError`` for a limit that would never allow a call.
        """
        if capacity < 1 or refill_per_second <= 0 or max_keys < 1:
            raise ValueError("capacity >= 1, refill_per_second > 0, max_keys >= 1")
        self._capacity = float(capacity)
        self._refill = float(refill_per_second)
        self._max_keys = max_keys
        self._lock = threading.Lock()
        # key -> (tokens left, seconds when counted), least recently used first
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    def allow(self, key: str, now_seconds: float) -> Answer:
        """Take one token of ``key``; ``now_seconds`` is a monotonic time.

        A refused call takes nothing. Time that goes back refills nothing.
        """
        with self._lock:
            tokens, then = self._buckets.pop(key, (self._capacity, now_seconds))
            now = max(now_seconds, then)
            tokens = min(self._capacity, tokens + (now - then) * self._refill)
            allowed = tokens >= 1 - _TOLERANCE
            if allowed:
                tokens = max(0.0, tokens - 1)
            self._buckets[key] = (tokens, now)
            if len(self._buckets) > self._max_keys:
                self._buckets.popitem(last=False)
        return Answer(allowed, 0.0 if allowed else (1 - tokens) / self._refill)
