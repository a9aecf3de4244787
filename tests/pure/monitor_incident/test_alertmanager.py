import copy
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_incident.tools import alertmanager
from odoo.addons.monitor_incident.tools.alertmanager import (
    Alert,
    BadNotification,
    Known,
    group_key,
    is_news,
    observations,
    parse,
    parse_severities,
    snippet,
    title_of,
)

NOW = datetime(2026, 1, 5, 12)
HOUR = timedelta(hours=1)
FIRING = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "instance": "db1", "severity": "critical"},
    "annotations": {"summary": "Disk of db1 is full"},
    "startsAt": "2026-01-05T11:30:00.457Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://prometheus.example.com/graph?g0",
    "fingerprint": "9f96bcab57f85ee7",
}
RESOLVED = {
    **FIRING,
    "status": "resolved",
    "endsAt": "2026-01-05T11:45:59.999+00:30",
}


def message(*alerts, **values):
    return {"version": "4", "groupKey": "{}:{a}", "alerts": list(alerts), **values}


def read(*alerts, **values):
    return parse(message(*alerts, **values), NOW, {})


def test_a_firing_alert():
    found = read(FIRING, truncatedAlerts=3)

    assert found.group_key == "{}:{a}"
    assert found.truncated == 3
    (alert,) = found.alerts
    assert alert == Alert(
        key="9f96bcab57f85ee7",
        labels=FIRING["labels"],
        annotations={
            "summary": "Disk of db1 is full",
            "generator_url": "https://prometheus.example.com/graph?g0",
        },
        started=datetime(2026, 1, 5, 11, 30),
        ended=None,
        severity="critical",
        title="Disk of db1 is full",
    )


def test_a_resolved_alert_in_another_zone_ends_not_before_it_began():
    (alert,) = read(RESOLVED).alerts
    assert alert.ended == alert.started == datetime(2026, 1, 5, 11, 30)
    (alert,) = read({**RESOLVED, "endsAt": "2026-01-05T13:00:00+01:00"}).alerts
    assert alert.ended == NOW


@pytest.mark.parametrize("moment", [None, "", "0001-01-01T00:00:00Z"])
def test_a_moment_that_nobody_told_is_now(moment):
    (alert,) = read({**RESOLVED, "startsAt": moment, "endsAt": moment}).alerts
    assert alert.started == alert.ended == NOW
    (alert,) = read({"status": "firing"}).alerts
    assert alert.started == NOW
    assert alert.ended is None


def test_the_first_day_in_the_east_is_no_moment():
    (alert,) = read({**FIRING, "startsAt": "0001-01-01T00:00:00+14:00"}).alerts
    assert alert.started == NOW


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ([], "The body is a JSON object."),
        (None, "The body is a JSON object."),
        ({}, "alerts: a list is needed."),
        ({"alerts": {}}, "alerts: a list is needed."),
        ({"alerts": [], "version": "3"}, "version: only 4 is known."),
        ({"alerts": [7]}, "alerts[0]: an object is needed."),
        (
            {"alerts": [FIRING, {**FIRING, "status": "odd"}]},
            "alerts[1].status: firing or resolved.",
        ),
        ({"alerts": [{}]}, "alerts[0].status: firing or resolved."),
        (
            {"alerts": [{**FIRING, "labels": []}]},
            "alerts[0].labels: an object is needed.",
        ),
        (
            {"alerts": [{**FIRING, "annotations": "x"}]},
            "alerts[0].annotations: an object is needed.",
        ),
        (
            {"alerts": [{**FIRING, "startsAt": "soon"}]},
            "alerts[0].startsAt: no moment like 2026-01-05T12:00:00Z.",
        ),
        (
            {"alerts": [{**FIRING, "startsAt": 7}]},
            "alerts[0].startsAt: no moment like 2026-01-05T12:00:00Z.",
        ),
        (
            {"alerts": [{**RESOLVED, "endsAt": "2026-13-05T12:00:00Z"}]},
            "alerts[0].endsAt: no moment like 2026-01-05T12:00:00Z.",
        ),
    ],
)
def test_what_is_no_message_is_refused(body, complaint):
    with pytest.raises(BadNotification) as caught:
        parse(body, NOW, {})
    assert str(caught.value) == complaint


