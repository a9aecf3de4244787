"""Titles of alerts: short, without what changes by the minute."""

import re

import pytest

from odoo.addons.monitor_incident.tools import summaries


@pytest.mark.parametrize("code", sorted(summaries.TITLES))
def test_each_title_can_be_shown(code):
    names = re.findall(r"%\((\w+)\)s", summaries.TITLES[code])
    shown = summaries.title(code, {name: f"<{name}>" for name in names}, "Rule")
    assert shown
    assert all(f"<{name}>" in shown for name in names)
    assert summaries.title(code, None, "Rule")
    assert code in summaries.SENTENCES


@pytest.mark.parametrize("code", ["outage", "backlog", "defect"])
def test_the_name_of_the_rule_says_it(code):
    assert summaries.title(code, {"what": "x", "error": "y"}, "Down") == "Down"


def test_a_record_is_named_with_its_rule():
    shown = summaries.title("record_age", {"record": "BILL/1"}, "Waits")
    assert shown == "Waits: BILL/1"


def test_what_has_no_title_is_told_in_full():
    assert summaries.title("failed", {"error": "no"}, "R") == 'A run failed: "no"'
    assert summaries.title("lost", {}, "R") == "A run stopped without finishing"


@pytest.mark.parametrize("code", [None, "", "no such code"])
def test_what_is_not_known_has_the_name_of_its_rule(code):
    assert summaries.title(code, None, "Rule") == "Rule"
