"""The text of metrics, character by character."""

import math

import pytest

from odoo.addons.monitor_gateway.tools.exposition import (
    BOUNDS,
    COUNTER,
    GAUGE,
    HISTOGRAM,
    OPENMETRICS,
    TEXT,
    Buckets,
    Family,
    escape_help,
    format_value,
    label_pairs,
    negotiate,
    render,
    to_buckets,
)

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,"
    "application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


def test_the_content_types_are_the_published_ones():
    assert TEXT == "text/plain; version=0.0.4; charset=utf-8"
    assert OPENMETRICS == "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, TEXT),
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html", TEXT),
        ("text/plain;version=0.0.4", TEXT),
        (PROMETHEUS_2, OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
        ('application/openmetrics-text; version="1.0.0"', OPENMETRICS),
        (" Application/OpenMetrics-Text ; Version=1.0.0 ", OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", TEXT),
        ("application/openmetrics-text;version=1.0.0;escaping=x", OPENMETRICS),
        ("application/openmetrics-text;flag", OPENMETRICS),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=0.01", OPENMETRICS),
        ("application/openmetrics-text;q=many", TEXT),
        ("application/openmetrics-text;q=0.5,text/plain", TEXT),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.5", OPENMETRICS),
        ("application/openmetrics-text;q=0.5,text/*;q=0.6", TEXT),
        ("application/openmetrics-text;q=0.5,*/*;q=0.6", TEXT),
        ("text/plain,application/openmetrics-text", OPENMETRICS),
        ("text/plain;q=0.9,text/plain;q=0.1,application/openmetrics-text;q=0.5", TEXT),
        (
            "application/openmetrics-text;q=0.9,application/openmetrics-text;q=0.1,"
            "text/plain;q=0.5",
            OPENMETRICS,
        ),
        ("application/openmetrics-text;version=1.0.0=x", TEXT),
    ],
)
def test_the_format_is_the_one_preferred(accept, expected):
    assert negotiate(accept) == expected


def family(kind=GAUGE, samples=(({"code": "a"}, 1),), name="jobs", text="Jobs."):
    return Family(name, kind, text, samples)


HIST = family(HISTOGRAM, [({"code": "a"}, Buckets((0.1, 2.0), (3, 0, 2), 7.5))], "took")


def test_text_format():
    families = [family(), family(COUNTER, [({}, 2.5)], "runs"), HIST]

    assert render(families, TEXT) == (
        "# HELP jobs Jobs.\n"
        "# TYPE jobs gauge\n"
        'jobs{code="a"} 1\n'
        "# HELP runs_total Jobs.\n"
        "# TYPE runs_total counter\n"
        "runs_total 2.5\n"
        "# HELP took Jobs.\n"
        "# TYPE took histogram\n"
        'took_bucket{code="a",le="0.1"} 3\n'
        'took_bucket{code="a",le="2.0"} 3\n'
        'took_bucket{code="a",le="+Inf"} 5\n'
        'took_sum{code="a"} 7.5\n'
        'took_count{code="a"} 5\n'
    )


def test_openmetrics_format():
    families = [family(COUNTER, [({}, 2)], "runs"), HIST]

    assert render(families, OPENMETRICS) == (
        "# HELP runs Jobs.\n"
        "# TYPE runs counter\n"
        "runs_total 2\n"
        "# HELP took Jobs.\n"
        "# TYPE took histogram\n"
        'took_bucket{code="a",le="0.1"} 3\n'
        'took_bucket{code="a",le="2.0"} 3\n'
        'took_bucket{code="a",le="+Inf"} 5\n'
        'took_sum{code="a"} 7.5\n'
        'took_count{code="a"} 5\n'
        "# EOF\n"
    )


def test_nothing_is_a_document_too():
    assert render([], TEXT) == ""
    assert render([], OPENMETRICS) == "# EOF\n"
    assert render([family(samples=())], OPENMETRICS) == "# EOF\n"


