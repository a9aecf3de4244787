"""What runs without a form being saved: menus, webhooks and the scheduler.

    python demo_runs.py actions|webhooks|schedule|slow

Nothing here writes a result: people and other systems start things, Odoo runs them,
and those that fail, fail by themselves.
"""

import sys
from contextlib import closing

import demo_automations as automations
import psycopg2
import requests
from demo_client import DATABASE, TIMEOUT, URL, Person, Surprise, wait_until
from demo_setup import allow_run_now

REMINDER_FAILURES = 3


# -- Server actions and webhooks ---------------------------------------------


def actions():
    """People choose an entry of the menu *Actions* in a list."""
    ana, tom = Person("ana"), Person("tom")
    posted = ana.search(
        "account.move",
        ["move_type", "=", "in_invoice"],
        ["state", "=", "posted"],
        limit=3,
    )
    run_action(ana, automations.CHECKED, "account.move", posted)
    open_leads = tom.search("crm.lead", ["name", "like", "web site"], limit=2)
    run_action(tom, automations.PLAN_VISIT, "crm.lead", open_leads)


def run_action(person, name, model, ids):
    """Run a server action on records, as the menu of a list does."""
    action = Person("admin").search(
        "ir.actions.server", ["name", "=", name], ["usage", "=", "ir_actions_server"]
    )
    person.call(
        "ir.actions.server",
        "run",
        ids=action,
        context={"active_model": model, "active_id": ids[0], "active_ids": ids},
    )


def webhooks():
    """Other systems call Odoo's webhooks; the last one names an unknown delivery."""
    omar = Person("omar")
    paid = omar.rows(
        "sale.order", ["state", "=", "sale"], names=["name"], limit=4, order="id desc"
    )
    for order in paid:
        call_hook(
            automations.ORDER_PAID,
            {"order": order["name"], "transaction": f"pay_{order['id']:06}"},
        )
    delivered = omar.rows(
        "stock.picking",
        ["state", "=", "done"],
        names=["name"],
        limit=2,
        order="id desc",
    )
    for picking in delivered:
        call_hook(
            automations.PARCEL, {"delivery": picking["name"], "signed_by": "reception"}
        )
    if automations.FAULTS:
        unknown = {"delivery": "WH/OUT/99999", "signed_by": "?"}
        call_hook(automations.PARCEL, unknown, status=500)


def call_hook(name, payload, status=200):
    """Post to a webhook of Odoo, as another system does."""
    hook = Person("admin").row(
        "base.automation", ["name", "=", name], names=["webhook_uuid"]
    )
    url = f"{URL}/web/hook/{hook['webhook_uuid']}"
    answer = requests.post(url, json=payload, timeout=TIMEOUT)
    print(f"{name} {payload}: {answer.status_code} {answer.text}")
    if answer.status_code != status:
        raise Surprise(f"{name} answered {answer.status_code}, not {status}")


# -- Scheduled actions -------------------------------------------------------


def schedule():
    """Odoo's scheduler runs what is due; Omar starts again what failed."""
    if not automations.FAULTS:
        return
    admin, omar = Person("admin"), Person("omar")
    reminders = automations.PAYMENT_REMINDERS
    statements = automations.BANK_STATEMENTS
    while failures(admin, reminders) < REMINDER_FAILURES:
        fail_again(admin, omar, reminders)
    while scheduled(admin, statements)["active"]:
        if failures(admin, statements) >= 4:
            age_first_failure(scheduled(admin, statements)["id"])
        fail_again(admin, omar, statements)
    start_again(omar, but=(reminders, statements))


def start_again(omar, but):
    """Have Omar start what else failed: many a failure is gone the second time.

    Odoo's own stock scheduler is one: with Odoo's demo data its first run fails at a
    conflict with itself. Ana allows it when Omar asks her.
    """
    ana = Person("ana")
    failing = omar.rows(
        "monitor.workflow",
        ["kind", "=", "cron"],
        ["health", "=", "failing"],
        ["name", "not in", but],
        names=["name"],
    )
    for workflow in failing:
        print(f"once more: {workflow['name']}")
        allow_run_now(ana, workflow["id"])
        omar.call("monitor.workflow", "action_run_now", ids=[workflow["id"]])


def scheduled(admin, name):
    """Return the row of a scheduled action, also of one that is switched off."""
    return admin.row(
        "ir.cron",
        ["cron_name", "=", name],
        ["active", "in", [True, False]],
        names=["active", "failure_count"],
    )


def failures(admin, name):
    """Return how often a scheduled action has failed in a row, by Odoo's own count."""
    return scheduled(admin, name)["failure_count"]


def fail_again(admin, omar, name):
    """Have Omar start a scheduled action that fails once more."""
    before = failures(admin, name)

    def has_failed():
        job = scheduled(admin, name)
        return job["failure_count"] != before or not job["active"]

    workflow = omar.search("monitor.workflow", ["name", "=", name])
    omar.call("monitor.workflow", "action_run_now", ids=workflow)
    wait_until(has_failed, 90, f"{name} has failed again")
    print(f"{name}: {scheduled(admin, name)}")


def age_first_failure(cron_id):
    """Move the first of the failures eight days back.

    Odoo switches a scheduled action off after five failures, if the first is more than
    seven days ago. This is the one thing in the demo that is not waited for.
    """
    with closing(psycopg2.connect(dbname=DATABASE)) as connection, connection as tx:
        tx.cursor().execute(
            """
            UPDATE ir_cron SET first_failure_date = now() at time zone 'UTC'
                                                    - interval '8 days'
             WHERE id = %s
            """,
            [cron_id],
        )


def slow():
    """Omar starts what takes longer than it should."""
    if not automations.FAULTS:
        return
    omar = Person("omar")
    workflow = omar.row(
        "monitor.workflow",
        ["name", "=", automations.CATALOGUE],
        names=["last_run_at", "running_since"],
    )
    if not workflow["last_run_at"] and not workflow["running_since"]:
        omar.call("monitor.workflow", "action_run_now", ids=[workflow["id"]])


PARTS = {part.__name__: part for part in (actions, webhooks, schedule, slow)}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()
