"""Envelopes: what the specification requires, and that nothing else gets through."""

import base64
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import kept_json, redaction
from odoo.addons.monitor_gateway.tools.cloudevents import (
    MAX_TEXT,
    Envelope,
    EnvelopeError,
    decode,
    from_headers,
    parse,
)

EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "com.shop.paid"}


def refusal(**attributes):
    with pytest.raises(EnvelopeError) as refused:
        parse({**EVENT, **attributes})
    return str(refused.value)


def test_the_smallest_event():
    assert parse(EVENT) == Envelope("1", "/shop", "com.shop.paid", plain_bytes=32)


def test_all_that_an_event_can_say():
    envelope = parse(
        {
            **EVENT,
            "time": "2026-01-05T12:00:00Z",
            "subject": "S00042",
            "datacontenttype": "application/json",
            "dataschema": "https://shop.example/paid",
            "data": {"amount": 5},
            "shop": "berlin",
            "attempt": 2,
            "test": False,
            "unset": None,
        }
    )

    assert envelope.time == datetime(2026, 1, 5, 12)
    assert (envelope.subject, envelope.data) == ("S00042", {"amount": 5})
    assert envelope.extensions == {"shop": "berlin", "attempt": 2, "test": False}


@pytest.mark.parametrize("event", [None, 5, "text", [], [EVENT]])
def test_what_is_no_object(event):
    with pytest.raises(EnvelopeError) as refused:
        parse(event)
    assert str(refused.value) == "event: an object is expected"


@pytest.mark.parametrize("version", [None, "0.3", "1.1", 1.0, ""])
def test_other_versions(version):
    assert refusal(specversion=version) == 'specversion: "1.0" is expected'


@pytest.mark.parametrize("name", ["id", "source", "type"])
def test_required_texts(name):
    assert refusal(**{name: None}) == f"{name}: is missing"
    assert refusal(**{name: ""}) == f"{name}: is missing"
    assert refusal(**{name: 5}) == f"{name}: a text is expected"
    assert refusal(**{name: "x" * (MAX_TEXT + 1)}) == f"{name}: at most 1024 characters"
    for wrong in ("a\0", "a\n", "\x7f", "\ud800"):
        error = refusal(**{name: wrong})
        assert error == f"{name}: control characters are not allowed"
    assert parse({**EVENT, name: "x" * MAX_TEXT})


@pytest.mark.parametrize("name", ["subject", "datacontenttype", "dataschema"])
def test_optional_texts(name):
    assert refusal(**{name: ""}) == f"{name}: is missing"
    assert refusal(**{name: 5}) == f"{name}: a text is expected"
    assert parse({**EVENT, name: None})


@pytest.mark.parametrize("source", ["two words", "tab\there", "a b"])
def test_a_source_has_no_white_space(source):
    assert refusal(source=source).startswith("source: ")


@pytest.mark.parametrize(
    "source", ["/shop", "urn:uuid:1", "https://a.example/b?c#d", "é"]
)
def test_sources(source):
    assert parse({**EVENT, "source": source}).source == source


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2026-01-05T12:00:00Z", datetime(2026, 1, 5, 12)),
        ("2026-01-05t12:00:00z", datetime(2026, 1, 5, 12)),
        ("2026-01-05 12:00:00Z", datetime(2026, 1, 5, 12)),
        ("2026-01-05 23:59:59z", datetime(2026, 1, 5, 23, 59, 59)),
        ("2026-01-05T12:00:00.5Z", datetime(2026, 1, 5, 12, 0, 0, 500_000)),
        ("2026-01-05T12:00:00.123456789Z", datetime(2026, 1, 5, 12, 0, 0, 123_456)),
        ("2026-01-05T14:30:00+02:30", datetime(2026, 1, 5, 12)),
        ("2026-01-05T07:00:00-05:00", datetime(2026, 1, 5, 12)),
        ("2026-01-06T00:30:00+14:00", datetime(2026, 1, 5, 10, 30)),
        ("1000-01-01T00:00:00Z", datetime(1000, 1, 1)),
    ],
)
def test_moments(text, moment):
    assert parse({**EVENT, "time": text}).time == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-01-05", "2026-01-05T12:00:00", 5, "", "\n", ["a"]]
)
def test_what_is_no_moment(text):
    assert refusal(time=text).startswith("time: a moment such as 2026-01-05T12:00:00Z")


@pytest.mark.parametrize(
    "text",
    ["2026-13-05T12:00:00Z", "2026-01-05T25:00:00Z", "0001-01-01T00:00:00+14:00"],
)
def test_moments_that_do_not_exist(text):
    assert refusal(time=text) == "time: there is no such moment"


# The first is what programs send whose moment was never set.
@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00Z", "0999-12-31T23:59:59Z", "1000-01-01T00:30:00+01:00"],
)
def test_moments_that_odoo_cannot_write(text):
    assert refusal(time=text) == "time: the year 1000 or a later one is expected"


def test_binary_data():
    encoded = base64.b64encode(b'{"a": 1}').decode()

    assert parse({**EVENT, "data_base64": encoded}).data == {"a": 1}
    text = {"data_base64": encoded, "datacontenttype": "text/plain"}
    assert parse({**EVENT, **text}).data == '{"a": 1}'
    assert refusal(data_base64=encoded, data=1) == "data_base64: not beside data"
    for wrong in ("?", 5, "abc", "ab\ncd"):
        assert refusal(data_base64=wrong) == "data_base64: is not base64"


