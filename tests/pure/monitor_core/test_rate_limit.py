import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.rate_limit import RateLimiter


def test_a_burst_then_the_refill():
    limiter = RateLimiter(capacity=3, refill_per_second=1)
    assert [limiter.allow("k", 0).allowed for _call in range(4)] == [True] * 3 + [False]
    assert limiter.allow("k", 0.5) == (False, 0.5)
    assert limiter.allow("k", 1).allowed
    assert not limiter.allow("k", 1).allowed


def test_keys_do_not_share():
    limiter = RateLimiter(1, 1)
    assert limiter.allow("a", 0).allowed and limiter.allow("b", 0).allowed
    assert not limiter.allow("a", 0).allowed


def test_idle_time_fills_no_further_than_the_capacity():
    limiter = RateLimiter(2, 1)
    limiter.allow("k", 0)
    allowed = [limiter.allow("k", 1000).allowed for _call in range(3)]
    assert allowed == [True, True, False]


def test_time_that_goes_back_refills_nothing():
    limiter = RateLimiter(1, 1)
    assert limiter.allow("k", 100).allowed
    assert not limiter.allow("k", 50).allowed
    assert not limiter.allow("k", 100.5).allowed
    assert limiter.allow("k", 101).allowed


def test_memory_is_bounded_and_the_longest_idle_key_goes():
    limiter = RateLimiter(1, 0.001, max_keys=2)
    for key in ("a", "b", "a", "c"):
        limiter.allow(key, 0)
    assert len(limiter) == 2
    assert not limiter.allow("a", 0).allowed
    assert limiter.allow("b", 0).allowed


def test_one_key_is_enough():
    limiter = RateLimiter(1, 1, max_keys=1)
    assert limiter.allow("a", 0).allowed
    assert not limiter.allow("a", 0).allowed


@pytest.mark.parametrize("limits", [(0, 1), (1, 0), (1, -1), (1, 1, 0)])
def test_a_limit_that_allows_nothing_is_refused(limits):
    with pytest.raises(ValueError, match="capacity"):
        RateLimiter(*limits)


@given(st.floats(1, 50), st.floats(0.01, 100), st.lists(st.floats(0, 10), max_size=30))
def test_waiting_as_told_is_enough(capacity, refill, pauses):
    limiter, now = RateLimiter(capacity, refill), 0.0
    for pause in pauses:
        now += pause
        answer = limiter.allow("k", now)
        assert answer.allowed == (answer.retry_after_seconds == 0)
        if not answer.allowed:
            now += answer.retry_after_seconds
            assert limiter.allow("k", now).allowed


@given(st.integers(1, 20), st.floats(0.1, 10), st.lists(st.floats(0, 5), max_size=60))
def test_never_more_than_capacity_and_refill(capacity, refill, pauses):
    limiter, now, allowed = RateLimiter(capacity, refill), 0.0, 0
    for pause in pauses:
        now += pause
        allowed += limiter.allow("k", now).allowed
    assert allowed <= capacity + now * refill + 1e-3


def test_threads_get_no_more_together():
    limiter, allowed = RateLimiter(100, 0.001), []

    def work():
        allowed.extend(limiter.allow("k", 0).allowed for _call in range(50))

    threads = [threading.Thread(target=work) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 400 and sum(allowed) == 100
