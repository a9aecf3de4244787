"""What a badge says and how it is drawn."""

from xml.etree import ElementTree

import pytest

from odoo.addons.monitor_core.tools.scales import HEALTHS
from odoo.addons.monitor_gateway.tools.badge import (
    COLOURS,
    MAX_LABEL,
    Badge,
    make,
    to_endpoint,
    to_svg,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_every_health_has_a_colour():
    assert set(COLOURS) == {value for value, _label in HEALTHS}
    for health, colour in COLOURS.items():
        assert Badge("x", health).colour == colour
    assert Badge("x", "new-word").colour == COLOURS["unknown"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Order to cash", "Order to cash"),
        ("  Order\n\tto\x00cash ", "Order to cash"),
        ("", "workflow"),
        ("\n", "workflow"),
        ("x" * MAX_LABEL, "x" * MAX_LABEL),
        ("x" * (MAX_LABEL + 1), "x" * (MAX_LABEL - 1) + "…"),
        ("Ünïcode ✓", "Ünïcode ✓"),
    ],
)
def test_labels(name, label):
    assert MAX_LABEL == 60
    assert make(name, "late") == Badge(label, "late")


def test_the_picture():
    assert to_svg(Badge("Order", "late")) == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="103" height="20" role="img" '
        'aria-label="Order: late">\n'
        "<title>Order: late</title>\n"
        '<rect width="55" height="20" fill="#444b54"/>\n'
        '<rect x="55" width="48" height="20" fill="#a15c00"/>\n'
        '<g fill="#fff" text-anchor="middle" '
        'font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">\n'
        '<text x="27.5" y="14" textLength="35">Order</text>\n'
        '<text x="79.0" y="14" textLength="28">late</text>\n'
        "</g>\n</svg>\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '" onload="alert(1)',
        "' onload='alert(1)",
        "]]><!--",
        "&lt;b&gt; &amp;",
        "{width} {0} %s",
    ],
)
def test_a_name_stays_text(text):
    for badge in (Badge(text, "healthy"), Badge("Order", text)):
        picture = ElementTree.fromstring(to_svg(badge))

        words = [element.text for element in picture.iter(f"{SVG}text")]
        assert words == [badge.label, badge.health]
        assert picture.get("aria-label") == f"{badge.label}: {badge.health}"
        assert {element.tag for element in picture.iter()} == {
            SVG + tag for tag in ("svg", "title", "rect", "g", "text")
        }
        assert "onload" not in picture.attrib


def test_the_endpoint_of_shields():
    assert to_endpoint(Badge("Order", "failing")) == {
        "schemaVersion": 1,
        "label": "Order",
        "message": "failing",
        "color": "#b42318",
        "isError": True,
    }
    assert to_endpoint(Badge("Order", "late"))["isError"] is False
