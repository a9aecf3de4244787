"""Draw a status badge: one line of two words, as pages of projects show them."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

MAX_LABEL = 60
#: Colour of each health: green is quiet, red demands; all with 4.5:1 to white text.
COLOURS = {
    "new": "#5f6b7a",
    "healthy": "#2f7d4f",
    "late": "#a15c00",
    "degraded": "#a15c00",
    "failing": "#b42318",
    "paused": "#6b4fbb",
    "unknown": "#5f6b7a",
}
_PADDING = 10  # pixels at each end of a text
_CHARACTER = 7  # pixels, on average, in Verdana 11
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" \
aria-label="{label}: {health}">
<title>{label}: {health}</title>
<rect width="{left}" height="20" fill="#444b54"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" \
font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
<text x="{left_middle}" y="14" textLength="{left_text}">{label}</text>
<text x="{right_middle}" y="14" textLength="{right_text}">{health}</text>
</g>
</svg>
"""


class Badge(NamedTuple):
    """What a badge says: whose, and how it is."""

    label: str
    health: str

    @property
    def colour(self) -> str:
        return COLOURS.get(self.health, COLOURS["unknown"])


def make(name: str, health: str) -> Badge:
    """Return the badge of a workflow: its name on one line and not too long.

    >>> make("Order\\n to  cash", "healthy")
    Badge(label='Order to cash', health='healthy')
    """
    label = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(label) > MAX_LABEL:
        label = label[: MAX_LABEL - 1] + "…"
    return Badge(label or "workflow", health)


def to_svg(badge: Badge) -> str:
    """Return the picture. All text is escaped: a name may hold anything.

    >>> "&lt;script&gt;" in to_svg(Badge("<script>", "healthy"))
    True
    """
    left_text = len(badge.label) * _CHARACTER
    right_text = len(badge.health) * _CHARACTER
    left, right = left_text + 2 * _PADDING, right_text + 2 * _PADDING
    return _SVG.format(
        width=left + right,
        left=left,
        right=right,
        left_text=left_text,
        right_text=right_text,
        left_middle=left / 2,
        right_middle=left + right / 2,
        colour=badge.colour,
        label=escape(badge.label),
        health=escape(badge.health),
    )


def to_endpoint(badge: Badge) -> dict:
    """Return what shields.io draws a badge from (its *endpoint* schema).

    >>> to_endpoint(Badge("Order", "failing"))["color"]
    '#b42318'
    """
    return {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.health,
        "color": badge.colour,
        "isError": badge.health == "failing",
    }
