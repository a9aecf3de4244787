import hashlib
import json
import string
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_approvals.tools.snapshot import (
    canonical,
    changes,
    digest,
    kept,
)

BRUSSELS = timezone(timedelta(hours=1))


def one(value, digits=None):
    """Return the canonical value of one field."""
    text = canonical({"f": value}, None if digits is None else {"f": digits})
    return json.loads(text)["f"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5000, "5000"),
        (5000.0, "5000"),
        (Decimal("5000.00"), "5000"),
        (Decimal("5E+3"), "5000"),
        (0.1, "0.1"),
        (Decimal("0.1"), "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (-12.5, "-12.5"),
        (0, "0"),
        (0.0, "0"),
        (-0.0, "0"),
        (Decimal("-0.00"), "0"),
        (1e-9, "0.000000001"),
        (1e22, "1" + "0" * 22),
        (10**60, "1" + "0" * 60),
        (10**61, "1E+61"),
        (1e61, "1E+61"),
        (Decimal("1E-60"), "0." + "0" * 59 + "1"),
        (Decimal("1E-61"), "1E-61"),
        (10**50 + 1, "1" + "0" * 49 + "1"),
        (Decimal("10E+999999"), "1E+1000000"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (Decimal("-Infinity"), "-Infinity"),
        (True, True),
        (False, None),
        (None, None),
        ("", None),
        (" ", " "),
        ("0", "0"),
        ("Müller \U0001f600", "Müller \U0001f600"),
        ("a\x00b\ud800", "a\x00b\ud800"),
        (date(2026, 5, 1), "2026-05-01"),
        (datetime(2026, 5, 1), "2026-05-01T00:00:00.000000Z"),
        (datetime(26, 5, 1, 2, 3, 4, 5), "0026-05-01T02:03:04.000005Z"),
        (datetime(2026, 5, 1, 0, 30, tzinfo=BRUSSELS), "2026-04-30T23:30:00.000000Z"),
        (b"abc", "sha256:" + hashlib.sha256(b"abc").hexdigest()),
        (bytearray(b"abc"), "sha256:" + hashlib.sha256(b"abc").hexdigest()),
        (memoryview(b"abc"), "sha256:" + hashlib.sha256(b"abc").hexdigest()),
        (b"", "sha256:" + hashlib.sha256(b"").hexdigest()),
        ((7, "Azure Interior"), "7"),
        ([7, "Azure Interior"], "7"),
        ((7, ""), "7"),
        ((True, "yes"), [True, "yes"]),
        ((7, "Azure", "x"), ["7", "Azure", "x"]),
        (("7", "Azure"), ["7", "Azure"]),
        ([], []),
        ([10, 9, 100], ["9", "10", "100"]),
        ((3, 1), ["1", "3"]),
        ({3, 1, 2}, ["1", "2", "3"]),
        ([(9, "b"), (7, "a")], ["7", "9"]),
        ([2.5, 1.0], ["2.5", "1"]),
        ([2, True], ["2", True]),
        (["b", "a", None], ["b", "a", None]),
        (frozenset({"b", "c", "a"}), ["a", "b", "c"]),
        ({"b", None}, ["b", None]),
        ([{"id": 2}, {"id": 1}], [{"id": "2"}, {"id": "1"}]),
        (
            [{"tax_ids": [4, 2], "price": 1.50}],
            [{"tax_ids": ["2", "4"], "price": "1.5"}],
        ),
        ({"3": 100.0, "x": {"y": False}}, {"3": "100", "x": {"y": None}}),
    ],
)
def test_values(value, expected):
    assert one(value) == expected


