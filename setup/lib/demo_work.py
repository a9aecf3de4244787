"""A morning's work in the demo company, by its people, through Odoo's API.

    python demo_work.py orders|leads|bills

Each part may be called again after an interruption: what exists is not made again.
What Odoo refuses or fails at is part of the story, so it does not stop the part; what
should have worked and did not does.
"""

import datetime
import sys

from demo_automations import FAULTS
from demo_client import Person, Refused, Surprise

ORDERS = 18
LEADS = 14
BILLS = 15


def expect_refusal(call, because):
    """Do what Odoo must refuse, for a reason that holds the text ``because``."""
    try:
        call()
    except Refused as error:
        if because not in str(error):
            raise
        print(f"refused, as it should be: {error}")
        return
    raise Surprise(f"was not refused: {because}")


def companies(person, **options):
    """Return ids of other companies to trade with."""
    return person.search(
        "res.partner",
        ["is_company", "=", True],
        ["parent_id", "=", False],
        ["ref_company_ids", "=", False],
        **{"order": "id", **options},
    )


# -- Orders ------------------------------------------------------------------


def orders():
    """Quotations by Tom and Sofia: most are confirmed, some delivered, two refused."""
    sellers, omar = (Person("tom"), Person("sofia")), Person("omar")
    customers = companies(omar, limit=8)
    products = omar.search(
        "product.product",
        ["sale_ok", "=", True],
        ["type", "=", "consu"],
        ["is_storable", "=", False],
        limit=6,
        order="id",
    )
    # The one that waits goes first: its deadline is what the demo waits for.
    if FAULTS:
        leave_waiting(sellers[0], order_values(0, customers, products))
    for number in range(1, ORDERS):
        seller = sellers[number % 2]
        values = order_values(number, customers, products)
        if number % 8 == 5:
            refuse_discount(seller, values)
        elif number % 6 == 4:
            make_order(seller, values)
        else:
            confirm(seller, values)
    for number in (1, 2, 3, 6):
        deliver(omar, f"WEB-{number:04}")


def order_values(number, customers, products):
    """Return the columns of the order ``number``; some are large."""
    price = 1900 if number % 6 == 4 else 40 + 7 * number
    return {
        "partner_id": customers[number % len(customers)],
        "client_order_ref": f"WEB-{number:04}",
        "order_line": [
            [
                0,
                0,
                {
                    "product_id": products[(number + line) % len(products)],
                    "product_uom_qty": 1 + number % 3,
                    "price_unit": price + 5 * line,
                    "discount": 45 if number % 8 == 5 else 0,
                },
            ]
            for line in range(2)
        ],
    }


def find_order(person, reference):
    """Return the row of an order, or nothing."""
    rows = person.rows(
        "sale.order",
        ["client_order_ref", "=", reference],
        names=["name", "state"],
        limit=1,
    )
    return rows[0] if rows else None


def make_order(seller, values):
    """Return the row of an order, made unless it exists."""
    reference = values["client_order_ref"]
    if not find_order(seller, reference):
        seller.create("sale.order", **values)
    return find_order(seller, reference)


def send(seller, order):
    """Mark a quotation as sent."""
    if order["state"] == "draft":
        seller.call("sale.order", "action_quotation_sent", ids=[order["id"]])


def leave_waiting(seller, values):
    """Send a quotation that the customer does not answer."""
    send(seller, make_order(seller, values))


def confirm(seller, values):
    """Send a quotation and confirm it."""
    order = make_order(seller, values)
    send(seller, order)
    if order["state"] in ("draft", "sent"):
        seller.call("sale.order", "action_confirm", ids=[order["id"]])


def refuse_discount(seller, values):
    """Try to confirm an order with too large a discount."""
    order = make_order(seller, values)
    expect_refusal(
        lambda: seller.call("sale.order", "action_confirm", ids=[order["id"]]),
        because="needs the consent of the sales manager",
    )


def deliver(omar, reference):
    """Deliver what was ordered."""
    name = find_order(omar, reference)["name"]
    pickings = omar.search(
        "stock.picking", ["origin", "=", name], ["state", "not in", ["done", "cancel"]]
    )
    if pickings:
        omar.call(
            "stock.picking",
            "button_validate",
            ids=pickings,
            context={"skip_backorder": True, "skip_sms": True},
        )


# -- Leads and bills ---------------------------------------------------------


def leads():
    """Requests from the web site; the rule finds a salesperson for each."""
    tom = Person("tom")
    for number in range(LEADS):
        name = f"Request from the web site {number + 1:03}"
        if not tom.search("crm.lead", ["name", "=", name]):
            lead = tom.create(
                "crm.lead",
                name=name,
                contact_name=f"Visitor {number + 1}",
                email_from=f"visitor{number + 1}@example.com",
                expected_revenue=500 + 250 * number,
                user_id=False,
            )
            if not tom.row("crm.lead", ["id", "=", lead], names=["user_id"])["user_id"]:
                raise Surprise(f"{name} got no salesperson")


def bills():
    """Vendor bills by Ana: two without a reference, three on which a rule breaks."""
    ana = Person("ana")
    vendors = companies(ana, limit=5, order="id desc")
    for number in range(BILLS):
        bill = make_bill(ana, number, vendors[number % len(vendors)])
        if bill["state"] == "posted":
            continue
        if number % 5 == 3 and FAULTS:
            expect_refusal(lambda b=bill: post(ana, b), because="cost_centre_of")
        elif number % 7 == 4:
            expect_refusal(lambda b=bill: post(ana, b), because="vendor reference")
        else:
            post(ana, bill)


def make_bill(ana, number, vendor):
    """Return the row of a bill, made unless it exists."""
    origin = f"Delivery {number + 1:03}"
    domain = [["invoice_origin", "=", origin], ["move_type", "=", "in_invoice"]]
    if not ana.search("account.move", *domain):
        ana.create(
            "account.move",
            move_type="in_invoice",
            partner_id=vendor,
            invoice_date=today(),
            invoice_origin=origin,
            ref=False if number % 7 == 4 else f"R-2026-{700 + number}",
            invoice_line_ids=[
                [
                    0,
                    0,
                    {
                        "name": "Goods as delivered",
                        "quantity": 1,
                        "price_unit": 12_000 if number % 5 == 3 else 90 + 35 * number,
                    },
                ]
            ],
        )
    return ana.row("account.move", *domain, names=["state", "name"])


def post(ana, bill):
    """Confirm a bill."""
    ana.call("account.move", "action_post", ids=[bill["id"]])


def today():
    """Return the current day as Odoo's API wants it."""
    return datetime.date.today().isoformat()


PARTS = {part.__name__: part for part in (orders, leads, bills)}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()
