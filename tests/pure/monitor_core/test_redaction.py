import base64
import hashlib
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import redaction
from odoo.addons.monitor_core.tools.redaction import (
    DEFAULT_KEYS,
    Policy,
    is_plain_key,
    is_secret_key,
    make_policy,
    redact,
    redact_text,
)
from odoo.addons.monitor_core.tools.telling_keys import words

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"
SHA = hashlib.sha256(b"x").hexdigest()
PEM = "-----BEGIN {0}-----\nMIIEabc\n-----END {0}-----".format("RSA PRIVATE" + " KEY")


@pytest.mark.parametrize(
    "key",
    [
        "password", "PASSWORD", "new_password", "userPassword", "dbpasswd", "secret",
        "client_secret", "clientSecret", "token", "access_tokens", "X-Api-Key",
        "apikey", "Authorization", "Set-Cookie", "credentials", "private_key",
        "pass", "smtp_pass", "passcode", "auth", "basicAuth",
        "iban", "bank.iban", "card", "card_number", "cvv", "ssn", "PIN", "userPin",
    ],
)  # fmt: skip
def test_secret_keys(key):
    assert is_secret_key(key)
    assert redact({key: "open sesame"}) == {key: "***"}


@pytest.mark.parametrize(
    "key",
    [
        "name",
        "discard",
        "cardinality",
        "monkey",
        "secretary",
        "shipping",
        "panel",
        "",
        "bypass",
        "pass_rate",
        "author",
        "auth_signup",
    ],  # fmt: skip
)
def test_other_keys(key):
    assert redact({key: "open sesame"}) == {key: "open sesame"}


def test_nested_values():
    value = {
        "order": {"id": 12, "total": 41.5, "paid": True, "note": None},
        "lines": [{"token": {"a": 1}}, ("x", "ana@example.com")],
        "auth": {"password": "", "has_password": False, "pin": 1234, "secret": None},
    }
    assert redact(value) == {
        "order": {"id": 12, "total": 41.5, "paid": True, "note": None},
        "lines": [{"token": "***"}, ["x", "[e-mail]"]],
        "auth": {"password": "", "has_password": False, "pin": "***", "secret": None},
    }


def test_credentials_under_auth_are_hidden_settings_are_read():
    assert redact({"auth": "ana:x"}) == {"auth": "***"}
    assert redact({"auth": ("ana", "x")}) == {"auth": "***"}
    assert redact({"auth": {"type": "basic", "pass": "x"}}) == {
        "auth": {"type": "basic", "pass": "***"}
    }


def test_card_numbers_that_are_numbers():
    assert redact([4111111111111111, 378282246310005]) == ["[card]", "[card]"]
    assert redact({"n": {"card_no": 7, "x": 5500000000000004}}) == {
        "n": {"card_no": "***", "x": "[card]"}
    }
    numbers = [0, 42, 4111111111111112, 1763829999123, 2**31, 2**63, -1, 41.5, True]
    assert redact(numbers) == numbers


def test_the_original_stays():
    value = {"password": "x", "list": ["ana@example.com"]}
    redact(value)
    assert value == {"password": "x", "list": ["ana@example.com"]}


def test_too_deep_and_binary():
    assert redact({"a": {"b": {"c": 1}}}, max_depth=2) == {"a": {"b": "[too deep]"}}
    assert redact([b"\x00secret"]) == ["[binary]"]
    assert redact([[[1], 2]], max_depth=2) == [["[too deep]", 2]]
    eight = redact([[[[[[[[1, []]]]]]]]])
    assert eight == [[[[[[[[1, "[too deep]"]]]]]]]]
    circle = []
    circle.append(circle)
    assert "too deep" in str(redact(circle))


def test_own_patterns():
    patterns = ["X-Tax-Number", "salary"]
    value = {"taxNumber": "1", "x_tax_number": "2", "salary": 3, "password": "4"}
    assert redact(value, Policy(tuple(map(words, patterns)))) == value | {
        "x_tax_number": "***",
        "salary": "***",
    }
    policy = make_policy(["_salary_", "", " "])
    assert redact({"salary": 3, "x": 1}, policy) == {"salary": "***", "x": 1}
    assert policy.keys == (*DEFAULT_KEYS, "salary")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("salary=10&token=abc", "salary=***&token=abc"),
        ('{"salary": 10, "token": "abc"}', '{"salary": "***", "token": "abc"}'),
    ],
)
def test_own_patterns_count_inside_texts(text, expected):
    assert redact([text], Policy(("salary",))) == [expected]
    assert redact_text(text, Policy(("salary",))) == expected


