import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.field_changes import differences, plain


def test_only_what_differs():
    before = {"name": "a", "color": 1, "gone": 5}
    after = {"name": "b", "color": 1, "new": 6}
    assert differences(before, after) == {"name": ["a", "b"]}


def test_nothing_differs():
    assert differences({"a": [1]}, {"a": [1]}) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (False, False),
        (5, 5),
        (0.5, 0.5),
        ("x", "x"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 12, 30, 1, 5), "2026-01-05 12:30:01"),
        ((4, "a"), [4, "a"]),
        ({"a": 1}, "{'a': 1}"),
        (b"x", "b'x'"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        (list(range(20)), list(range(20))),
        (list(range(23)), [*range(20), "… 3"]),
        ([["x" * 501]], [["x" * 499 + "…"]]),
    ],
)
def test_values_as_json_knows_them(value, expected):
    known = plain(value)
    assert known == expected
    assert type(known) is type(expected)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), values), st.dictionaries(st.text(), values))
def test_any_two_records_differ_in_json(before, after):
    found = differences(before, after)
    json.dumps(found)
    assert set(found) <= before.keys() & after.keys()
    assert all(before[name] != after[name] for name in found)
