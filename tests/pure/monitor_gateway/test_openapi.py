"""How parts of a document become one."""

import pytest

from odoo.addons.monitor_gateway.tools.openapi import merge


def test_parts_add_at_any_depth():
    base = {"openapi": "3.1.0", "components": {"schemas": {"A": {"type": "string"}}}}
    part = {"components": {"schemas": {"B": {"enum": [1]}}, "responses": {"C": {}}}}

    assert merge(base, [part, {"paths": {"/x": {}}}]) == {
        "openapi": "3.1.0",
        "components": {
            "schemas": {"A": {"type": "string"}, "B": {"enum": [1]}},
            "responses": {"C": {}},
        },
        "paths": {"/x": {}},
    }


def test_what_goes_in_is_left_alone():
    base, part = {"a": {"b": 1}}, {"a": {"c": {"d": 2}}, "e": {"f": 3}}

    merged = merge(base, [part])
    merged["a"]["c"]["d"] = merged["a"]["b"] = merged["e"]["f"] = 9

    assert (base, part) == ({"a": {"b": 1}}, {"a": {"c": {"d": 2}}, "e": {"f": 3}})


def test_the_same_said_twice_is_fine():
    assert merge({"a": {"b": [1]}}, [{"a": {"b": [1]}}]) == {"a": {"b": [1]}}
    assert merge({}, []) == {}


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"a": {"b": 2}}, "a b"),
        ({"a": 1}, "a"),
        ({"a": {"b": {"c": 1}}}, "a b"),
        ({"x": 1, "a": {"y": 1, "b": None}}, "a b"),
    ],
)
def test_a_part_changes_nothing(part, where):
    with pytest.raises(ValueError, match=f"^described twice: {where}$"):
        merge({"a": {"b": 1}}, [part])