def test_keys_that_are_personal_data_themselves():
    value = {"ana@example.com": 1, "bob@example.com": 2}
    assert redact(value) == {"[e-mail]": 1, "[e-mail]+": 2}
    assert redact({"/x?a=1&token=abc": 1}) == {"/x?a=1&token=***": "***"}
    assert redact({"https://token@host": 1}) == {"https://***@host": "***"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to ana.b+x@mail.example.com now", "to [e-mail] now"),
        ("<a@b.co>", "<[e-mail]>"),
        ("tel +32 475 12 34 56.", "tel [phone]."),
        ("tel +1 (555) 123-4567", "tel [phone]"),
        ("tel 0032 475 12 34 56", "tel [phone]"),
        ("tel 0475/12.34.56", "tel [phone]"),
        ("tel 050 12 34 56", "tel [phone]"),
        ("tel +32 123 456", "tel [phone]"),
        ("tel 0032 475123456 78", "tel [phone]"),
        ("(555) 123-4567 or 555-123-4567", "[phone] or [phone]"),
        ("BE68 5390 0754 7034 EUR", "[iban] EUR"),
        ("pay GB29NWBK60161331926819.", "pay [iban]."),
        ("fr1420041010050500013m02606", "[iban]"),
        ("card 4111 1111 1111 1111 12/28", "card [card] 12/28"),
        ("card 4111 1111 1111 1111 7 left", "card [card] 7 left"),
        ("card 5500-0000-0000-0004", "card [card]"),
        ("card 378282246310005", "card [card]"),
        ("card 4222222222222", "card [card]"),
        ("card 6304000000000000000", "card [card]"),
        (f"got {JWT} today", "got [token] today"),
        ("Bearer abcd1234efgh", "Bearer [token]"),
        ("Bearer abcdefghijklmnopqrst", "Bearer [token]"),
        ("key q0Vw7Jr3mXk1Zt9bLc5Hn8Dy2Gf6Ps4A", "key [token]"),
        ("key kXqZvBnMwRtYpLsDfGhJcVbNxQzWmKrTyPlSdFgH", "key [token]"),
        ("key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "key [token]"),
        ("key sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "key [token]"),
        ("key AKIA" + "IOSFODNN7EXAMPLE", "key [token]"),
        ("key ghp_" + "a1B2" * 9, "key [token]"),
        (f"key {SHA}", "key [token]"),
        (f"key {SHA[:40]}", "key [token]"),
        (f"key {base64.b64encode(bytes.fromhex(SHA)).decode()}", "key [token]"),
        (PEM, "[token]"),
        ("postgres://odoo:pw@db:5432/x", "postgres://***@db:5432/x"),
        ("https://h/x?a=1&token=abc#d&b=2", "https://h/x?a=1&token=***&b=2"),
        ("grant=code&client_secret=x%20y", "grant=code&client_secret=***"),
        ('password="a b" user=ana', "password=*** user=ana"),
        ("Authorization: Basic QWxhZGRp\nHost: x", "Authorization: ***\nHost: x"),
        ("Cookie: a=1; session_id=2", "Cookie: ***"),
        ('{"password": "a\\"b", "n": 1}', '{"password": "***", "n": 1}'),
        ("{'pin': 1234, 'n': 1}", "{'pin': '***', 'n': 1}"),
        ('"{\\"token\\": \\"x\\"}"', '"{\\"token\\": \\"***\\"}"'),
    ],
)
def test_detectors(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "550e8400-e29b-41d4-a716-446655440000",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-12345678901234567890123456789012-1234567890123456-01",
        "2026-11-22 10:00:00.123456",
        "01.02.2026 12:30",
        "1764000000000",
        "INV/2026/00012",
        "order 0012345678905",
        "res.partner(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)",
        "addons/monitor_core/models/monitor_workflow_step_and_more.py",
        "odoo.addons.sale_management.models.sale_order_template_option",
        "TestSaleOrderConfirmationReportInvoice2026Monitor",
        "monitor_core_test_2026_11_22_run_12_of_the_night",
        "192.168.100.200:8069",
        "1.234.567.890,12 EUR",
        "automation2026_of_the_sales_department_in_brussels",
        "tel 0501 23 45",
        "nr 0032 475123456 789",
        "BE68 5390 0754 7035",
        "BE685390075470341",
        "BE685390075470341-2",
        "ref 4111 1111 1111 11117",
        "bearer abcdefghijklmnopqrs",
        "4111 1111 1111 1112",
        "Invalid token: expired",
        "bearer authentication failed",
        "http://localhost:8069/web?debug=1",
    ],
)
def test_readable_texts_stay(text):
    assert redact_text(text) == text


@given(st.uuids(version=4) | st.binary(min_size=16, max_size=16))
def test_no_uuid_or_trace_id_is_lost(value):
    if isinstance(value, bytes):
        value = value.hex() if value[0] % 2 else uuid.UUID(bytes=value)
    for text in (f"id={value}, again", f"/web/hook/{value}/x", f"run_{value}-2"):
        assert redact_text(text) == text


