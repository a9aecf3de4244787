import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools.captured import (
    MAX_BYTES,
    bounded,
    normal_statement,
    size_of,
    version_changes,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("SELECT 1", "SELECT ?"),
        ("SELECT a1, b FROM t2 WHERE x = 1.5", "SELECT a1, b FROM t2 WHERE x = ?"),
        ("x = 'it''s' AND y = 'b'", "x = ? AND y = ?"),
        ("x = 'cut in the mid", "x = ?"),
        ("x = 'two\nlines'", "x = ?"),
        ("DO $$secret$$", "DO ?"),
        ("DO $tag$ se$$cret $tag$ z", "DO ? z"),
        ("DO $$cut", "DO ?"),
        ("f($1, $2)", "f($1, $2)"),
        ("id IN (1, 2,3 , 4)", "id IN (?)"),
        ("id IN ( 1 )", "id IN ( ? )"),
        ("a   b\n\tc", "a b c"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        ("", ""),
    ],
)
def test_statements(text, normal):
    assert normal_statement(text) == normal


@given(st.text())
def test_no_quoted_text_stays(secret):
    quoted = secret.replace("'", "''")
    assert normal_statement(f"SELECT '{quoted}', x") == "SELECT ?, x"


def test_what_is_small_stays():
    context = {"at": "now", "runs": ["r" * 100] * 3}
    assert bounded(context) == context
    assert bounded(context, size_of(context)) == context
    assert "left_out" in bounded(context, size_of(context) - 1)


def test_the_largest_list_loses_its_end():
    context = {"runs": ["r" * 100] * 8, "logs": ["l" * 400] * 4, "at": "x" * 100}
    kept = bounded(context, 1800)
    assert kept["left_out"] == {"logs": 2}
    assert kept["logs"] == ["l" * 400] * 2
    assert kept["runs"] == context["runs"]
    assert len(context["logs"]) == 4


def test_it_goes_on_until_it_fits():
    kept = bounded({"logs": ["l" * 400] * 9}, 600)
    assert kept == {"logs": ["l" * 400], "left_out": {"logs": 8}}


def test_what_is_no_list_goes_whole():
    kept = bounded({"note": "n" * 500, "at": "now"}, 100)
    assert kept == {"at": "now", "left_out": {"note": 1}}
    assert bounded({"note": "n" * 500}, 10) == {}


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.lists(st.text(max_size=50), max_size=20) | st.text(max_size=200),
        max_size=8,
    ),
    st.integers(2, 500),
)
def test_it_always_fits(context, limit):
    kept = bounded(context, limit)
    assert size_of(kept) <= limit
    for name, value in kept.items():
        if name != "left_out":
            assert context[name][: len(value)] == value


def test_the_limit_and_the_size():
    assert MAX_BYTES == 65_536
    assert size_of({"é": 1}) == len('{"é": 1}') + 1
    assert size_of("\ud800") == 3


def test_versions():
    rows = [
        ("sale", "1.0", True, "t0"),
        ("stock", "1.0", True, "t0"),
        ("sale", "1.1", False, "t1"),
        ("crm", "2.0", False, "t2"),
        ("sale", "1.0", False, "t3"),
    ]
    assert version_changes(rows) == [
        {"module": "sale", "before": "1.1", "after": "1.0", "at": "t3"},
        {"module": "crm", "before": "", "after": "2.0", "at": "t2"},
        {"module": "sale", "before": "1.0", "after": "1.1", "at": "t1"},
    ]
    assert version_changes([]) == []
