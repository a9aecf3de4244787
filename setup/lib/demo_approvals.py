"""What waits for a decision in the demo company, and what was decided as it should not.

    python demo_approvals.py

Purchase orders and expenses are approved in Odoo and observed; large quotations are
approved in the Monitor: Tom asks, Sofia decides, above a limit Ana as well.
"""

from demo_automations import FAULTS
from demo_client import Person, run_scheduled, wait_until
from demo_work import companies, find_order

AGE = "Monitor: age approvals"
PURCHASES = "Approval of purchase orders"
LIMIT = 5000
QUOTATIONS = "Large quotations"
#: Reference, amount, who buys, and what becomes of it.
ORDERS = [
    ("Forklift battery", 8600, "ana", "waits"),
    ("Racking for hall 2", 12400, "ana", "waits"),
    ("Packing tape, a year's need", 6150, "ana", "approved"),
    ("Labels", 480, "ana", "small"),
]
OWN_ORDER = ("Company bicycles", 9900, "omar", "own")
EXPENSES = [("Train to Lyon", 186.40), ("Dinner with a customer", 92.00)]
#: Reference and amount of quotations for which Tom asks.
REQUESTS = [("BIG-1", 3200), ("BIG-2", 12800), ("BIG-3", 4700)]


def main():
    """Do it all; what was done before is not done again."""
    admin = Person("admin")
    double_validation(admin)
    employ(admin)
    for order in ORDERS + ([OWN_ORDER] if FAULTS else []):
        buy(admin, *order)
    for name, amount in EXPENSES:
        spend(name, amount)
    policy = quotation_policy(Person("ana"), user_ids(admin))
    ask(admin, policy)
    look(admin)


def user_ids(admin):
    """Return ``{login: id}``."""
    rows = admin.rows("res.users", names=["login"])
    return {row["login"]: row["id"] for row in rows}


def look(admin):
    """Let the Monitor take in what happened."""
    run_scheduled(admin, AGE)
    wait_until(
        lambda: not admin.search("monitor.approval.observation", limit=1),
        60,
        "what was seen of documents is taken in",
    )


# -- Approved in Odoo --------------------------------------------------------


def double_validation(admin):
    """Have purchase managers approve large orders, as in the settings of Purchase."""
    company = admin.search("res.company", order="id", limit=1)
    admin.write(
        "res.company",
        company,
        po_double_validation="two_step",
        po_double_validation_amount=LIMIT,
    )
    run_scheduled(admin, AGE)
    wait_until(
        lambda: admin.search("monitor.approval.policy", ["adapter", "=", "purchase"]),
        60,
        "the policy of purchase orders is there",
    )


def employ(admin):
    """Make Tom an employee whose expenses Sofia approves."""
    users = user_ids(admin)
    if not admin.search("hr.employee", ["user_id", "=", users["tom"]]):
        admin.create(
            "hr.employee",
            name="Tom Becker",
            user_id=users["tom"],
            expense_manager_id=users["sofia"],
        )


def buy(admin, reference, amount, login, story):
    """Order something; approve it, or leave it waiting."""
    buyer, omar = Person(login), Person("omar")
    if not buyer.search("purchase.order", ["partner_ref", "=", reference]):
        product = buyer.search("product.product", ["purchase_ok", "=", True], limit=1)
        order = buyer.create(
            "purchase.order",
            partner_id=companies(buyer, limit=1, order="id desc")[0],
            partner_ref=reference,
            order_line=[
                [
                    0,
                    0,
                    {
                        "product_id": product[0],
                        "name": reference,
                        "product_qty": 1,
                        "price_unit": amount,
                        "tax_ids": [[5]],
                    },
                ]
            ],
        )
        buyer.call("purchase.order", "button_confirm", ids=[order])
    if story == "approved":
        look(admin)
        order = buyer.search("purchase.order", ["partner_ref", "=", reference])
        waiting = omar.search(
            "monitor.approval",
            ["model", "=", "purchase.order"],
            ["res_id", "in", order],
            ["state", "=", "pending"],
        )
        if waiting:
            omar.call("monitor.approval", "approve", ids=waiting, comment="As agreed")


