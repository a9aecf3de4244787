import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import matchers
from odoo.addons.monitor_incident.tools.matchers import Matcher, MatcherError, parse

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True) | st.text(
    min_size=1, max_size=8
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("", []),
        ("  ", []),
        ("{}", []),
        ("a=b", [("a", "=", "b")]),
        ("a=", [("a", "=", "")]),
        ('a=""', [("a", "=", "")]),
        ('{a="b"}', [("a", "=", "b")]),
        (' { a = "b" , c != d } ', [("a", "=", "b"), ("c", "!=", "d")]),
        ('a=~"x|y",b!~"z.*",', [("a", "=~", "x|y"), ("b", "!~", "z.*")]),
        ('a="b,c=d"', [("a", "=", "b,c=d")]),
        (r'a="say \"x\""', [("a", "=", 'say "x"')]),
        (r'a="c:\\d"', [("a", "=", r"c:\d")]),
        (r'a="one\ntwo\tthree"', [("a", "=", "one\ntwo\tthree")]),
        (r'a=~"\d+\.x"', [("a", "=~", r"\d+\.x")]),
        ('"my label"="x"', [("my label", "=", "x")]),
        ("_a1=b-c.d/e:f", [("_a1", "=", "b-c.d/e:f")]),
    ],
)
def test_what_is_understood(text, expected):
    assert [(m.name, m.operator, m.value) for m in parse(text)] == expected


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("severity", "syntax", "severity"),
        ("a=b c=d", "syntax", "c=d"),
        ("a=b,,c=d", "syntax", ",c=d"),
        ("1a=b", "syntax", "1a=b"),
        ('a="b', "syntax", '"b'),
        ("a==b", "syntax", "=b"),
        ("a=b" + "x" * 50 + "=", "syntax", "="),
        ("{a=b", "brace", "{"),
        ("a=b}", "brace", "}"),
        (",".join(f"a{n}=b" for n in range(21)), "many", "20"),
        ('a=~"' + "x" * 201 + '"', "long", "200"),
        ('a=~"["', "pattern", "["),
        ('a=~"("', "pattern", "("),
        ('a=~"*"', "pattern", "nothing to repeat"),
        ('a=~"b)"', "pattern", "b)"),
        (r'a=~"(b)\\1"', "special", r"\1"),
        (r'a=~"\bx"', "special", r"\b"),
        ('a=~"(?=x)"', "special", "(?="),
        ('a=~"(?i)x"', "special", "(?i"),
        ('a=~"(?P<n>x)"', "special", "(?P"),
        ('a=~"(x+)+"', "nested", "(x+)+"),
        ('a=~"(x|y)*"', "nested", "(x|y)*"),
        ('a!~"(?:x?)y{2}(?:z+){3}"', "nested", "z+"),
        ('a=~"a*b*c*d*"', "choices", "3"),
        ('a=~"(a|b)(c|d)(e|f)(g|h)"', "choices", "3"),
        ('a=~"x|a?b+c{2}d*"', "choices", "3"),
        ('a=~".*b|.*.*c|.*.*.*d|e*"', "loops", "6"),
        ('a=~".*b.*",c!~".*.*d",e=~"f+g*h?"', "loops", "6"),
    ],
)
def test_what_is_refused_says_why(text, code, shown):
    with pytest.raises(MatcherError) as caught:
        parse(text)
    assert caught.value.code == code
    assert shown in str(caught.value)
    assert str(caught.value) == matchers.PROBLEMS[code] % caught.value.params


@pytest.mark.parametrize(
    "pattern",
    [
        "info|warning",
        "a.*|b.*|c.*|d.*",
        "a*b*c*",
        "(?:order|invoice)-.*-(?:eu|us)",
        "(abc)+",
        "[*+?]{2}x*",
        "[]a]+",
        "[^]*+?|]*[a]*[b]*",
        r"[\]*+?]*a*b*",
        r"\(\*\+\?x*",
        r"\d\D\w\W\s\S",
        "x" * 200,
        "(a(b)c)+",
        "a+|b?c{1,3}d*",
        "(a|b)|c*d*e*",
        "a*|b*c*|d*e*f*",
    ],
)
def test_patterns_that_are_harmless(pattern):
    (found,) = parse(matchers.render([Matcher("a", "=~", pattern)]))
    assert found.value == pattern


