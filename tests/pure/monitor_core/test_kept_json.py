import json

import pytest

from odoo.addons.monitor_core.tools import kept_json as module
from odoo.addons.monitor_core.tools import redaction
from odoo.addons.monitor_core.tools.kept_json import kept_json, plain_bytes


def test_plain_data_is_kept_as_it_is():
    assert kept_json({"order": "S1", "name": "Müller"}) == (
        '{"order":"S1","name":"Müller"}'
    )


def test_secrets_are_hidden():
    assert json.loads(kept_json({"token": "x", "to": "ana@example.com"})) == {
        "token": "***",
        "to": "[e-mail]",
    }


def test_what_is_too_large_is_cut():
    value = {"a": ["Bank refused"] * 40}
    assert json.loads(kept_json(value, 10_000)) == value
    assert json.loads(kept_json(value, 300))["_truncated"] is True
    assert len(kept_json(value, 300).encode()) <= 300


def test_the_bound_decides_which_way():
    value = {"a": "Bank refused"}
    bound = plain_bytes(value)
    assert kept_json(value, 256) == kept_json(value, 10_000)
    # a bound that is told is believed, also that there is none
    assert kept_json({"token": "x"}, bound, most_bytes=bound) == '{"token":"x"}'
    assert json.loads(kept_json({"token": "x"}, 256, most_bytes=257)) == {
        "token": "***"
    }


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError, match=r"context\.a: nan is not JSON"):
        kept_json({"a": float("nan")})


def test_the_policy_decides_what_is_hidden():
    policy = redaction.make_policy(["salary"], ["token_count"], ["email"])
    value = {"salary": 5, "token_count": 7, "to": "ana@example.com"}
    assert json.loads(kept_json(value, policy=policy)) == value | {"salary": "***"}
    assert plain_bytes({"salary": 5}, policy) is None
    assert plain_bytes({"salary": 5}) is not None
    assert plain_bytes({"token_count": 7}, policy) is not None


def test_plain_data_is_not_looked_at_again(monkeypatch):
    monkeypatch.setattr(module.redaction, "redact", None)
    assert kept_json({"order": "S1"}) == '{"order":"S1"}'
    policy = redaction.make_policy(never=["token_count"])
    assert kept_json({"token_count": 7}, policy=policy) == '{"token_count":7}'


def test_the_limit_without_a_word_is_16_kb():
    assert len(kept_json(["é" * 20_000]).encode()) <= 16_384
    value = ["x@y " * 4000 + "z" * n for n in (381, 382)]
    assert [len(kept_json(one)) for one in value] == [16_383, 16_384]
    assert "_truncated" in kept_json("x@y " * 4000 + "z" * 383)