def test_a_number_longer_than_python_writes():
    assert one(10**5000) == "1E+5000"
    assert one(10**5000 + 1) == "1" + "0" * 4999 + "1"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (4999.999999, 2, "5000"),
        (4999.994, 2, "4999.99"),
        (4999.995, 2, "5000"),
        (2.675, 2, "2.68"),
        (-2.675, 2, "-2.68"),
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (2.4999, 0, "2"),
        (-0.001, 2, "0"),
        (1.25, 2, "1.25"),
        (1.2, 2, "1.2"),
        (1234, -2, "1200"),
        (1250, -2, "1300"),
        (5000, 2, "5000"),
        (
            Decimal("0.123456789123456789123456789123456789"),
            35,
            "0.12345678912345678912345678912345679",
        ),
        (Decimal("1E+1000000"), 2, "1E+1000000"),
        (float("nan"), 2, "NaN"),
        (float("-inf"), 2, "-Infinity"),
        ("4999.999", 2, "4999.999"),
        ([1.005, 2.0], 2, ["1.01", "2"]),
    ],
)
def test_a31_amounts_are_rounded_to_the_digits_of_the_field(value, digits, expected):
    assert one(value, digits) == expected


def test_a31_equal_amounts_are_equal_texts():
    amounts = (5000, 5000.0, Decimal("5000.00"), 4999.999999)
    assert {canonical({"amount": amount}, {"amount": 2}) for amount in amounts} == {
        '{"amount":"5000"}'
    }


def test_digits_are_those_of_the_field():
    values = {
        "price": 1.234,
        "lines": [{"price": 1.234, "name": "Desk", "qty": 2.345}],
        "shares": {"price": 1.234},
    }
    text = canonical(values, {"lines.price": 1, "shares.price": 2, "qty": 0})
    assert json.loads(text) == {
        "price": "1.234",
        "lines": [{"price": "1.2", "name": "Desk", "qty": "2.345"}],
        "shares": {"price": "1.23"},
    }
    assert json.loads(canonical(values, {"price": 0}))["lines"][0]["price"] == "1.234"


def test_the_text_and_its_digest_are_for_ever():
    values = {
        "partner_id": (7, "Azure"),
        "amount_total": 1400.5,
        "date": date(2026, 5, 1),
        "note": "Größe \U0001f600 \x00",
        "bank": False,
        "tags": frozenset({"z", "ä", "b"}),
        "lines": [{"qty": 2, "name": 'a "b"'}],
    }
    text = canonical(values)
    assert text == (
        '{"amount_total":"1400.5","bank":null,"date":"2026-05-01",'
        '"lines":[{"name":"a \\"b\\"","qty":"2"}],'
        '"note":"Gr\\u00f6\\u00dfe \\ud83d\\ude00 \\u0000","partner_id":"7",'
        '"tags":["\\u00e4","b","z"]}'
    )
    assert digest(text) == "1$" + hashlib.sha256(text.encode("ascii")).hexdigest()
    assert canonical({}) == "{}"
    assert digest("{}") == (
        "1$44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"f": object()}, "f: a object has no canonical text."),
        ({"f": 1 + 2j}, "f: a complex has no canonical text."),
        ({"f": [{"g": object()}]}, "f.g: a object has no canonical text."),
        ({"f": {"g": {"h": iter(())}}}, "f.g.h: a tuple_iterator has no"),
        ({1: "x"}, "1: a key has to be a text."),
        ({"f": {"g": {2: "x"}}}, "f.g.2: a key has to be a text."),
    ],
)
def test_what_is_refused(values, message):
    with pytest.raises(ValueError) as caught:
        canonical(values)
    assert str(caught.value).startswith(message)


def test_changes():
    old = canonical({"amount": 900, "partner_id": (7, "a"), "note": None, "bank": 3})
    new = canonical({"amount": 1400.0, "partner_id": (7, "b"), "note": "", "tag": 2})
    assert changes(old, new) == {
        "amount": ("900", "1400"),
        "bank": ("3", None),
        "tag": (None, "2"),
    }
    assert list(changes(new, old)) == ["amount", "bank", "tag"]
    assert changes(new, old)["tag"] == ("2", None)
    assert changes(old, old) == {}
    assert changes("{}", canonical({"note": None})) == {}


LONG = canonical({"name": "Desk", "note": "x" * 5000, "lines": [{"id": 1}] * 400})


def test_a_short_text_is_kept_as_it_is():
    assert kept(LONG, len(LONG)) == LONG
    assert kept("{}", 0) == "{}"