@pytest.mark.parametrize(
    "raw, content_type, data",
    [
        (b"", "application/json", None),
        (b"5", None, 5),
        (b"[1]", "application/json; charset=utf-8", [1]),
        (b"[1]", "Application/Vnd.Shop+JSON", [1]),
        (b"[1]", "text/json", [1]),
        (b"[1]", "application/jsonl", "[1]"),
        (b"\xff", "application/octet-stream", "\ufffd"),
    ],
)
def test_data_is_read_by_its_type(raw, content_type, data):
    assert decode(raw, content_type) == data


@pytest.mark.parametrize("raw", [b"{", b"[" * 100_000, b"\xff"])
def test_data_that_is_not_what_its_type_says(raw):
    with pytest.raises(EnvelopeError) as refused:
        decode(raw, "application/json")
    assert str(refused.value) == "data: is not JSON, as its type says"


@pytest.mark.parametrize("name", ["Upper", "with-dash", "under_score", "ü", ""])
def test_names_of_extensions(name):
    assert "names of attributes are of a-z and 0-9" in refusal(**{name: "x"})


def test_a_long_name_is_cut_in_the_answer():
    assert len(refusal(**{"X" * 1000: "x"})) < 120


@pytest.mark.parametrize("value", [1.5, [], {}])
def test_values_of_extensions(value):
    assert refusal(ext=value) == "ext: a text, number or true/false is expected"


def test_texts_of_extensions_are_checked_too():
    assert refusal(ext="a\0") == "ext: control characters are not allowed"


def test_a_key_is_made_of_source_and_id():
    def key(source, event_id):
        return Envelope(event_id, source, "t").key

    assert key("a", "bc") != key("ab", "c")
    assert key("a", "bc") == key("a", "bc")
    assert len(key("a", "b")) == 32
    # stored keys outlive an update of the suite
    assert key("/shop", "1") == PINNED_KEY


PINNED_KEY = "20803796f5af60d50a4b67945260a8f1"


def test_a_request_in_binary_mode():
    headers = {
        "CE-SpecVersion": "1.0",
        "ce-id": "1",
        "ce-source": "/shop",
        "ce-type": "com.shop.paid",
        "ce-subject": "f%C3%BCr%20alle",
        "Content-Type": "application/json",
        "Accept": "*/*",
    }

    event = from_headers(headers, b'{"a": 1}')

    assert event == {
        **EVENT,
        "subject": "für alle",
        "datacontenttype": "application/json",
        "data": {"a": 1},
    }
    assert parse(event).data == {"a": 1}
    assert "data" not in from_headers(headers, b"")
    assert "datacontenttype" not in from_headers({"ce-id": "1"}, b"")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
names = st.sampled_from([*EVENT, "time", "subject", "data", "data_base64", "ext", "X"])


@pytest.mark.parametrize("name", ["id", "type", "source", "subject", "time", "ext"])
@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_an_attribute_that_is_no_number_of_json(name, number):
    with pytest.raises(EnvelopeError, match=name):
        parse({**EVENT, name: number})


@given(st.dictionaries(names, anything), anything)
def test_nothing_but_a_refusal_is_raised(attributes, event):
    for candidate in ({**EVENT, **attributes}, event):
        try:
            envelope = parse(candidate)
        except ValueError as error:  # also of data that is not JSON
            assert str(error)
        else:
            assert envelope.id and envelope.source and envelope.type and envelope.key


# Size, and what JSON cannot tell


def wrong(**attributes):
    """Return why an event is refused that is no mistake of an attribute."""
    with pytest.raises(ValueError, match=r"^event") as refused:
        parse({**EVENT, **attributes})
    return str(refused.value)


@pytest.mark.parametrize("word", ["Bank refused", "ana@example.com"])
def test_an_event_of_64_kb(word):
    """Whether its data is plain or not, and counted by what it really takes."""
    data = [word] * (65_000 // (len(word) + 3))
    assert parse({**EVENT, "data": data}).data == data
    assert wrong(data=[*data, *data[:90]]) == "event: at most 64 kB"


def test_attributes_count_too():
    data = ["x" * 13] * 4000  # 64,001 bytes
    assert parse({**EVENT, "data": data}).data == data
    long = {f"ext{n}": "é" * 500 for n in range(2)}
    assert wrong(data=data, **long) == "event: at most 64 kB"
    # all that JSON may make of short data, and attributes beside it
    data = ["x" * 13] * 770
    many = {f"ext{n}": "é" * 1000 for n in range(30)}
    assert wrong(data=data, **many) == "event: at most 64 kB"
    assert parse({**EVENT, "data": data}).data == data


def test_what_is_no_json_is_named():
    assert wrong(data={"a": float("nan")}) == "event.data.a: nan is not JSON"
    assert wrong(data={"a": {1}}) == "event.data.a: a set is not JSON"
    assert wrong(ext=10**2000) == "event.ext: a number of more than 1000 digits"
    assert wrong(data="x", ext=10**2000).startswith("event.ext: a number")


def test_plain_data_is_measured_once():
    data = {"order": "S00042", "salary": 5}
    assert parse({**EVENT, "data": data}).plain_bytes == kept_json.plain_bytes(data)
    assert parse({**EVENT, "data": {"token": "x"}}).plain_bytes is None
    policy = redaction.make_policy(["salary"])
    assert parse({**EVENT, "data": data}, policy).plain_bytes is None


def test_the_longest_attribute():
    longest = "x" * 1024
    assert parse({**EVENT, "id": longest}).id == longest
    assert refusal(id=longest + "x") == "id: at most 1024 characters"
    assert refusal(id="\n" * 1024) == "id: control characters are not allowed"


def test_names_of_extensions_that_are_refused_are_shown():
    assert refusal(**{"X" * 50: "a"}).startswith(f"'{'X' * 40}': names of attributes")
