import pytest

from odoo.addons.monitor_core.tools.redaction import Policy, redact, redact_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password='hunter2'", "password=***"),
        ("password='it\\'s x' user=ana", "password=*** user=ana"),
        ("password='hunter2", "password=***"),
        ("passwd = 'x'", "passwd = ***"),
        ("passwd =  hunter2 ok", "passwd =  *** ok"),
        ("password:hunter2", "password:***"),
        ("password:'a b'", "password:'***'"),
        ("password: 'a b' x", "password: '***' x"),
        ("password: swordfish", "password: ***"),
        ("password: swordfish, user: ana", "password: ***, user: ana"),
        ("(password: s3cret)", "(password: ***)"),
        ("Password: hunter2 for bob@x.org", "Password: *** for [e-mail]"),
        ("Password: p@ss! ok", "Password: ***! ok"),
        ("token: abc123", "token: ***"),
        ("token: QwErTyUi ok", "token: *** ok"),
        ("api_key: 1234abcd", "api_key: ***"),
        ("API key: 1234abcd", "API key: ***"),
        ("Your pin code: 1234.", "Your pin code: ***."),
        ("otp: 123456", "otp: ***"),
        ("error: password: hunter2", "error: password: ***"),
        ("next=/x?token=abc", "next=/x?token=***"),
        ("f(password=hunter2)", "f(password=***)"),
        ("pass=hunter2&x=1", "pass=***&x=1"),
        ("login('a', auth=('bob', 'x'))", "login('a', auth=***)"),
        ("authorization=Basic dXNlcjpwYXNz x", "authorization=*** x"),
        ("auth: Bearer abc1", "auth: ***"),
        ("Basic dXNlcjpwYXNzd29yZA==", "Basic [token]"),
        ("basic dXNlcjpwYXNzd29yZA", "basic [token]"),
        (
            "Key (password)=(hunter2) already exists.",
            "Key (password)=(***) already exists.",
        ),
        (
            "Key (login, password)=(bob, h(u)x) already exists.\nx (y)",
            "Key (login, password)=(***) already exists.\nx (y)",
        ),
        ("Key (lower(token))=(a", "Key (lower(token))=(***"),
        ("Key (name)=(a). Key (pin)=(1).", "Key (name)=(a). Key (pin)=(***)."),
        ("('password', '=', 'hunter2')", "('password', '=', '***')"),
        ('["a", ["token", "not in", ["x", "y"]]]', '["a", ["token", "not in", "***"]]'),
        ("('pin', '=', 1234)", "('pin', '=', '***')"),
        ("{'api-key': b'abc', 'n': 1}", "{'api-key': b'***', 'n': 1}"),
        ("'password' => 'x'", "'password' => '***'"),
        ("{'token': abc123}", "{'token': '***'}"),
        ('{"token": {"a": 1}, "n": 2}', '{"token": "***", "n": 2}'),
        ("'{\\'token\\': \\'x\\'}'", "'{\\'token\\': \\'***\\'}'"),
        ("<password>hunter2</password>", "<password>***</password>"),
        (
            '<w:Password Type="x">hunter2</w:Password><n>1</n>',
            '<w:Password Type="x">***</w:Password><n>1</n>',
        ),
        ("<token><![CDATA[abc]]></token>", "<token><![CDATA[***</token>"),
        ("tel 0612345678", "tel [phone]"),
        ("tel:0612345678", "tel:[phone]"),
        ("tel 0032475123456", "tel [phone]"),
        ("tel 004915112345678.", "tel [phone]."),
        ("tel 0475 123456", "tel [phone]"),
        ("tel 0611-2345678", "tel [phone]"),
        ("nr 0475/12.34.56", "nr [phone]"),
        ("from jürgen@müller.de to", "from [e-mail] to"),
        ("card 4111 1111 1111 1111-2", "card [card]-2"),
        ("card 4111-1111-1111-1111-2", "card [card]-2"),
        ("card 4111111111111111-x", "card [card]-x"),
    ],
)
def test_secrets_by_the_key_before_them(text, expected):
    assert redact_text(text) == expected
    assert redact_text(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The token is missing",
        "Invalid token: expired",
        "Token: missing, password: wrong.",
        "password: is required",
        "Password: must not be empty",
        "Password: 8 characters at least",
        "Password:",
        "password=''",
        "password=None, token=False",
        "{'password': None, 'token': True}",
        "[('token', '!=', False)]",
        "if token == other: go",
        "token expired: 12345",
        "token id: 15",
        "auth_signup: 2.0",
        "cards: see https://example.com/token",
        "token://host",
        "Token::create failed",
        "token: %s",
        "Key (name)=(Ana) already exists.",
        "<p>The password</p><password> </password><token/>",
        "Basic information about it",
        "Basic plan, basic authentication",
        "S00042, P00012, WH/OUT/00042 and INV/2026/00042",
        "order: S00042, total: 1234.50, date: 2026-11-22",
        "at 1763829999123 and 1763829999",
        "2026-11-22T10:00:00.123456789Z or 10:00:05.123456789",
        "on 22/11/2026, 05-11-2026 and 05.11.2026",
        "1 234 567,89 EUR and 0.123456789",
        "ids 123456789 and 987654321",
        "lot 0123456789, ref: 0123456789, EAN 0012345678905",
        "0001234567890",
        "2026/0123456789 and WH/LOT/0012345678",
        "5000000000000000-0000",
        "50000000-0000-4000-8000-000000000000",
        "@api.model @property",
    ],
)
def test_harmless_texts_stay(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x password=a1, y token: b2, z", "x password=***, y token: ***, z"),
        ("cvv: 123, pin: 12", "cvv: ***, pin: 12"),
        ("secret: swordfish\nnext", "secret: ***\nnext"),
        ("secret: swordfish\r\nnext", "secret: ***\r\nnext"),
        ("secret: swordfish; next", "secret: ***; next"),
        ("my password: swordfish", "my password: ***"),
        ("password: basic swordfish", "password: ***"),
        ("card: Visa", "card: Visa"),
        ("monkey number: 12345", "monkey number: 12345"),
        ("token: http://x.org/1 https://x.org", "token: http://x.org/1 https://x.org"),
        ("token: https://x.org/1", "token: https://x.org/1"),
        ("token: %5s", "token: %5s"),
        (
            '{"auth": {"type": "basic", "pass": "x"}}',
            '{"auth": {"type": "basic", "pass": "***"}}',
        ),
        ('{"auth": ["ana", "x"]}', '{"auth": "***"}'),
        (
            "a\nKey (pin)=(1) exists\nKey (otp)=(2) exists\nb (c)",
            "a\nKey (pin)=(***) exists\nKey (otp)=(***) exists\nb (c)",
        ),
        ("(pin)=(1)", "(pin)=(***)"),
    ],
)
def test_what_is_around_a_secret_decides(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net pay: 1234, password: 1234", "net pay: ***, password: 1234"),
        ("salary code: 1234, pin code: 1234", "salary code: ***, pin code: 1234"),
        ("<salary>9</salary><pin>9</pin>", "<salary>***</salary><pin>9</pin>"),
        ("Key (salary)=(9)\nKey (pin)=(9)", "Key (salary)=(***)\nKey (pin)=(9)"),
        ("salary: abc, salary: a1", "salary: abc, salary: ***"),
    ],
)
def test_own_patterns_count_in_every_form(text, expected):
    assert redact([text], Policy(("salary", "net_pay"))) == [expected]