def test_the_longest_values_are_cut_first():
    # 5002 characters of a text in quotes, 4001 of lines
    limit = len(LONG) - 4000
    text = kept(LONG, limit)
    assert len(text) <= limit
    values = json.loads(text)
    assert values["lines"] == json.loads(LONG)["lines"]
    sha = hashlib.sha256(b'"' + b"x" * 5000 + b'"').hexdigest()
    assert values["note"] == f"{'x' * 40}... (5000 characters, sha256:{sha})"
    assert list(values) == ["lines", "name", "note"]


def test_what_is_no_text_is_cut_as_json():
    values = json.loads(kept(LONG, 500))
    lines = "[" + ",".join(['{"id":"1"}'] * 400) + "]"
    sha = hashlib.sha256(lines.encode()).hexdigest()
    assert values["lines"] == f"{lines[:40]}... ({len(lines)} characters, sha256:{sha})"
    assert values["name"] == "Desk"


def test_nothing_more_is_cut_than_must_be():
    text = canonical({"a": "x" * 500, "b": "y" * 500, "c": "z" * 501})
    one_cut, two_cut = kept(text, len(text) - 1), kept(text, 900)
    assert [len(value) for value in json.loads(one_cut).values()] == [500, 500, 133]
    # of equally long ones the first by name
    assert [len(value) for value in json.loads(two_cut).values()] == [133, 500, 133]
    exactly = kept(text, len(one_cut))
    assert exactly == one_cut
    assert kept(text, len(one_cut) - 1) == two_cut


def test_a_value_that_would_not_get_shorter_stays():
    text = canonical({f"field_{n}": "x" * 133 for n in range(9)})
    assert kept(text, 10) == text
    longer = canonical({f"field_{n}": "x" * 134 for n in range(9)})
    assert len(kept(longer, 10)) == len(text)


def test_the_digest_is_of_the_whole():
    other = LONG.replace("xxxx", "xxxy", 1)
    assert digest(LONG) != digest(other)
    assert digest(kept(LONG, 300)) != digest(LONG)


def test_changes_of_what_was_cut():
    old, new = LONG, canonical(json.loads(LONG) | {"note": "x" * 4999 + "y"})
    short_old, short_new = kept(old, 500), kept(new, 500)
    for one_text in (old, short_old):
        assert changes(one_text, short_old) == changes(short_old, one_text) == {}
        for other in (new, short_new):
            assert list(changes(one_text, other)) == ["note"]
            assert list(changes(other, one_text)) == ["note"]


# Any values

NUMBERS = (
    st.integers()
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | NUMBERS
    | st.text()
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=6)


@given(RECORDS)
def test_the_order_of_fields_does_not_matter(values):
    text = canonical(values)
    backwards = dict(reversed(values.items()))
    assert canonical(backwards) == text
    assert text.isascii()
    assert changes(text, canonical(backwards)) == {}


@given(RECORDS)
def test_a_canonical_text_is_its_own_canonical_text(values):
    text = canonical(values)
    assert canonical(json.loads(text)) == text


@given(NUMBERS, st.none() | st.integers(0, 6))
def test_equal_numbers_are_equal_texts(number, digits):
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    text = one(number, digits)
    assert text == one(exact, digits)
    if exact.is_finite():
        difference = abs(Decimal(text) - exact)
        assert difference <= (Decimal(5).scaleb(-digits - 1) if digits else 1)
        if digits is None:
            assert Decimal(text) == exact


@given(RECORDS, RECORDS)
def test_digests_differ_where_texts_do_and_changes_say_where(old, new):
    before, after = canonical(old), canonical(old | new)
    found = changes(before, after)
    assert (digest(before) == digest(after)) is (before == after)
    expected = {name for name in new if one(old.get(name)) != one(new[name])}
    assert found.keys() == expected
    assert all(pair == (one(old.get(k)), one(new[k])) for k, pair in found.items())


@given(RECORDS, st.integers(0, 400))
def test_a_kept_text_says_as_much_as_fits(values, limit):
    text = canonical(values)
    short = kept(text, limit)
    assert len(short) <= len(text)
    assert short == text or len(text) > limit
    assert kept(short, limit) == short or len(short) > limit
    assert changes(text, short) == {}
