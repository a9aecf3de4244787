import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import rate_limit
from odoo.addons.monitor_core.tools.rate_limit import Answer, Rate, RateLimiter

SLOW = 0.001  # a second, so that nothing refills


def allowed(limiter, key, rate, now, calls=1):
    return [limiter.take(key, rate, now).allowed for _call in range(calls)]


def test_a_burst_then_the_refill():
    limiter, rate = RateLimiter(), Rate(3, 1)
    assert allowed(limiter, "k", rate, 0, 4) == [True] * 3 + [False]
    assert limiter.take("k", rate, 0.5) == (False, 3, 0, 2.5, 0.5)
    assert allowed(limiter, "k", rate, 1, 2) == [True, False]


def test_an_answer_says_what_is_left():
    limiter, rate = RateLimiter(), Rate(10, 0.5)
    assert limiter.take("k", rate, 0) == (True, 10, 9, 2.0, 0.0)
    assert limiter.take("k", rate, 0) == (True, 10, 8, 4.0, 0.0)
    assert limiter.take("k", rate, 1) == (True, 10, 7, 5.0, 0.0)
    assert limiter.take("k", rate, 2) == (True, 10, 7, 6.0, 0.0)


def test_parts_of_a_call_are_not_left():
    assert RateLimiter().take("k", Rate(2.5, 1), 0) == (True, 2, 1, 1.0, 0.0)


def test_keys_do_not_share():
    limiter = RateLimiter()
    assert allowed(limiter, "a", Rate(1, 1), 0) == [True]
    assert allowed(limiter, "b", Rate(1, 1), 0) == [True]
    assert allowed(limiter, "a", Rate(1, 1), 0) == [False]


def test_a_key_is_anything_that_can_be_one():
    limiter = RateLimiter()
    assert allowed(limiter, ("db", "/route", 7), Rate(1, 1), 0, 2) == [True, False]
    assert allowed(limiter, ("db", "/route", 8), Rate(1, 1), 0) == [True]


def test_idle_time_fills_no_further_than_the_burst():
    limiter = RateLimiter()
    allowed(limiter, "k", Rate(2, 1), 0)
    assert allowed(limiter, "k", Rate(2, 1), 1000, 3) == [True, True, False]


def test_time_that_goes_back_refills_nothing():
    limiter, rate = RateLimiter(), Rate(1, 1)
    assert allowed(limiter, "k", rate, 100) == [True]
    assert allowed(limiter, "k", rate, 50) == [False]
    assert allowed(limiter, "k", rate, 100.5) == [False]
    assert allowed(limiter, "k", rate, 101) == [True]


def test_another_rate_counts_from_the_next_call():
    limiter = RateLimiter()
    assert allowed(limiter, "k", Rate(1, SLOW), 0, 2) == [True, False]
    assert limiter.take("k", Rate(100, 1), 0).retry_after_seconds == 1
    assert limiter.take("k", Rate(100, 1), 5).remaining == 4
    assert limiter.take("k", Rate(2, 1), 5) == (True, 2, 1, 1.0, 0.0)


def test_what_is_given_back_can_be_taken_again():
    limiter, rate = RateLimiter(), Rate(2, SLOW)
    allowed(limiter, "k", rate, 0, 2)
    limiter.give_back("k", rate, 0)
    assert allowed(limiter, "k", rate, 0, 2) == [True, False]


def test_no_more_is_given_back_than_the_burst():
    limiter, rate = RateLimiter(), Rate(2, SLOW)
    for _again in range(3):
        limiter.give_back("k", rate, 0)
    assert allowed(limiter, "k", rate, 0, 3) == [True, True, False]


def test_time_goes_on_while_something_is_given_back():
    limiter, rate = RateLimiter(), Rate(10, 1)
    allowed(limiter, "k", rate, 0, 10)
    limiter.give_back("k", rate, 3)
    assert limiter.take("k", rate, 3).remaining == 3
    assert limiter.take("k", rate, 2).remaining == 2


def test_memory_is_bounded_and_the_longest_idle_key_goes():
    limiter, rate = RateLimiter(max_keys=2), Rate(1, SLOW)
    for key in ("a", "b", "a", "c"):
        limiter.take(key, rate, 0)
    assert len(limiter) == 2
    assert allowed(limiter, "a", rate, 0) == [False]
    assert allowed(limiter, "b", rate, 0) == [True]


def test_giving_back_remembers_no_more_keys():
    limiter, rate = RateLimiter(max_keys=1), Rate(1, SLOW)
    limiter.give_back("a", rate, 0)
    limiter.give_back("b", rate, 0)
    assert len(limiter) == 1