def test_several_addons_add_to_one_family():
    first = family(samples=[({"code": "a"}, 1)])
    second = family(samples=[({"code": "b"}, 2)], text="Told otherwise.")
    between = family(name="other")

    assert render([first, between, second], TEXT) == (
        '# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{code="a"} 1\njobs{code="b"} 2\n'
        '# HELP other Jobs.\n# TYPE other gauge\nother{code="a"} 1\n'
    )


@pytest.mark.parametrize(
    ("families", "message"),
    [
        ([family(name="1st")], "^no name of a metric: '1st'$"),
        ([family(name="a-b")], "^no name of a metric: 'a-b'$"),
        ([family(name="")], "^no name of a metric: ''$"),
        ([family("summary")], "^jobs: no kind of metric: summary$"),
        ([family(), family(COUNTER)], "^jobs is gauge and counter$"),
        (
            [family(samples=[({"a": "1", "b": "2"}, 1), ({"b": "2", "a": "1"}, 2)])],
            "^jobs: twice the same series {'b': '2', 'a': '1'}$",
        ),
        ([family(), family()], "^jobs: twice the same series {'code': 'a'}$"),
        ([family(samples=[({"__x": "1"}, 1)])], "^no name of a label: '__x'$"),
        ([family(samples=[({"a b": "1"}, 1)])], "^no name of a label: 'a b'$"),
        ([family(HISTOGRAM, [({}, Buckets((1.0,), (1,), 1.0))])], "zip"),
    ],
)
@pytest.mark.parametrize("content_type", [TEXT, OPENMETRICS])
def test_what_no_reader_would_take_is_refused(families, message, content_type):
    with pytest.raises(ValueError, match=message):
        render(families, content_type)


def test_names_that_are_allowed():
    text = render([family(name="a:B_9", samples=[({"_x9": "1"}, 1)])], TEXT)

    assert text.endswith('\na:B_9{_x9="1"} 1\n')


def test_label_values_are_cut_then_escaped():
    assert label_pairs({"a": "x" * 129}) == [f'a="{"x" * 128}"']
    assert label_pairs({"a": '"' * 129}) == ['a="' + r"\"" * 128 + '"']
    assert label_pairs({"a": 7, "b": ""}) == ['a="7"', 'b=""']


def test_series_that_differ_only_beyond_the_cut_are_the_same():
    samples = [({"a": "x" * 128 + end}, 1) for end in "yz"]

    with pytest.raises(ValueError, match="twice"):
        render([family(samples=samples)], TEXT)


@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("plain", True, "plain"),
        ("a\\b", False, "a\\\\b"),
        ("a\\n", True, "a\\\\n"),
        ("a\nb", False, "a\\nb"),
        ("a\r\nb", True, "a \\nb"),
        ('say "hi"', False, 'say "hi"'),
        ('say "hi"', True, 'say \\"hi\\"'),
    ],
)
def test_escaping(text, quotes, expected):
    assert escape_help(text, quotes) == expected


def test_help_texts_are_escaped_as_each_format_has_it():
    quoted = [family(text='A "b"\n')]

    assert render(quoted, TEXT).startswith('# HELP jobs A "b"\\n\n')
    assert render(quoted, OPENMETRICS).startswith('# HELP jobs A \\"b\\"\\n\n')


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (True, "1"),
        (10**20, "100000000000000000000"),
        (0.0, "0.0"),
        (-1.5, "-1.5"),
        (1e22, "1e+22"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers(value, expected):
    assert format_value(value) == expected


def test_a_duration_falls_into_the_first_bucket_that_holds_it():
    assert to_buckets({0.1: 1, 0.100001: 2, 1.0: 4, 1.5: 8}, 9.0, (0.1, 1.0)) == (
        (0.1, 1.0),
        (1, 6, 8),
        9.0,
    )
    assert to_buckets({}, 0.0, (0.1,)) == ((0.1,), (0, 0), 0.0)


def test_the_buckets_are_few_and_ascending():
    buckets = to_buckets({1e9: 1}, 1e9)

    assert buckets.bounds == BOUNDS == tuple(sorted(set(BOUNDS)))
    assert buckets.counts == (0,) * 12 + (1,)
