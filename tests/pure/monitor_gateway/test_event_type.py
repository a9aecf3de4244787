import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_gateway.tools import event_type

PART = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,9}\Z")


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("com.example.order.paid", True),
        ("com.example", True),
        ("c.e", True),
        ("com.3d-print.job_done", True),
        ("c-1.0", True),
        ("order", False),
        ("", False),
        ("Com.example", False),
        ("com.Example", False),
        ("3d.print", False),
        ("_com.example", False),
        ("com..paid", False),
        ("com.paid.", False),
        (".com.paid", False),
        ("com._paid", False),
        ("com.-paid", False),
        ("com.pa id", False),
        ("com.paid\n", False),
        ("com." + "a" * 251, True),
        ("com." + "a" * 252, False),
    ],
)
def test_names(name, valid):
    assert event_type.is_valid(name) is valid


@given(st.lists(PART, min_size=1, max_size=5))
def test_a_domain_and_what_happened_is_a_name(parts):
    assert event_type.is_valid(".".join(["com", *parts]))


@pytest.mark.parametrize("name", ["odoo.monitor.run.failed", "odoo.monitor.x"])
def test_ours_cannot_be_registered(name):
    assert event_type.is_ours(name)
    assert event_type.is_valid(name)
    assert not event_type.is_registrable(name)


@pytest.mark.parametrize("name", ["odoo.sale.paid", "odoo.monitoring.x", "com.shop.x"])
def test_others_can(name):
    assert not event_type.is_ours(name)
    assert event_type.is_registrable(name)


def test_what_is_no_name_cannot_be_registered():
    assert not event_type.is_registrable("paid")


def test_our_names():
    assert event_type.own_names() == [
        "odoo.monitor.checkpoint",
        "odoo.monitor.run.checkpoint",
        "odoo.monitor.run.failed",
        "odoo.monitor.run.started",
        "odoo.monitor.run.succeeded",
    ]
    assert all(map(event_type.is_ours, event_type.own_names()))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"order": 1, "amount": 2}, "order, amount"),
        ({"_a": 1, "B9": 2}, "_a, B9"),
        ({}, ""),
        (None, ""),
        ([{"order": 1}], ""),
        ("order", ""),
        ({"<b>": 1, "9a": 2, "a b": 3, "a-b": 4, "": 5, "ok": 6}, "ok"),
        ({"a\n": 1}, ""),
        ({1: 2}, ""),
        ({"a" * 40: 1}, "a" * 40),
        ({"a" * 41: 1}, ""),
        (dict.fromkeys("abcdefghij"), "a, b, c, d, e, f, g, h"),
    ],
)
def test_fields_of(data, expected):
    assert event_type.fields_of(data) == expected


def test_limits_and_what_is_unknown():
    assert event_type.MAX_NAME == 255
    assert event_type.UNKNOWN == "type:"