def test_ten_thousand_keys_are_remembered():
    limiter = RateLimiter()
    for key in range(10_001):
        limiter.take(key, Rate(1, SLOW), 0)
    assert len(limiter) == 10_000


def test_one_key_is_enough():
    limiter, rate = RateLimiter(max_keys=1), Rate(1, 1)
    assert allowed(limiter, "a", rate, 0, 2) == [True, False]


@pytest.mark.parametrize("limits", [(0.9, 1), (0, 1), (1, 0), (1, -1)])
def test_a_rate_that_allows_nothing_is_refused(limits):
    with pytest.raises(ValueError, match=r"^burst >= 1, per_second > 0$"):
        Rate(*limits)


def test_no_key_at_all_is_refused():
    with pytest.raises(ValueError, match="^max_keys >= 1$"):
        RateLimiter(max_keys=0)


def test_a_rate_by_the_minute():
    assert Rate.per_minute(120) == Rate(burst=120, per_second=2)
    assert Rate.per_minute(1) == Rate(burst=1, per_second=1 / 60)


@given(st.floats(1, 50), st.floats(0.01, 100), st.lists(st.floats(0, 10), max_size=30))
def test_waiting_as_told_is_enough(burst, per_second, pauses):
    limiter, rate, now = RateLimiter(), Rate(burst, per_second), 0.0
    for pause in pauses:
        now += pause
        answer = limiter.take("k", rate, now)
        assert answer.allowed == (answer.retry_after_seconds == 0)
        if not answer.allowed:
            now += answer.retry_after_seconds
            assert limiter.take("k", rate, now).allowed


@given(st.integers(1, 50), st.floats(0.01, 100), st.integers(1, 60))
def test_after_the_reset_all_calls_are_there_again(burst, per_second, calls):
    limiter, rate = RateLimiter(), Rate(burst, per_second)
    for _call in range(calls):
        answer = limiter.take("k", rate, 0)
    again = limiter.take("k", rate, answer.reset_seconds)
    assert again.remaining == burst - 1


@given(st.integers(1, 20), st.floats(0.1, 10), st.lists(st.floats(0, 5), max_size=60))
def test_never_more_than_burst_and_refill(burst, per_second, pauses):
    limiter, rate, now, count = RateLimiter(), Rate(burst, per_second), 0.0, 0
    for pause in pauses:
        now += pause
        answer = limiter.take("k", rate, now)
        assert 0 <= answer.remaining <= answer.limit == burst
        count += answer.allowed
    assert count <= burst + now * per_second + 1e-3


@pytest.mark.parametrize("work", ["take", "give_back"])
def test_threads_get_no_more_together(work):
    limiter, rate, counted = RateLimiter(), Rate(100, SLOW), []

    def take_many():
        for _call in range(50):
            if limiter.take("k", rate, 0).allowed:
                counted.append(1)
                if work == "give_back":
                    limiter.give_back("k", rate, 0)
                    counted.pop()

    threads = [threading.Thread(target=take_many) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = sum(allowed(limiter, "k", rate, 0, 101))
    assert (len(counted), left) == ((100, 0) if work == "take" else (0, 100))


@pytest.mark.parametrize(
    ("limits", "least"),
    [((600, None), 600), ((600, 20), 20), ((20, 600), 20), ((), None), ((0,), None)],
)
def test_the_strictest_limit_counts(limits, least):
    assert rate_limit.strictest(*limits) == least


def test_headers_of_a_call_that_is_let_in():
    assert rate_limit.headers(Answer(True, 60, 59, 1.0, 0.0)) == {
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "59",
        "X-RateLimit-Reset": "1",
    }


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "1"), (1.0, "1"), (1.0 + 1e-9, "1"), (1.1, "2"), (29.999, "30"), (0, "1")],
)
def test_headers_of_a_refused_call(seconds, told):
    headers = rate_limit.headers(Answer(False, 60, 0, 59.5 + seconds, seconds))
    assert headers["Retry-After"] == told
    assert headers["X-RateLimit-Remaining"] == "0"


def test_a_full_bucket_needs_no_reset():
    headers = rate_limit.headers(Answer(True, 60, 60, 0.0, 0.0))
    assert headers["X-RateLimit-Reset"] == "0"


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        (None, ""),
        ("unix:", "unix:"),
    ],
)
def test_whom_an_address_belongs_to(address, site):
    assert rate_limit.site_of(address) == site