@given(st.binary(min_size=48, max_size=64))
def test_long_random_secrets_are_found(data):
    digest = hashlib.sha512(data).digest()[: len(data)]
    assert redact_text(f"key {digest.hex()}") == "key [token]"
    assert "[token]" in redact_text(f"key {base64.urlsafe_b64encode(digest).decode()}")


SNIPPETS = [
    "a@", "@b.co", "ana@example.com", "+32", " 475 12 34 56", "00", "BE68", " 5390",
    "BE68539007547034", "4111", " 1111", "-", "eyJ", ".", "Bearer ", "whsec_", "token",
    "password", "=", ":", '"', "'", "\\", "://", "/", "?", "&", " ", "\n", "(", ")",
    "x", "A1b2C3d4E5f6G7h8", "0123456789abcdef", "Authorization: ", "***", "[card]",
    ", ", "{", "}", "Key (", ")=(", "<password>", "<", ">", "basic ", "auth", "pass=",
    "('pin', '=', ", "password: ", " = ", "0612345678", "b'", "4111111111111111",
    "[", "]", "-----BEGIN PRIVATE" + " KEY-----", "é", "\x00", "[…]",
]  # fmt: skip
hostile = st.lists(st.sampled_from(SNIPPETS), max_size=40).map("".join)
nested = st.recursive(
    hostile | st.text() | st.none() | st.booleans() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hostile | st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(hostile | st.text())
def test_text_redacted_twice_is_as_once(text):
    once = redact_text(text)
    assert redact_text(once) == once


@given(nested)
def test_redacted_twice_is_as_once(value):
    once = redact(value)
    assert redact(once) == once


@given(st.sampled_from(SNIPPETS), st.sampled_from(SNIPPETS))
def test_hostile_input_is_bounded(a, b):
    """Linear by construction: the patterns are bounded, and so is the text."""
    text = (a + b) * (100_000 // len(a + b))
    once = redact_text(text)
    assert len(once) <= redaction.MAX_TEXT
    assert redact_text(once) == once


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ-", "éeyJ", "auth://", "token::", "token=", "token: ", "token = = ",
        "token=(", "token=[(", "'token': '\\'", '"token": "', "'pin', '=', [",
        "Key (pin)=(", "(((a)=(", "<token ", "<token>", "basic ", "basic A", "a a ",
        "password: basic ", "0 0", "00 1", "4 4-", "a@a.", "a" * 63 + " ",
    ],
)  # fmt: skip
def test_hostile_repetitions_are_looked_at_once(unit):
    """A quadratic pattern takes more than five seconds for these, a linear one 0.1."""
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    redaction._pass(text, redaction.DEFAULT)
    assert time.process_time() - started < 2


def test_what_is_cut_off_leaves_no_half_secret():
    text = "x " * ((redaction.MAX_TEXT - 10) // 2) + "4111 1111 1111 1111 tail"
    once = redact_text(text)
    assert "4111" not in once and "tail" not in once and once.endswith("[…]")


def test_text_up_to_the_limit_stays_whole():
    text = "x " * (redaction.MAX_TEXT // 2)
    assert redact_text(text) == text


@given(st.text("abcXYZyJghpskiban", max_size=31))
def test_no_detector_is_about_a_single_word(text):
    """Which is why such texts are not looked at further."""
    assert redaction._pass(text, redaction.DEFAULT) == text
    assert redact_text(text) == text
    assert redact_text(text + " 4111 1111 1111 1111") == text + " [card]"


def test_fields_that_only_look_secret():
    policy = make_policy(never=["tokenCount", "Password-Policy", ""])
    value = {"token_count": 5, "password policy": "long", "token": "x"}
    assert redact(value, policy) == value | {"token": "***"}
    assert redact(value) == dict.fromkeys(value, "***")
    assert redact_text("token_count=5 token=x", policy) == "token_count=5 token=***"
    assert redact({"my_token_count": 5}, policy) == {"my_token_count": "***"}
    assert is_plain_key("token_count", policy) and not is_plain_key("token_count")


PERSONAL = {
    "email": ("ana@example.com", "[e-mail]"),
    "phone": ("+32 475 12 34 56", "[phone]"),
    "iban": ("BE68 5390 0754 7034", "[iban]"),
    "card": ("4111 1111 1111 1111", "[card]"),
}


@pytest.mark.parametrize("kept", sorted(redaction.DETECTORS))
def test_personal_data_that_may_be_kept(kept):
    policy = make_policy(kept=[kept])
    for name, (text, hidden) in PERSONAL.items():
        assert redact_text(text, policy) == (text if name == kept else hidden)
    card = 4111111111111111
    assert redact(card, policy) == (card if kept == "card" else "[card]")
    assert redact_text("sk_live_abcdefghijkl1234", policy) == "[token]"


def test_each_detector_can_be_kept():
    assert set(PERSONAL) == redaction.DETECTORS
