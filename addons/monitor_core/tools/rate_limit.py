"""Token bucket: so many calls at once, then so many a second, for each key.

Bounded memory: the bucket that was not used for longest (the likeliest to be
full, so that nothing is forgotten) makes room for a new key.
"""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

#: Tokens or seconds: forgives rounding of floats, so that waiting as told is enough.
_TOLERANCE = 1e-6
#: Bits of an IPv6 address that tell one customer of a provider from the next.
_IPV6_SITE = 64


@dataclass(frozen=True)
class Rate:
    """``burst`` calls at once and ``per_second`` after that.

    Raises ``ValueError`` for a rate that would never allow a call.
    """

    burst: float
    per_second: float

    def __post_init__(self) -> None:
        if self.burst < 1 or self.per_second <= 0:
            raise ValueError("burst >= 1, per_second > 0")

    @classmethod
    def per_minute(cls, calls: float) -> Rate:
        """Return the rate of so many calls a minute, all of them at once if need be.

        >>> Rate.per_minute(120)
        Rate(burst=120, per_second=2.0)
        """
        return cls(calls, calls / 60)


class Answer(NamedTuple):
    """Whether a call is allowed, and what its caller is told.

    ``remaining`` calls are allowed right now, all ``limit`` of them after
    ``reset_seconds``; ``retry_after_seconds`` is 0.0 when the call is allowed.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: float
    retry_after_seconds: float


class RateLimiter:
    """Limit calls by key; one instance is shared by the threads of a process.

    >>> limiter, rate = RateLimiter(), Rate(burst=2, per_second=0.5)
    >>> [limiter.take("ip", rate, now_seconds=0).remaining for _call in range(3)]
    [1, 0, 0]
    >>> limiter.take("ip", rate, now_seconds=0).retry_after_seconds
    2.0
    >>> limiter.take("ip", rate, now_seconds=2).allowed
    True
    """

    def __init__(self, max_keys: int = 10_000):
        """Remember ``max_keys`` keys; raises ``ValueError`` for less than one."""
        if max_keys < 1:
            raise ValueError("max_keys >= 1")
        self._max_keys = max_keys
        self._lock = threading.Lock()
        # key -> (tokens left, seconds when counted), least recently used first
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    def take(self, key: Hashable, rate: Rate, now_seconds: float) -> Answer:
        """Take one token of ``key``; ``now_seconds`` is a monotonic time.

        A refused call takes nothing. Time that goes back refills nothing. The rate
        may differ from that of the last call: what is left then counts on.
        """
        with self._lock:
            tokens, now = self._refilled(key, rate, now_seconds)
            allowed = tokens >= 1 - _TOLERANCE
            if allowed:
                tokens = max(0.0, tokens - 1)
            self._keep(key, tokens, now)
        return Answer(
            allowed=allowed,
            limit=math.floor(rate.burst),
            remaining=math.floor(tokens + _TOLERANCE) if allowed else 0,
            reset_seconds=(rate.burst - tokens) / rate.per_second,
            retry_after_seconds=0.0 if allowed else (1 - tokens) / rate.per_second,
        )

    def give_back(self, key: Hashable, rate: Rate, now_seconds: float) -> None:
        """Undo a :meth:`take` that was allowed and turned out not to count.

        >>> limiter, rate = RateLimiter(), Rate(burst=1, per_second=0.1)
        >>> limiter.take("ip", rate, 0).allowed
        True
        >>> limiter.give_back("ip", rate, 0)
        >>> limiter.take("ip", rate, 0).allowed
        True
        """
        with self._lock:
            tokens, now = self._refilled(key, rate, now_seconds)
            self._keep(key, min(rate.burst, tokens + 1), now)

    def _refilled(self, key: Hashable, rate: Rate, now: float) -> tuple[float, float]:
        """Remove the bucket; return what is in it now, and when that was counted."""
        tokens, then = self._buckets.pop(key, (rate.burst, now))
        now = max(now, then)
        return min(rate.burst, tokens + (now - then) * rate.per_second), now

    def _keep(self, key: Hashable, tokens: float, now: float) -> None:
        self._buckets[key] = (tokens, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)


def strictest(*per_minute: int | None) -> int | None:
    """Return the least of several limits, ``None`` where none of them limits.

    >>> strictest(600, None, 20), strictest(None)
    (20, None)
    """
    return min((calls for calls in per_minute if calls), default=None)


def headers(answer: Answer) -> dict[str, str]:
    """Return the HTTP headers that tell a caller how many calls are left.

    ``X-RateLimit-Reset`` is a number of seconds from now, as ``RateLimit-Reset`` of
    draft-ietf-httpapi-ratelimit-headers-06 (a date would need equal clocks), rounded
    up like ``Retry-After`` of RFC 9110, which only a refused call gets.

    >>> headers(Answer(False, 60, 0, 59.5, 0.5))  # doctest: +NORMALIZE_WHITESPACE
    {'X-RateLimit-Limit': '60', 'X-RateLimit-Remaining': '0',
     'X-RateLimit-Reset': '60', 'Retry-After': '1'}
    """
    told = {
        "X-RateLimit-Limit": str(answer.limit),
        "X-RateLimit-Remaining": str(answer.remaining),
        "X-RateLimit-Reset": str(_whole_seconds(answer.reset_seconds)),
    }
    if not answer.allowed:
        told["Retry-After"] = str(max(1, _whole_seconds(answer.retry_after_seconds)))
    return told


def site_of(address: str | None) -> str:
    """Return what calls from an address are counted by: of IPv6 the network.

    A customer of a provider has a whole /64, a new address for each call if need be.

    >>> site_of("192.0.2.7"), site_of("2001:db8::1"), site_of(None)
    ('192.0.2.7', '2001:db8::/64', '')
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)
    return str(ipaddress.ip_network((int(parsed), _IPV6_SITE), strict=False))


def _whole_seconds(seconds: float) -> int:
    return math.ceil(seconds - _TOLERANCE)
