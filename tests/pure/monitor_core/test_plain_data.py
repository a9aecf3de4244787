import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import plain_data, redaction
from odoo.addons.monitor_core.tools.plain_data import MAX_DEPTH, most_bytes


def any_key(_key):
    return True


def nested(value, levels):
    for _level in range(levels):
        value = [value]
    return value


harmless = st.from_regex(plain_data._HARMLESS, fullmatch=True)
#: Little of many kinds, so that detectors are met half the time.
PARTS = (
    "a b 1 2 0 9 - / . , _ : = @ + ey eyJ sk- hf_ AKIA basic Basic bearer YTpi DE89 "
    "BE68 0475 +32 4111 2026 T Z é ÿ ; ! token pin"
).split() + [" ", "\n", "'"]
texts = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | harmless | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(harmless | texts, inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EUR",
        "S00042",
        "S1768999999999999999",
        "order-17689999999",
        "INV/2026/00042",
        "12.50",
        "a_b-c",
        "2026-01-05",
        "2026-01-05T12:00:00Z",
        "2026-01-05 12:00",
        "2026-01-05T12:00:00.123456+02:00",
        "Bank refused the payment, twice.",
        "Café Müller",
    ],
)
def test_texts_that_need_no_closer_look(text):
    assert most_bytes(text, any_key) == 6 * len(text) + 4


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.com",
        "0475 12 34 56",
        "123456789",
        "DE89370400440532013000",
        "4111111111111111",
        "basic YTpi",
        "Basic plan",
        "pin=1",
        "pin: x",
        "eyJabcde.fghij",
        "x" * 41,
        "a" * 14,
        "line\nline",
        "half \ud800",
        "nul\0",
        "+32475123456",
        "https://x",
        "sk-123456789012",
        "npm_1234567890123456789",
        "order-176899999999",
    ],
)
def test_texts_that_are_looked_at(text):
    assert most_bytes(text, any_key) is None


@given(harmless | texts)
def test_no_detector_finds_anything_in_what_is_plain(text):
    if most_bytes(text, any_key) is not None:
        assert redaction.redact_text(text) == text


PREFIXES = (
    "sk- hf_ npm_ glpat- xoxb- shpat_ gho_ pypi- sk_live_ whsec_ AKIA AIza".split()
)


@given(st.sampled_from(PREFIXES), st.text("0123456789abcXYZ-_", max_size=40))
def test_no_token_is_plain(prefix, rest):
    if most_bytes(prefix + rest, any_key) is not None:
        assert redaction.redact_text(prefix + rest) == prefix + rest


@given(plain)
def test_what_is_plain_is_stored_as_it_is(value):
    bound = most_bytes(value, redaction.is_plain_key)
    if bound is None:
        return
    assert redaction.redact(value) == value
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    assert len(text.encode()) <= bound
    assert json.loads(text) == value


@pytest.mark.parametrize(
    "value",
    [
        math.inf,
        -math.inf,
        math.nan,
        2_000_000_000_000,
        -2_000_000_000_000,
        b"x",
        ("a",),
        {1, 2},
        {"a": {3}},
        {1: "a"},
        [["ana@example.com"]],
    ],
)
def test_what_is_no_plain_value(value):
    assert most_bytes(value, redaction.is_plain_key) is None


@pytest.mark.parametrize("value", [1_999_999_999_999, -5, 0.5, None, True])
def test_plain_scalars(value):
    assert most_bytes(value, any_key) == 32


def test_a_key_decides_over_all_below_it():
    asked = []
    value = {"a": [{"b": 1}], "c": 2}
    assert most_bytes(value, lambda key: asked.append(key) or True)
    assert asked == ["a", "c", "b"]
    assert most_bytes(value, lambda key: key != "b") is None


def test_the_bound_adds_up():
    assert most_bytes([], any_key) == 4
    assert most_bytes({}, any_key) == 4
    assert most_bytes(["ab", 1], any_key) == 3 * 4 + 6 * 2 + 4 + 32
    assert most_bytes({"ab": 1, "c": None}, any_key) == 3 * 4 + 6 * 3 + 2 * 32


def test_how_deep_it_looks():
    assert most_bytes(nested(1, MAX_DEPTH), any_key)
    assert most_bytes(nested(1, MAX_DEPTH + 1), any_key) is None
    assert redaction.redact(nested(1, MAX_DEPTH)) == nested(1, MAX_DEPTH)
