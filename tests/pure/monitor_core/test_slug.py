from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.slug import (
    copies_of,
    is_valid_code,
    slugify,
    workflow_code,
)


@pytest.mark.parametrize("code", ["a", "0", "a-", "ir.cron-12", "a_b.c-d", "x" * 128])
def test_valid_codes(code):
    assert is_valid_code(code)
    assert slugify(code) == code


@pytest.mark.parametrize(
    "code", ["", "A", "-a", ".a", "a b", "é", "a\n", "x" * 129, None]
)
def test_invalid_codes(code):
    assert not is_valid_code(code)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Créer les factures (nuit)", "creer-les-factures-nuit"),
        ("  Sync -- Stripe  ", "sync----stripe"),
        ("ﬁnance №5", "finance-no5"),
        ("__export__.x", "export__.x"),
        ("A" + "x" * 126 + " y", "a" + "x" * 126),
    ],
)
def test_slugs_resemble_the_text(text, slug):
    assert slugify(text) == slug


def test_texts_without_letters_of_ascii_differ():
    assert slugify("毎日の請求") != slugify("毎週の請求")
    assert slugify("") == slugify("")
    assert is_valid_code(slugify("\ud800"))


@given(st.text())
def test_a_slug_is_valid_and_stays(text):
    assert is_valid_code(slugify(text))
    assert slugify(slugify(text)) == slugify(text)


@pytest.mark.parametrize(
    ("xmlid", "code"),
    [
        ("base.autovacuum_job", "base.autovacuum_job"),
        ("base_automation.ir_cron_data_base_automation_check",) * 2,
        (None, "ir.cron-7"),
        (False, "ir.cron-7"),
        ("", "ir.cron-7"),
    ],
)
def test_code_comes_from_the_xml_id_else_from_the_record(xmlid, code):
    assert workflow_code(xmlid, "ir.cron", 7) == code


def test_xml_ids_that_differ_only_in_what_is_lost_get_different_codes():
    codes = {workflow_code(xmlid, "m", 1) for xmlid in ("a.B", "a.b", "a. b", "_a.b")}
    assert len(codes) == 4
    long = [workflow_code("a." + "x" * 200 + end, "m", 1) for end in "12"]
    assert long[0] != long[1]
    assert all(is_valid_code(code) and len(code) == 128 for code in long)


@given(st.none() | st.text(), st.text(), st.integers())
def test_a_code_is_always_valid_and_always_the_same(xmlid, model, res_id):
    code = workflow_code(xmlid, model, res_id)
    assert is_valid_code(code)
    assert workflow_code(xmlid, model, res_id) == code


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_xml_ids_have_different_codes(a, b):
    assert (workflow_code(a, "m", 1) == workflow_code(b, "m", 1)) == (a == b)


def test_copies_have_codes_of_their_own_however_long():
    assert list(islice(copies_of("a"), 3)) == ["a-copy", "a-copy-2", "a-copy-3"]
    for code in ("x" * 128, "x" * 123, "x" * 124):
        codes = list(islice(copies_of(code), 12))
        assert len(set(codes)) == 12 and all(map(is_valid_code, codes))
        assert codes[0] == "x" * 123 + "-copy" and codes[11] == "x" * 120 + "-copy-12"
