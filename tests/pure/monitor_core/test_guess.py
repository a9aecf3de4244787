import pytest

from odoo.addons.monitor_core.tools.guess import criticality


@pytest.mark.parametrize(
    ("module", "guess"),
    [
        ("sale", "high"),
        ("sale_management", "high"),
        ("point_of_sale", "high"),
        ("salesforce", "medium"),
        ("digest", "low"),
        ("web_tour", "low"),
        ("website", "medium"),
        ("crm", "medium"),
        ("presale", "medium"),
        ("", "medium"),
        (None, "medium"),
        (False, "medium"),
    ],
)
def test_criticality(module, guess):
    assert criticality(module) == guess


def test_the_default_is_for_what_is_not_known():
    assert criticality("crm", default="low") == "low"
    assert criticality("sale", default="low") == "high"
    assert criticality("digest", default="high") == "low"
