from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools.scales import CRITICALITIES, SEVERITIES
from odoo.addons.monitor_incident.tools import priority
from odoo.addons.monitor_incident.tools.priority import Facts

SEVERITY = [value for value, _label in SEVERITIES]
CRITICALITY = [value for value, _label in CRITICALITIES]

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("criticality", "expected"),
    [("low", "4433"), ("medium", "4332"), ("high", "3321"), ("critical", "3211")],
)
def test_the_matrix(criticality, expected):
    """Severity from info to critical, for each criticality of the workflow."""
    found = [priority.decide(Facts(s, criticality)).value for s in SEVERITY]
    assert "".join(found) == expected


@pytest.mark.parametrize(
    ("facts", "impact", "by"),
    [
        ({}, 1, "criticality"),
        ({"value": 999.99}, 1, "criticality"),
        ({"value": 1_000}, 2, "value"),
        ({"value": 10_000}, 3, "value"),
        ({"value": 100_000}, 4, "value"),
        ({"customers": 1}, 2, "customers"),
        ({"customers": 9}, 2, "customers"),
        ({"customers": 10}, 3, "customers"),
        ({"customers": 100}, 4, "customers"),
        ({"records": 9}, 1, "criticality"),
        ({"records": 10}, 2, "records"),
        ({"records": 100}, 3, "records"),
        ({"records": 1_000}, 4, "records"),
        ({"records": 10, "value": 10_000}, 3, "value"),
        ({"criticality": "high", "value": 1_000}, 3, "criticality"),
        ({"criticality": "critical"}, 4, "criticality"),
    ],
)
def test_impact_is_the_highest_of_what_speaks_for_it(facts, impact, by):
    found = priority.decide(Facts(**{"severity": "info", "criticality": "low"} | facts))
    assert (found.impact, found.impact_by) == (impact, by)


@pytest.mark.parametrize(
    ("severity", "hours", "urgency", "by"),
    [
        ("info", None, 1, "severity"),
        ("info", 25, 1, "severity"),
        ("info", 24, 2, "deadline"),
        ("info", 4, 3, "deadline"),
        ("info", 1, 4, "deadline"),
        ("info", -5, 4, "deadline"),
        ("critical", None, 4, "severity"),
        ("warning", 24, 2, "severity"),
    ],
)
def test_urgency_is_the_highest_of_severity_and_deadline(severity, hours, urgency, by):
    left = None if hours is None else timedelta(hours=hours)
    found = priority.decide(Facts(severity, time_left=left))
    assert (found.urgency, found.urgency_by) == (urgency, by)


def test_a_scale_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="fatal"):
        priority.decide(Facts("fatal"))


@given(
    st.sampled_from(SEVERITY),
    st.sampled_from(CRITICALITY),
    st.floats(0, 1e6),
    st.integers(0, 1000),
)
def test_more_impact_is_never_less_urgent(severity, criticality, value, records):
    less = priority.decide(Facts(severity, criticality))
    more = priority.decide(Facts(severity, criticality, value, records=records))
    assert int(more.value) <= int(less.value)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(30, 6), (24, 20), (23, 19), (4, 3), (3, 2), (1, None), (-2, None), (None, None)],
)
def test_when_the_deadline_alone_changes_it(left, expected):
    hours = [None if h is None else timedelta(hours=h) for h in (left, expected)]
    assert priority.changes_in(hours[0]) == hours[1]


@given(st.timedeltas(timedelta(minutes=-1), timedelta(days=9)))
def test_it_changes_then_and_not_before(left):
    soon = priority.changes_in(left)
    urgency = priority.decide(Facts("info", time_left=left)).urgency
    if soon is None:
        assert urgency == 4
        return
    just_before = priority.decide(Facts("info", time_left=left - soon + SECOND)).urgency
    then = priority.decide(Facts("info", time_left=left - soon)).urgency
    assert (just_before, then) == (urgency, urgency + 1)
