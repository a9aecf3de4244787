"""What a server action's wish for an incident becomes."""

from __future__ import annotations

MAX_TITLE = 200


def group_key(
    action_id: int, model: str | None, res_id: int | None, company_id: int
) -> str:
    """Return by which key wishes are one incident: same action, same record.

    >>> group_key(7, "sale.order", 42, 1)
    'action:7:sale.order,42:1'
    >>> group_key(7, None, None, 1)
    'action:7::1'
    """
    about = f"{model},{res_id}" if res_id else ""
    return f"action:{action_id}:{about}:{company_id}"


def title(text: str, record_name: str | None) -> str:
    """Return the title with the name of the record, in one line.

    ``{record}`` in the text says where the name belongs, else it stands at its end.

    >>> title("Order cannot be shipped", "S00042")
    'Order cannot be shipped: S00042'
    >>> title("{record} cannot be shipped", "S00042")
    'S00042 cannot be shipped'
    """
    name = " ".join((record_name or "").split())
    if "{record}" in text:
        text = text.replace("{record}", name)
    elif name:
        text = f"{text}: {name}"
    text = " ".join(text.split())
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"