def test_version_and_group_may_be_missing():
    found = parse({"alerts": []}, NOW, {})
    assert (found.alerts, found.group_key, found.truncated) == ((), "", 0)
    found = parse({"alerts": [], "groupKey": 7, "truncatedAlerts": -1}, NOW, {})
    assert (found.group_key, found.truncated) == ("", 0)
    assert parse({"alerts": [], "truncatedAlerts": "1"}, NOW, {}).truncated == 0
    assert parse({"alerts": [], "version": 4}, NOW, {}).alerts == ()


def test_of_an_alert_told_twice_the_last_counts():
    (alert,) = read(FIRING, RESOLVED).alerts
    assert alert.ended is not None


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        *((word, word) for word in ("info", "warning", "error", "critical")),
        ("page", "critical"),
        ("emergency", "critical"),
        ("fatal", "critical"),
        ("disaster", "critical"),
        ("high", "error"),
        ("major", "error"),
        ("average", "error"),
        ("medium", "warning"),
        ("minor", "warning"),
        ("warn", "warning"),
        ("low", "info"),
        ("none", "info"),
        ("notice", "info"),
        ("debug", "info"),
        (" Critical ", "critical"),
        ("odd", "warning"),
        ("", "warning"),
    ],
)
def test_severities(word, severity):
    alert = {**FIRING, "labels": {"severity": word}}
    assert read(alert).alerts[0].severity == severity


def test_severities_of_a_receiver():
    alert = {**FIRING, "labels": {"severity": "P1"}}
    parsed = parse(message(alert), NOW, {"p1": "critical"})
    assert parsed.alerts[0].severity == "critical"
    page = {**FIRING, "labels": {"severity": "page"}}
    assert parse(message(page), NOW, {"page": "info"}).alerts[0].severity == "info"
    none = {**FIRING, "labels": None}
    assert parse(message(none), NOW, {}, "error").alerts[0].severity == "error"


def test_severities_that_people_write():
    assert parse_severities("") == {}
    assert parse_severities("a = info\n \nB=critical") == {
        "a": "info",
        "b": "critical",
    }
    for line in ("a", "= info", "a = bad", "a ="):
        with pytest.raises(ValueError, match="^" + line.strip()):
            parse_severities("ok = info\n  " + line)


@pytest.mark.parametrize("told", [None, 7, "", "x" * 101])
def test_without_a_fingerprint_the_labels_are_one(told):
    one = {**FIRING, "fingerprint": told}
    other = copy.deepcopy(one)
    other["labels"]["instance"] = "x" * 2000 + "1"
    third = copy.deepcopy(one)
    third["labels"]["instance"] = "x" * 2000 + "2"
    keys = [alert.key for alert in read(one, other, third).alerts]
    assert len(set(keys)) == 3
    assert all(len(key) == 32 for key in keys)
    assert [alert.key for alert in read(one).alerts] == keys[:1]


def test_a_long_fingerprint_is_kept():
    (alert,) = read({**FIRING, "fingerprint": "x" * 100}).alerts
    assert alert.key == "x" * 100


def test_texts_are_bounded():
    labels = {f"label{n:03}": n for n in range(100)} | {"a" * 200: "v" * 2000}
    labels["aa"] = None
    (alert,) = read({**FIRING, "labels": labels, "generatorURL": "u" * 2000}).alerts
    assert len(alert.labels) == alertmanager.MAX_LABELS == 64
    assert alert.labels["a" * 100] == "v" * 1000
    assert alert.labels["aa"] == ""
    assert alert.labels["label061"] == "61"
    assert alert.annotations["generator_url"] == "u" * 1000


def test_no_generator_no_annotation():
    (alert,) = read({**FIRING, "generatorURL": "", "annotations": None}).alerts
    assert alert.annotations == {}


@pytest.mark.parametrize(
    ("labels", "annotations", "title"),
    [
        ({}, {}, "Alert without a name"),
        ({"alertname": "A"}, {}, "A"),
        ({"instance": "i"}, {}, "i"),
        ({"alertname": "A", "instance": "i"}, {"summary": " \n "}, "A: i"),
        ({"alertname": "A"}, {"summary": "two\n lines"}, "two lines"),
        ({"alertname": "A"}, {"title": "titled"}, "titled"),
        ({"alertname": "A"}, {"title": "titled", "summary": "said"}, "said"),
        ({}, {"summary": "x" * 200}, "x" * 200),
        ({}, {"summary": "x" * 201}, "x" * 199 + "…"),
    ],
)
def test_titles(labels, annotations, title):
    assert title_of(labels, annotations) == title


