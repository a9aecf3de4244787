from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_gateway.tools.otlp_answer import (
    Verdict,
    judge,
    next_attempt,
    retry_after,
    unreachable,
)

NOON = datetime(2026, 1, 5, 12)
SECOND = timedelta(seconds=1)


def verdict(status, body=None, signal="traces", **headers):
    return judge(signal, status, headers, body, NOON)


@pytest.mark.parametrize("body", [None, {}, {"partialSuccess": {}}, [], "x", 5])
@pytest.mark.parametrize("status", [200, 202, 299])
def test_taken(status, body):
    assert verdict(status, body) == Verdict(sent=True)


def test_taken_in_part():
    body = {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too old"}}
    assert verdict(200, body) == Verdict(True, False, 3, "too old")
    assert verdict(200, body, "metrics").rejected == 0
    body = {"partialSuccess": {"rejectedDataPoints": 2}}
    assert verdict(200, body, "metrics") == Verdict(True, False, 2)


@pytest.mark.parametrize("count", ["x", None, -5, [], {}, float("inf")])
def test_a_number_that_is_none(count):
    body = {"partialSuccess": {"rejectedSpans": count}}
    assert verdict(200, body).rejected == 0


@pytest.mark.parametrize("status", [300, 301, 399, 401, 402, 403, 404, 405, 407, 408])
def test_later_when_the_settings_are_corrected(status):
    assert verdict(status) == Verdict(False, True, error=f"HTTP {status}")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_later(status):
    assert verdict(status) == Verdict(False, True, error=f"HTTP {status}")


@pytest.mark.parametrize("status", [199, 400, 406, 409, 413, 415, 500, 501, 505])
def test_never(status):
    told = verdict(status, {"message": "no such path"})
    assert told == Verdict(False, error=f"HTTP {status}: no such path")


def test_long_explanations_are_cut():
    assert len(verdict(400, {"message": "x" * 900}).error) == 500
    assert len(verdict(503, {"message": "x" * 900}).error) == 500
    body = {"partialSuccess": {"errorMessage": "x" * 900}}
    assert len(verdict(200, body).error) == 500
    assert unreachable("x" * 900) == Verdict(False, True, error="x" * 500)


@pytest.mark.parametrize("body", [{"message": 5}, {"message": None}, [], "x"])
def test_an_explanation_that_is_none(body):
    assert verdict(400, body).error == "HTTP 400"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("120.0", 120),
        ("120.1", 121),
        ("120.6", 121),
        (" 7 ", 7),
        ("0", 0),
        ("Mon, 05 Jan 2026 12:01:00 GMT", 60),
        ("Mon, 05 Jan 2026 14:01:00 +0200", 60),
        ("Mon, 05 Jan 2026 12:01:00 -0000", 60),
    ],
)
def test_retry_after(value, seconds):
    assert retry_after(value, NOON) == seconds * SECOND
    assert verdict(503, **{"Retry-After": value}).wait == seconds * SECOND


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "-1", "nan", "inf", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT"]
    + ["Mon, 05 Jan 2026 12:00:00 GMT", "Mon, 99 Jan 2026 12:00:00 GMT"],
)
def test_what_is_no_retry_after(value):
    assert retry_after(value, NOON) is None


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600)]
)
def test_each_wait_is_twice_as_long(failures, seconds):
    wait = next_attempt(NOON, failures, None, lambda: 0.5) - NOON
    assert wait == seconds * SECOND


def test_the_spread():
    assert next_attempt(NOON, 2, None, lambda: 0.0) == NOON + 45 * SECOND
    assert next_attempt(NOON, 2, None, lambda: 1.0) == NOON + 75 * SECOND


def test_the_collector_may_ask_for_more_but_not_for_less():
    def wait(asked):
        return next_attempt(NOON, 1, asked * SECOND, lambda: 0.5) - NOON

    assert wait(90) == 90 * SECOND
    assert wait(5) == 30 * SECOND
    assert wait(10**6) == timedelta(hours=1)


@given(
    st.integers(1, 10**6),
    st.none() | st.timedeltas(timedelta(), timedelta(days=9000)),
    st.floats(0, 1),
)
def test_a_wait_is_bounded(failures, asked, chance):
    wait = next_attempt(NOON, failures, asked, lambda: chance) - NOON
    assert 22 * SECOND < wait <= timedelta(hours=1)


@given(st.integers(100, 599), st.text(), st.dictionaries(st.text(), st.text()))
def test_no_answer_raises(status, header, body):
    verdict(status, body, **{"Retry-After": header})
