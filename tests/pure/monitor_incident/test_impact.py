import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import impact
from odoo.addons.monitor_incident.tools.impact import Impact, Touched

LOOKS = st.lists(
    st.builds(
        Touched,
        key=st.integers(1, 5),
        records=st.integers(0, 9),
        amount=st.none() | st.floats(-1e6, 1e6),
        currency=st.sampled_from([None, "EUR", "USD"]),
        customer=st.none() | st.sampled_from(["a", "b", "c"]),
    )
)


def test_nothing_touched():
    assert impact.add_up([]) == Impact({}, 0, 0)


def test_each_record_counts_once_and_currencies_apart():
    found = impact.add_up(
        [
            Touched(1, amount=10.0, currency="EUR", customer="a"),
            Touched(1, amount=12.0, currency="EUR", customer="a"),
            Touched(2, amount=-5.0, currency="USD", customer="a"),
            Touched(3, amount=1.5, currency="EUR", customer="b"),
            Touched(4),
        ]
    )
    assert found == Impact({"EUR": 13.5, "USD": 5.0}, 4, 2)


def test_the_last_currency_and_customer_of_a_record_count():
    found = impact.add_up(
        [
            Touched(1, amount=10.0, currency="EUR", customer="a"),
            Touched(1, amount=9.0, currency="USD", customer="b"),
            Touched(2, customer="b"),
        ]
    )
    assert found == Impact({"USD": 9.0}, 2, 1)


def test_a_look_that_knows_less_takes_nothing_away():
    full = Touched(1, records=3, amount=0.0, currency="EUR", customer="a")
    for looks in permutations([full, Touched(1, records=2), Touched(1, records=1)]):
        assert impact.add_up(looks) == Impact({"EUR": 0.0}, 3, 1)


def test_many_records_and_none():
    looks = [Touched("runs", records=40), Touched("runs", records=7), Touched("x", 0)]
    assert impact.add_up(looks).records == 40


@given(LOOKS)
def test_seen_twice_is_seen_once(looks):
    assert impact.add_up(looks + looks) == impact.add_up(looks)


@given(LOOKS, LOOKS)
def test_more_looks_are_never_fewer_records(some, more):
    assert impact.add_up(some).records <= impact.add_up(some + more).records


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        (0, 0.0),
        (-3, -3.0),
        (1.25, 1.25),
        (" 7 ", 7.0),
        ("1e15", 1e15),
        (1e15, 1e15),
        (-1e15, -1e15),
        (1.1e15, None),
        (-1.1e15, None),
        (10**400, None),
        ("nan", None),
        (math.inf, None),
        ("", None),
        ("12,50", None),
        (None, None),
        (False, None),
        (True, None),
        ([1], None),
        ({}, None),
    ],
)
def test_amounts(sent, amount):
    assert impact.amount_of(sent) == amount


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("EUR", "EUR"),
        ("chf", "CHF"),
        ("EURO", None),
        ("E1R", None),
        ("äöü", None),
        ("", None),
        (None, None),
        (123, None),
        (["E", "U", "R"], None),
    ],
)
def test_currencies(sent, code):
    assert impact.currency_of(sent) == code


@pytest.mark.parametrize(
    ("sent", "customer"),
    [
        (7, "7"),
        ("7", "7"),
        (" Acme ", "Acme"),
        ("x" * 300, "x" * 200),
        ("  ", None),
        (None, None),
        (True, None),
        (1.5, None),
        (["a"], None),
    ],
)
def test_customers(sent, customer):
    assert impact.customer_of(sent) == customer


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_whatever_is_sent_is_read(sent):
    assert impact.amount_of(sent) is None or math.isfinite(impact.amount_of(sent))
    assert impact.currency_of(sent) is None or len(impact.currency_of(sent)) == 3
    assert impact.customer_of(sent) is None or impact.customer_of(sent)
