import pytest

from odoo.addons.monitor_core.tools.secret_key import (
    OPTION,
    hint,
    key_state,
    resolve_key,
)


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
def test_missing(value):
    assert key_state(value) == "missing"


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "short-but-varied-1234567",
        "ab" * 40,
        "abcdefghij" * 3 + "a",
        "abcdefghi" * 4,
    ],
)
def test_weak(value):
    assert key_state(value) == "weak"


def test_thirty_two_characters_of_ten_kinds_are_enough():
    assert key_state(" " + "abcdefghij" * 3 + "ab") == "ready"


def test_the_hint_is_a_line_with_a_ready_key_and_a_new_one_each_time():
    option, key = hint().split(" = ")
    assert option == OPTION
    assert key_state(key) == "ready"
    assert hint() != hint()
    assert "%" not in hint() and "\n" not in hint()
    assert hint(bytes) == f"{OPTION} = {'A' * 43}"


@pytest.mark.parametrize(
    ("conf", "env", "key"),
    [
        ("from-conf", "from-env", "from-conf"),
        (None, " from-env ", "from-env"),
        ("", "from-env", "from-env"),
        (False, None, None),
        (" ", " ", None),
    ],
)
def test_the_configuration_wins(conf, env, key):
    assert resolve_key(conf, env) == key
