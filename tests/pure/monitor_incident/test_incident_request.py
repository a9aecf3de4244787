import pytest

from odoo.addons.monitor_incident.tools.incident_request import group_key, title


def test_groups():
    assert group_key(7, "sale.order", 42, 1) == "action:7:sale.order,42:1"
    assert group_key(7, "sale.order", None, 1) == "action:7::1"
    assert group_key(7, "sale.order", 0, 2) == "action:7::2"


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("Late", None, "Late"),
        ("Late", "", "Late"),
        ("Late", "S1\n two", "Late: S1 two"),
        ("{record} is late", "S1", "S1 is late"),
        ("{record} is late", None, "is late"),
        ("{0} {record.env}", "S1", "{0} {record.env}: S1"),
        ("x" * 200, None, "x" * 200),
        ("x" * 150, "y" * 60, "x" * 150 + ": " + "y" * 47 + "…"),
    ],
)
def test_titles(text, name, shown):
    assert title(text, name) == shown