def spend(name, amount):
    """Submit an expense."""
    tom = Person("tom")
    if tom.search("hr.expense", ["name", "=", name]):
        return
    expense = tom.create(
        "hr.expense",
        name=name,
        employee_id=tom.row(
            "hr.employee.public", ["name", "=", "Tom Becker"], names=["name"]
        )["id"],
        product_id=tom.search(
            "product.product", ["can_be_expensed", "=", True], limit=1
        )[0],
        total_amount_currency=amount,
    )
    tom.call("hr.expense", "action_submit", ids=[expense])


# -- Approved in the Monitor -------------------------------------------------


def quotation_policy(ana, users):
    """Return the policy of large quotations, decided in the Monitor."""
    known = ana.search("monitor.approval.policy", ["name", "=", QUOTATIONS])
    if known:
        return known[0]
    model = ana.search("ir.model", ["model", "=", "sale.order"])
    return ana.create(
        "monitor.approval.policy",
        name=QUOTATIONS,
        model_id=model[0],
        mode="decide",
        approved_domain="[('state', '=', 'sale')]",
        domain="[('amount_total', '>=', 3000)]",
        requester_path="user_id",
        amount_path="amount_total",
        currency_path="currency_id",
        date_path="date_order",
        material_paths="partner_id, order_line.price_unit, order_line.discount",
        tier_ids=[
            [
                0,
                0,
                {
                    "name": "Sales manager",
                    "level": 1,
                    "user_ids": [[6, 0, [users["sofia"]]]],
                },
            ],
            [
                0,
                0,
                {
                    "name": "Finance",
                    "level": 2,
                    "amount_from": 10000,
                    "user_ids": [[6, 0, [users["ana"]]]],
                },
            ],
        ],
    )


def ask(admin, policy):
    """Tom asks for his large quotations; Sofia decides on one."""
    tom, sofia = Person("tom"), Person("sofia")
    action = request_action(admin, policy)
    product = tom.search("product.product", ["sale_ok", "=", True], limit=1)[0]
    for reference, amount in REQUESTS:
        if not find_order(tom, reference):
            tom.create(
                "sale.order",
                partner_id=companies(tom, limit=1)[0],
                client_order_ref=reference,
                order_line=[
                    [
                        0,
                        0,
                        {
                            "product_id": product,
                            "product_uom_qty": 1,
                            "price_unit": amount,
                            "tax_ids": [[5]],
                        },
                    ]
                ],
            )
    orders = [find_order(tom, reference)["id"] for reference, _amount in REQUESTS]
    tom.call(
        "ir.actions.server",
        "run",
        ids=[action],
        context={"active_model": "sale.order", "active_ids": orders},
    )
    large = tom.search("sale.order", ["client_order_ref", "=", REQUESTS[1][0]])
    waiting = sofia.search(
        "monitor.approval",
        ["model", "=", "sale.order"],
        ["res_id", "in", large],
        ["is_mine", "=", True],
    )
    if waiting:
        sofia.call("monitor.approval", "approve", ids=waiting, comment="Good margin")


def request_action(admin, policy):
    """Return the action *Request approval* in the menu of quotations."""
    name = "Request approval"
    known = admin.search("ir.actions.server", ["name", "=", name])
    if known:
        return known[0]
    model = admin.search("ir.model", ["model", "=", "sale.order"])[0]
    action = admin.create(
        "ir.actions.server",
        name=name,
        model_id=model,
        state="monitor_approval",
        monitor_approval_policy_id=policy,
    )
    admin.call("ir.actions.server", "create_action", ids=[action])
    return action


if __name__ == "__main__":
    main()