def alert(started=0, ended=None, key="a"):
    return Alert(
        key,
        {"alertname": "A"},
        {"summary": "s"},
        NOW + started * HOUR,
        None if ended is None else NOW + ended * HOUR,
        "error",
        "Title",
    )


OPEN, OVER = Known(NOW, None), Known(NOW, NOW + HOUR)


@pytest.mark.parametrize(
    ("label", "told", "known", "news"),
    [
        ("first", alert(), None, True),
        ("over before it was heard of", alert(ended=1), None, False),
        ("again", alert(), OPEN, True),
        ("over", alert(ended=1), OPEN, True),
        ("the end of an earlier one", alert(-2, -1), OPEN, False),
        ("earlier start of the open one", alert(-1), OPEN, True),
        ("late, already over", alert(), OVER, False),
        ("the end again", alert(ended=1), OVER, False),
        ("an end never heard of", alert(2, 3), OVER, False),
        ("anew", alert(2), OVER, True),
        ("before the one that is over", alert(-2), OVER, False),
    ],
)
def test_what_is_news(label, told, known, news):
    assert is_news(told, known) is news, label


def look(told, known):
    stored = {told.key: known} if known else {}
    return observations([told], stored, "alertmanager:3", {"receiver": "r"}, 5)


def test_an_observation():
    (one,) = look(alert(), None)
    assert one.fingerprint == "alertmanager:3:a"
    assert one.labels == {"alertname": "A", "severity": "error", "receiver": "r"}
    assert (one.rule_id, one.active, one.since, one.count) == (0, True, NOW, 1)
    assert (one.code, one.params) == ("external", {"title": "Title"})
    assert (one.name, one.severity, one.company_id) == ("Title", "error", 5)
    assert one.annotations == {"summary": "s"}


def test_only_what_is_new_counts():
    assert look(alert(), OPEN)[0].count == 0
    assert look(alert(1), OPEN)[0].count == 1  # it began anew, its end was not heard
    (over,) = look(alert(ended=1), OPEN)
    assert (over.active, over.count, over.since) == (False, 0, NOW + HOUR)
    assert look(alert(2), OVER)[0].count == 1
    assert look(alert(ended=1), OVER) == []


def test_what_is_not_news_does_not_hide_what_follows():
    told = [alert(ended=1, key="old"), alert(key="new")]
    found = observations(told, {}, "s", {}, None)
    assert [one.fingerprint for one in found] == ["s:new"]


def test_groups():
    keys = {
        group_key("alertmanager:1", "g", 1),
        group_key("alertmanager:2", "g", 1),
        group_key("alertmanager:1", "h", 1),
        group_key("alertmanager:1", "g", 2),
        group_key("alertmanager:1", "g", None),
    }
    assert len(keys) == 5
    assert all(len(key) < 100 for key in keys)
    assert group_key("s", "x" * 10_000, None).endswith(":0")


def test_snippet():
    text = snippet("https://odoo.example/t", 'He said "x"')
    assert text.splitlines() == [
        "receivers:",
        '  - name: "He said \\"x\\""',
        "    webhook_configs:",
        "      - url: https://odoo.example/t",
        "        send_resolved: true",
        "        max_alerts: 1000",
    ]


words = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4)
    ),
    max_leaves=12,
)
alerts = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved", "odd"])},
    optional=dict.fromkeys(FIRING.keys() - {"status"}, json_values),
)


@given(json_values | st.fixed_dictionaries({"alerts": st.lists(alerts, max_size=4)}))
def test_whatever_comes_is_read_or_refused(body):
    try:
        found = parse(body, NOW, {})
    except BadNotification:
        return
    for one in found.alerts:
        assert one.ended is None or one.ended >= one.started
        assert one.severity in alertmanager.SEVERITIES
        assert one.key and len(one.title) <= alertmanager.MAX_TITLE
