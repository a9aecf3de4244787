import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools.inhibition import (
    Explainer,
    Inhibition,
    split_labels,
)
from odoo.addons.monitor_incident.tools.matchers import parse


def rule(source, target, equal=(), company=None):
    return Inhibition("rule", parse(source), parse(target), equal, company)


DOWN = rule("kind=down", "kind=late", ("site",))


@pytest.mark.parametrize(
    ("inhibition", "firing", "labels", "key", "expected"),
    [
        (DOWN, {1: {"kind": "down", "site": "a"}}, {"kind": "late", "site": "a"}, 9, 1),
        (
            DOWN,
            {1: {"kind": "down", "site": "a"}},
            {"kind": "late", "site": "b"},
            9,
            None,
        ),
        (DOWN, {1: {"kind": "down"}}, {"kind": "late"}, 9, 1),
        (DOWN, {1: {"kind": "down"}}, {"kind": "late", "site": "a"}, 9, None),
        (
            DOWN,
            {1: {"kind": "other", "site": "a"}},
            {"kind": "late", "site": "a"},
            9,
            None,
        ),
        (DOWN, {1: {"kind": "down", "site": "a"}}, {"kind": "x", "site": "a"}, 9, None),
        (DOWN, {}, {"kind": "late"}, 9, None),
        # Both sides match both: none explains the other, nor itself.
        (rule("a=1", "a=1"), {1: {"a": "1"}}, {"a": "1"}, 1, None),
        (rule("a=1", "a=1"), {1: {"a": "1"}}, {"a": "1"}, 2, None),
        (rule("a=1", "b=1"), {1: {"a": "1", "b": "1"}}, {"a": "1", "b": "1"}, 2, None),
        (rule("a=1", "b=1"), {1: {"a": "1", "b": "1"}}, {"b": "1"}, 2, 1),
        (rule("a=1", "b=1"), {1: {"a": "1"}}, {"a": "1", "b": "1"}, 2, 1),
        (
            rule("a=1", "b=1"),
            {1: {"a": "1", "b": "1"}, 3: {"a": "1"}},
            {"a": "1", "b": "1"},
            2,
            3,
        ),
        # Companies stay apart.
        (
            rule("a=1", "b=1", company="5"),
            {1: {"a": "1", "company": "5"}},
            {"b": "1", "company": "5"},
            2,
            1,
        ),
        (
            rule("a=1", "b=1", company="5"),
            {1: {"a": "1", "company": "6"}},
            {"b": "1", "company": "5"},
            2,
            None,
        ),
        (
            rule("a=1", "b=1", company="5"),
            {1: {"a": "1", "company": "5"}},
            {"b": "1"},
            2,
            None,
        ),
    ],
)
def test_what_explains_what(inhibition, firing, labels, key, expected):
    assert Explainer([inhibition], firing).explains(labels, key) == expected


def test_the_first_that_explains_is_named():
    rules = [rule("a=2", "b=1"), rule("a=1", "b=1"), rule("a=3", "b=1")]
    firing = {3: {"a": "3"}, 1: {"a": "1"}}
    assert Explainer(rules, firing).explains({"b": "1"}) == 1


def test_labels_that_are_numbers_are_equal_texts():
    numbered = rule("a=1", "b=1", ("n",))
    assert Explainer([numbered], {1: {"a": "1", "n": 5}}).explains({"b": "1", "n": "5"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, ()), ("", ()), (" , ", ()), ("a", ("a",)), ("a, b,", ("a", "b"))],
)
def test_lists_of_labels(text, expected):
    assert split_labels(text) == expected


def test_a_label_that_is_empty_equals_one_that_is_not_there():
    down = rule("a=1", "b=1", ("n",))
    assert Explainer([down], {1: {"a": "1", "n": ""}}).explains({"b": "1"}) == 1
    assert Explainer([down], {1: {"a": "1", "n": "XXXX"}}).explains({"b": "1"}) is None


def test_of_no_company_is_not_of_a_company():
    of_company = rule("a=1", "b=1", company="5")
    assert not of_company.is_source({"a": "1"})
    of_none = rule("a=1", "b=1", company="")
    assert of_none.is_source({"a": "1"})
    assert not of_none.is_source({"a": "1", "company": "5"})


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2"]))


@given(LABELS, LABELS, LABELS, LABELS)
def test_nothing_explains_itself_and_no_two_each_other(source, target, one, other):
    def matchers(labels):
        return tuple(parse(",".join(f"{k}={v}" for k, v in labels.items())))

    inhibition = Inhibition("x", matchers(source), matchers(target))
    explainer = Explainer([inhibition], {1: one, 2: other})
    assert explainer.explains(one, 1) != 1
    assert not (explainer.explains(one, 1) == 2 and explainer.explains(other, 2) == 1)
