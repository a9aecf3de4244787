import hashlib
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.payload import MAX_DEPTH, bounded_json

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain)
def test_json_comes_back_as_it_was(value):
    text, cut = bounded_json(value, limit=10**6)
    assert not cut
    if "\x00" not in str(value) and "\\x00" not in repr(value):
        assert json.loads(text) == value


@given(plain | st.text(alphabet='"\\é😀\n', min_size=200), st.integers(256, 600))
def test_the_limit_holds_and_the_whole_is_known_by_its_digest(value, limit):
    whole = bounded_json(value, limit=10**6)[0]
    text, cut = bounded_json(value, limit)
    assert len(text.encode()) <= limit
    assert cut == (len(whole.encode()) > limit)
    if cut:
        stand_in = json.loads(text)
        assert stand_in["_truncated"] is True
        assert stand_in["_size"] == len(whole.encode())
        assert stand_in["_sha256"] == hashlib.sha256(whole.encode()).hexdigest()
        assert whole.startswith(stand_in["_head"])


def test_the_head_fills_the_limit():
    text, cut = bounded_json(["x" * 50_000])
    assert cut and len(text.encode()) == 16_384


def test_what_is_just_as_long_as_the_limit_is_not_cut():
    assert bounded_json("x" * 254, limit=256) == (f'"{"x" * 254}"', False)
    assert bounded_json("x" * 255, limit=256)[1]


def test_letters_are_stored_as_they_are():
    assert bounded_json("é😀") == ('"é😀"', False)


def test_a_thousand_digits_are_a_number():
    number = 10**1000 - 1
    assert bounded_json(-number) == (str(-number), False)
    with pytest.raises(ValueError, match="more than 1000 digits"):
        bounded_json(-number - 1)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": [1, 2, {3}]}, "context.a[2]: a set is not JSON"),
        ({"when": datetime(2026, 1, 5)}, "context.when: a datetime is not JSON"),
        ([b"x"], "context[0]: a bytes is not JSON"),
        (object, "context: a type is not JSON"),
        ({"n": float("nan")}, "context.n: nan is not JSON"),
        ([[], [float("-inf")]], "context[1][0]: -inf is not JSON"),
        ({"a": {1: 2}}, "context.a: a key of type int is not JSON"),
        ({None: 2}, "context: a key of type NoneType is not JSON"),
        ({"n": 10**5000}, "context.n: a number of more than 1000 digits"),
    ],
)
def test_what_is_not_json_is_named_with_its_place(value, problem):
    with pytest.raises(ValueError) as caught:
        bounded_json(value)
    assert str(caught.value) == problem


def test_the_place_begins_with_the_name_given():
    with pytest.raises(ValueError, match=r"^payload\[0\]: "):
        bounded_json([{1}], name="payload")


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"k": v}])
def test_depth_is_bounded(wrap):
    value = 1
    for _level in range(MAX_DEPTH):
        value = wrap(value)
    assert not bounded_json(value)[1]
    with pytest.raises(ValueError, match=f"nested deeper than {MAX_DEPTH} levels"):
        bounded_json(wrap(value))


def test_depth_is_bounded_also_for_a_cycle():
    value = []
    value.append(value)
    with pytest.raises(ValueError, match=f"nested deeper than {MAX_DEPTH} levels"):
        bounded_json(value)


def test_a_limit_too_small_for_the_stand_in_is_refused():
    with pytest.raises(ValueError, match="at least 256"):
        bounded_json({}, limit=100)


@pytest.mark.parametrize("char", ["\x00", "\ud800", "\udfff"])
def test_what_jsonb_cannot_hold_is_replaced(char):
    text, _cut = bounded_json({f"k{char}": f"v{char}"})
    assert json.loads(text) == {"k\ufffd": "v\ufffd"}
    text.encode()


def test_tuples_are_lists():
    assert bounded_json({"t": (1, 2)}) == ('{"t":[1,2]}', False)
