"""What is copied from a record: names, parts, limit; exhaustively."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.enrichment import (
    RATE_DATES,
    SUGGESTED,
    Column,
    carry_over,
    first_clash,
    is_valid_key,
    merge,
    names_of,
    parts,
    suggest,
    suggest_rate_date,
)

keys = st.text("ab_", min_size=1, max_size=3).map("k{}".format)
values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9))
contexts = st.dictionaries(keys, values, max_size=4)


def size(context):
    return len(json.dumps(context, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize("key", ["a", "a1", "customer_tier", "a" * 40])
def test_valid_keys(key):
    assert is_valid_key(key)


@pytest.mark.parametrize(
    "key", ["", "1a", "_a", "A", "aB", "a-b", "a b", "é", "a" * 41, "a\n", None, 7]
)
def test_invalid_keys(key):
    assert not is_valid_key(key)


@pytest.mark.parametrize("key", SUGGESTED)
def test_the_suggested_keys_are_valid_and_have_their_paths(key):
    assert is_valid_key(key)
    for path in SUGGESTED[key]:
        assert suggest({path}.__contains__)[key] == path


def test_the_suggested_keys_are_those_of_the_suite():
    assert list(SUGGESTED) == [
        "value",
        "department",
        "approval_owner",
        "customer_tier",
        "warehouse",
        "supplier_criticality",
        "sla_category",
    ]


def test_the_best_path_is_suggested():
    every = {path for paths in SUGGESTED.values() for path in paths}
    assert suggest(every.__contains__) == {
        "value": "amount_total",
        "department": "department_id",
        "approval_owner": "approver_id",
        "customer_tier": "partner_id.customer_tier",
        "warehouse": "warehouse_id",
        "supplier_criticality": "partner_id.supplier_criticality",
        "sla_category": "sla_category",
    }
    assert suggest(lambda path: False) == {}


def test_paths_are_suggested_in_order():
    assert SUGGESTED["value"] == (
        "amount_total",
        "amount_untaxed",
        "total_amount",
        "expected_revenue",
    )
    assert SUGGESTED["department"] == ("department_id", "employee_id.department_id")
    assert SUGGESTED["approval_owner"] == (
        "approver_id",
        "manager_id",
        "invoice_user_id",
        "user_id",
    )
    assert SUGGESTED["customer_tier"][1] == "partner_id.industry_id"
    assert SUGGESTED["warehouse"] == ("warehouse_id", "picking_type_id.warehouse_id")
    assert SUGGESTED["sla_category"] == ("sla_category", "priority")


def test_the_day_of_the_rate():
    assert RATE_DATES == ("invoice_date", "date_order", "date", "create_date")
    assert suggest_rate_date(lambda path: True) == "invoice_date"
    assert suggest_rate_date({"create_date"}.__contains__) == "create_date"
    assert suggest_rate_date(lambda path: False) is None


def test_names():
    assert names_of(Column("tier")) == ("tier",)
    assert names_of(Column("tier", "plain")) == ("tier",)
    assert names_of(Column("owner", "record")) == ("owner", "owner_id")
    assert names_of(Column("value", "record")) == ("value", "value_id")
    assert names_of(Column("value", "money")) == ("value", "currency")
    assert names_of(Column("fee", "money")) == ("fee", "fee_currency")


CLASHES = [
    ([], None),
    ([Column("a"), Column("b")], None),
    ([Column("a"), Column("a")], "a"),
    ([Column("a", "record"), Column("a_id")], "a_id"),
    ([Column("currency"), Column("value", "money")], "currency"),
    ([Column("value", "money"), Column("fee", "money")], None),
    ([Column("value"), Column("currency")], None),
]


@pytest.mark.parametrize(("columns", "clash"), CLASHES)
def test_clashes(columns, clash):
    assert first_clash(columns) == clash
    assert first_clash(iter(columns)) == clash


PARTS = [
    (Column("a"), "x", [{"a": "x"}]),
    (Column("a"), 0, [{"a": 0}]),
    (Column("a"), False, [{"a": False}]),
    (Column("a"), "", []),
    (Column("a"), None, []),
    (Column("a", "record"), ["Ana", 7], [{"a": "Ana", "a_id": 7}]),
    (Column("a", "record"), [None, 7], [{"a_id": 7}]),
    (Column("a", "record"), [None, None], []),
    (Column("a", "money"), [5, "EUR"], [{"a": 5, "a_currency": "EUR"}]),
    (Column("a", "money"), [0, "EUR"], [{"a": 0, "a_currency": "EUR"}]),
    (Column("a", "money"), [5, None], [{"a": 5}]),
    (Column("a", "money"), [None, "EUR"], []),
    (Column("a", "money"), None, []),  # the company is gone
]


@pytest.mark.parametrize(("column", "value", "expected"), PARTS)
def test_parts(column, value, expected):
    assert parts([column], [value]) == expected
    assert parts([Column("z"), column], [1, value]) == [{"z": 1}, *expected]


def test_each_column_has_its_value():
    with pytest.raises(ValueError, match="longer|shorter"):
        parts([Column("a")], [])
    with pytest.raises(ValueError, match="longer|shorter"):
        parts([], [1])


def test_what_was_copied_counts_over_what_was_sent():
    assert merge({"a": 1, "b": 2}, [{"a": 5}], 99) == {"a": 5, "b": 2}


def test_nothing_is_changed_in_place():
    sent = {"a": 1}
    assert merge(sent, [{"b": 2}], 99) is not sent
    carry_over({"b": 1}, sent, [Column("b")])
    assert sent == {"a": 1}


def test_a_part_fits_to_the_byte():
    part = {"a": "é"}
    assert size(part) == 10
    assert merge(None, [part], 10) == part
    assert merge(None, [part], 9) == {}
    assert merge({}, [part], 10) == part


@given(contexts, st.lists(contexts, max_size=4), st.integers(0, 60))
def test_what_was_sent_stays_and_the_limit_holds(sent, copied, limit):
    merged = merge(sent, copied, limit)

    assert set(sent) <= set(merged)
    assert merged == sent or size(merged) <= limit
    told = {name for part in copied for name in part}
    for name, value in merged.items():
        if name not in told:
            assert value == sent[name]


@given(contexts, st.lists(contexts, max_size=4))
def test_with_room_enough_everything_is_there(sent, copied):
    expected = dict(sent)
    for part in copied:
        expected.update(part)

    assert merge(sent, copied, 10_000) == expected


def test_what_was_copied_is_kept():
    columns = [Column("owner", "record"), Column("tier")]
    before = {"owner": "Ana", "owner_id": 7, "n": 1}

    kept = carry_over(before, {"n": 2, "owner": "made up"}, columns)

    assert kept == {"n": 2, "owner": "Ana", "owner_id": 7}
    assert carry_over(None, {"n": 2}, columns) == {"n": 2}
    assert carry_over({}, None, columns) == {}
    assert carry_over(before, None, columns) == {"owner": "Ana", "owner_id": 7}
    assert carry_over(before, None, []) == {}
