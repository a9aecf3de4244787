"""First guesses about a workflow that nobody has described yet; shown as guesses."""

from __future__ import annotations

# Technical module prefixes, by what a failure there usually costs.
_HIGH = (
    "account",
    "hr_expense",
    "hr_payroll",
    "payment",
    "point_of_sale",
    "purchase",
    "sale",
    "stock",
)
_LOW = ("digest", "gamification", "google", "im_livechat", "microsoft", "survey", "web")


def criticality(module: str | None, default: str = "medium") -> str:
    """Guess the criticality from the module that owns the automation.

    >>> criticality("sale_management"), criticality("digest"), criticality("crm")
    ('high', 'low', 'medium')
    """
    for prefixes, value in ((_HIGH, "high"), (_LOW, "low")):
        if module and any(_belongs(module, prefix) for prefix in prefixes):
            return value
    return default


def _belongs(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}_")
