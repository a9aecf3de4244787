import pytest

from odoo.addons.monitor_core.tools import address_token


def test_tokens_are_long_different_and_fit_into_an_address():
    tokens = {address_token.new() for _number in range(100)}
    assert len(tokens) == 100
    assert all(address_token.is_token(token) for token in tokens)
    assert {len(token) for token in tokens} == {32}


@pytest.mark.parametrize(
    "text",
    ["", "x" * 31, "x" * 33, "x" * 31 + " ", "x" * 32 + "\n", None, 7, b"x" * 32],
)
def test_what_is_none(text):
    assert address_token.is_token(text) is False


@pytest.mark.parametrize("text", ["x" * 32, "_" * 16 + "-" * 16, "aZ09" * 8])
def test_what_looks_like_one(text):
    assert address_token.is_token(text) is True


@pytest.mark.parametrize(
    ("stored", "given", "same"),
    [
        ("abc", "abc", True),
        ("abc", "abd", False),
        ("abc", "ab", False),
        ("ä", "ä", True),
        ("", "", False),
        (None, "", False),
        (False, "x", False),
    ],
)
def test_equal_only_to_itself(stored, given, same):
    assert address_token.is_same(stored, given) is same
