import re
from datetime import datetime, timedelta

import pytest

from odoo.addons.monitor_incident.tools import summaries
from odoo.addons.monitor_incident.tools.scales import END_REASONS

MOMENT = datetime(2026, 1, 5, 12)


def test_values_are_shown_as_the_reader_wants():
    shown = summaries.render(
        "running_long",
        {"since": MOMENT, "expected": timedelta(minutes=5)},
        show_moment=lambda moment: f"{moment:%H.%M}",
        show_duration=lambda delta: f"{delta.seconds} s",
        translate=lambda template: template.replace("Running", "Läuft"),
    )
    assert shown == "Läuft since 12.00, usually done in 300 s"


@pytest.mark.parametrize("code", [None, "", "no such code"])
def test_what_is_not_known_is_empty(code):
    assert summaries.render(code, {"a": 1}) == ""


@pytest.mark.parametrize("code", sorted(summaries.SENTENCES))
def test_each_sentence_can_be_shown(code):
    template = summaries.SENTENCES[code]
    names = re.findall(r"%\((\w+)\)s", template)
    assert template.count("%") == len(names)
    text = summaries.render(code, {name: f"<{name}>" for name in names})
    assert all(f"<{name}>" in text for name in names)
    missing = template
    for name in names:
        missing = missing.replace(f"%({name})s", "?")
    assert summaries.render(code, None) == missing


@pytest.mark.parametrize("reason", [value for value, _label in END_REASONS])
def test_each_reason_why_nobody_looks_has_a_sentence(reason):
    """One that says the moment, the reason and of what."""
    text = summaries.render(f"alert_{reason}", {"since": MOMENT, "summary": "Late"})
    assert text.endswith(f"since {MOMENT}: Late")


def test_the_reasons_why_nobody_looks():
    assert [value for value, _label in END_REASONS] == [
        *("paused", "archived", "deleted", "scope", "rule")
    ]
