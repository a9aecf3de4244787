"""What the demo company automated by itself, good and bad: plain data.

The names are what people see on the board. Two things are broken as such things are
in real companies: a field and a record that are gone, and code that calls a function
which does not exist. One is slow. `DEMO_FAULTS=no` leaves these out.
"""

import os

FAULTS = os.environ.get("DEMO_FAULTS") != "no"

LARGE_QUOTATION = "Large quotation: ask the sales manager to check"
DISCOUNT = "Discount above 30 %: refuse without consent"
TELL_WAREHOUSE = "Order confirmed: tell the warehouse"
NEW_LEAD = "New lead: assign a salesperson"
OVERDUE_DEAL = "Opportunity past its closing date: ask the salesperson"
BILL_REFERENCE = "Vendor bill without a vendor reference: refuse"
COST_CENTRE = "Large vendor bill: book the cost centre"
ORDER_PAID = "Web shop: order paid"
PARCEL = "Carrier: parcel delivered"

PAYMENT_REMINDERS = "Send payment reminders"
BANK_STATEMENTS = "Import bank statements"
CATALOGUE = "Synchronise the product catalogue"
OLD_QUOTATIONS = "Cancel quotations older than a year"

CHECKED = "Mark as checked by finance"
PLAN_VISIT = "Plan a customer visit"

CONFIRMED = {
    "watches": ["sale.field_sale_order__state"],
    "before": [("state", "!=", "sale")],
    "domain": [("state", "=", "sale")],
}
POSTED_BILL = [("move_type", "=", "in_invoice"), ("state", "=", "posted")]
POSTING = {
    "watches": ["account.field_account_move__state"],
    "before": [("state", "!=", "posted")],
}

RULES = [
    {
        "id": "large_quotation",
        "name": LARGE_QUOTATION,
        "model": "sale.order",
        "trigger": "on_create_or_write",
        "watches": ["sale.field_sale_order__amount_total"],
        "before": [("amount_total", "<", 5000)],
        "domain": [("state", "in", ("draft", "sent")), ("amount_total", ">=", 5000)],
        "activity": "Check this large quotation",
        "for": "sofia",
    },
    {
        "id": "discount",
        "name": DISCOUNT,
        "model": "sale.order",
        "trigger": "on_create_or_write",
        **CONFIRMED,
        "code": """\
discount = max(record.order_line.mapped("discount"), default=0)
if discount > 30:
    raise UserError(
        "%s: a discount of %d %% needs the consent of the sales manager. "
        "Ask for it, or lower the discount." % (record.name, discount)
    )
""",
    },
    {
        "id": "tell_warehouse",
        "name": TELL_WAREHOUSE,
        "model": "sale.order",
        "trigger": "on_create_or_write",
        **CONFIRMED,
        "code": """\
names = ", ".join(record.order_line.mapped("product_id.display_name"))
record.message_post(body="Warehouse: please prepare %s." % names)
""",
    },
    {
        "id": "new_lead",
        "name": NEW_LEAD,
        "model": "crm.lead",
        "trigger": "on_create",
        "domain": [("user_id", "=", False)],
        "code": """\
people = env["res.users"].search([("login", "in", ("sofia", "tom"))])
leads = {user: model.search_count([("user_id", "=", user.id)]) for user in people}
record.write({"user_id": min(people, key=leads.get).id})
""",
    },
    {
        "id": "overdue_deal",
        "name": OVERDUE_DEAL,
        "model": "crm.lead",
        "trigger": "on_time",
        "date": "crm.field_crm_lead__date_deadline",
        "domain": [("type", "=", "opportunity"), ("user_id", "!=", False)],
        "activity": "Past its expected closing: is this deal still alive?",
        "for": "user_id",
    },
    {
        "id": "bill_reference",
        "name": BILL_REFERENCE,
        "model": "account.move",
        "trigger": "on_create_or_write",
        **POSTING,
        "domain": POSTED_BILL,
        "code": """\
if not record.ref:
    raise UserError(
        "This bill of %s has no vendor reference. Enter the number that the vendor "
        "printed on it, then confirm again." % record.partner_id.name
    )
""",
    },
    {
        "id": "cost_centre",
        "name": COST_CENTRE,
        "model": "account.move",
        "trigger": "on_create_or_write",
        **POSTING,
        "domain": [*POSTED_BILL, ("amount_untaxed", ">=", 10000)],
        "code": """\
record.message_post(body="Cost centre: %s" % cost_centre_of(record))
""",
    },
    {
        "id": "order_paid",
        "name": ORDER_PAID,
        "model": "sale.order",
        "trigger": "on_webhook",
        "record": 'model.search([("name", "=", payload.get("order"))], limit=1)',
        "code": """\
record.message_post(body="Paid in the web shop: %s." % payload["transaction"])
""",
    },
    {
        "id": "parcel",
        "name": PARCEL,
        "model": "stock.picking",
        "trigger": "on_webhook",
        "record": 'model.search([("name", "=", payload.get("delivery"))], limit=1)',
        "code": """\
record.message_post(body="The carrier delivered it to %s." % payload["signed_by"])
""",
    },
]

JOBS = [
    {
        "id": "payment_reminders",
        "name": PAYMENT_REMINDERS,
        "model": "account.move",
        "user": "ana",
        "every": (4, "hours"),
        "starts_in": 0,
        "code": """\
invoices = model.search([
    ("move_type", "=", "out_invoice"),
    ("state", "=", "posted"),
    ("payment_state", "=", "not_paid"),
])
# The field went away with an update of last week.
for invoice in invoices.sorted(lambda invoice: invoice.reminder_level):
    invoice.message_post(body="A reminder was sent.")
""",
    },
    {
        "id": "bank_statements",
        "name": BANK_STATEMENTS,
        "model": "account.journal",
        "user": "ana",
        "every": (1, "days"),
        "starts_in": 0,
        "code": """\
# Somebody deleted the journal that this names.
env.ref("bank_connection.journal_main_account").message_post(body="Statements imported")
""",
    },
    {
        "id": "catalogue",
        "name": CATALOGUE,
        "model": "product.template",
        "user": "omar",
        "every": (12, "hours"),
        "starts_in": 12 * 60,
        "code": """\
# The supplier's server hands out one page of products in ten seconds.
for page in range(9):
    time.sleep(10)
""",
    },
    {
        "id": "old_quotations",
        "name": OLD_QUOTATIONS,
        "model": "sale.order",
        "user": "sofia",
        "every": (1, "days"),
        "starts_in": 0,
        "code": """\
a_year_ago = datetime.datetime.now() - datetime.timedelta(days=365)
old = [("state", "in", ("draft", "sent")), ("date_order", "<", a_year_ago)]
model.search(old).action_cancel()
""",
    },
]

ACTIONS = [
    {
        "id": "checked",
        "name": CHECKED,
        "model": "account.move",
        "code": """\
for invoice in records:
    invoice.message_post(body="Checked by finance.")
""",
    },
    {
        "id": "plan_visit",
        "name": PLAN_VISIT,
        "model": "crm.lead",
        "children": [
            {
                "name": "Plan the visit",
                "activity": "Agree on a day for the visit",
                "for": "user_id",
            },
            {
                "name": "Tell the sales manager",
                "code": 'record.message_post(body="A visit is being planned.")',
            },
        ],
    },
]

FAULTY = (PAYMENT_REMINDERS, BANK_STATEMENTS, CATALOGUE, COST_CENTRE)
if not FAULTS:
    RULES = [rule for rule in RULES if rule["name"] not in FAULTY]
    JOBS = [job for job in JOBS if job["name"] not in FAULTY]
