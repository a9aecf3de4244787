"""The people of the demo company. Each one's password is the login."""

from typing import NamedTuple


class Person(NamedTuple):
    """Somebody with a job, Odoo's groups for it, and a group of the Monitor."""

    name: str
    job: str
    groups: tuple
    monitor_group: str | None = None


PEOPLE = {
    "ana": Person(
        "Ana Ferreira",
        "Finance manager",
        (
            "base.group_user",
            "account.group_account_manager",
            "purchase.group_purchase_user",
        ),
        "monitor_core.group_monitor_manager",
    ),
    "omar": Person(
        "Omar Nasser",
        "Operations lead",
        (
            "base.group_user",
            "sales_team.group_sale_salesman_all_leads",
            "stock.group_stock_manager",
            "purchase.group_purchase_manager",
        ),
        "monitor_core.group_monitor_operator",
    ),
    "sofia": Person(
        "Sofia Lind",
        "Sales manager",
        ("base.group_user", "sales_team.group_sale_manager"),
        "monitor_core.group_monitor_viewer",
    ),
    "tom": Person(
        "Tom Becker",
        "Salesperson",
        ("base.group_user", "sales_team.group_sale_salesman_all_leads"),
    ),
}