@pytest.mark.parametrize(
    ("matcher", "value", "expected"),
    [
        (("=", "x"), "x", True),
        (("=", "x"), "y", False),
        (("=", ""), None, True),
        (("=", "x"), None, False),
        (("!=", "x"), "y", True),
        (("!=", "x"), "x", False),
        (("!=", "x"), None, True),
        (("=~", "x.*"), "xy", True),
        (("=~", "x"), "xy", False),
        (("=~", "y"), "xy", False),
        (("=~", ".*"), None, True),
        (("=~", ".+"), None, False),
        (("!~", "x.*"), "xy", False),
        (("!~", "x"), "xy", True),
        (("=", "5"), 5, True),
        (("=~", "x{128}"), "x" * 300, True),
        (("=~", "x{127}"), "x" * 300, False),
    ],
)
def test_what_matches(matcher, value, expected):
    labels = {} if value is None else {"a": value}
    assert Matcher("a", *matcher).matches(labels) is expected


def test_all_must_match():
    both = parse("a=1,b=2")
    assert matchers.matches_all(both, {"a": "1", "b": "2"})
    assert not matchers.matches_all(both, {"a": "1"})
    assert matchers.matches_all((), {})


def test_twenty_conditions_are_fine():
    assert len(parse(",".join(f"a{n}=b" for n in range(20)))) == 20


@given(
    st.lists(
        st.builds(Matcher, NAMES, st.sampled_from(["=", "!="]), st.text()), max_size=5
    )
)
def test_what_is_rendered_reads_back(found):
    assert list(parse(matchers.render(found))) == found


@given(st.text(alphabet='ab{}=~!,"\\ (|)*+?[]', max_size=30))
def test_any_text_is_parsed_or_refused_with_a_reason(text):
    try:
        parse(text)
    except MatcherError as error:
        assert error.code in matchers.PROBLEMS


@given(st.text(alphabet="ab|()*+?{2}[]^.\\", max_size=20))
def test_a_pattern_that_is_taken_is_quick(pattern):
    """No group that is repeated repeats or chooses, whatever the pattern."""
    with suppress(MatcherError):
        (found,) = parse(matchers.render([Matcher("a", "=~", pattern)]))
        assert found.value == pattern
        found.matches({"a": "ab" * 128 + "!"})
        assert re.compile(pattern)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("a", "b", 'a="b"'),
        ("_Ab9", "", '_Ab9=""'),
        ("B", "x", 'B="x"'),
        ("a b", "x", '"a b"="x"'),
        ("9a", "x", '"9a"="x"'),
        ('q"', 'say "x"', r'"q\""="say \"x\""'),
        ("a", "c:\\d", 'a="c:\\\\d"'),
    ],
)
def test_how_it_is_rendered(name, value, text):
    assert matchers.render([Matcher(name, "=", value)]) == text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"x\1", r'The pattern "x\1" uses "\1", which'),
        ("x(?=y)z", 'The pattern "x(?=y)z" uses "(?=", which'),
        ("a*b*c*d*", 'The pattern "a*b*c*d*" leaves'),
        ("(a+)*", 'The pattern "(a+)*" repeats'),
    ],
)
def test_the_pattern_and_the_place_are_named(pattern, text):
    with pytest.raises(MatcherError) as caught:
        parse(matchers.render([Matcher("a", "=~", pattern)]))
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("pattern", ["*x", "a*(b)+", "(a|b)(c)+", "a?(b)(c)*", "x(y)*"])
def test_only_what_is_in_the_group_counts_as_nested(pattern):
    with suppress(MatcherError):
        parse(matchers.render([Matcher("a", "=~", pattern)]))
        return
    with pytest.raises(MatcherError) as caught:
        parse(matchers.render([Matcher("a", "=~", pattern)]))
    assert caught.value.code == "pattern"


def test_a_backslash_before_x_stays():
    with pytest.raises(MatcherError, match=r"\\X"):
        parse(r'a=~"\X"')
    assert parse(r'a="\X"')[0].value == r"\X"
