"""What people do on the first day with the Monitor: owners, teams, one flow.

    python demo_setup.py

All of it through Odoo's API, as the people themselves: an administrator gives the
groups, Ana (manager of the Monitor) fills in who owns what and allows what operators
may start, Omar pauses what is not used yet. What nobody fills in stays as the Monitor
guessed it.
"""

import demo_automations as automations
from demo_cast import PEOPLE
from demo_client import Person

FLOW = "Quotation to delivery"
FLOW_CODE = "quotation-to-delivery"
UNUSED = "Snailmail: process letters queue"

TEAMS = {
    "Finance": {"leader": "ana", "members": ["ana"]},
    "Operations": {"leader": "omar", "members": ["omar", "tom"]},
}
REMINDERS_RUNBOOK = """\
<p>Customers get no reminder while this fails; nothing is lost.</p>
<ol>
  <li>Open the last run and read its error.</li>
  <li>A field or a record that is gone: ask the administrator which update took it
      away.</li>
  <li>When it is repaired, press <b>Run now</b>: it catches up with all open
      invoices.</li>
</ol>
"""
COST_CENTRE_RUNBOOK = """\
<p>Large vendor bills cannot be confirmed while this rule fails.</p>
<ol>
  <li>Ask the administrator to repair the rule, or to archive it.</li>
  <li>Then confirm the bills that wait in <i>Draft</i>.</li>
</ol>
"""
# Workflow: what Ana knows about it.
DETAILS = {
    automations.PAYMENT_REMINDERS: {
        "process_owner_id": "ana",
        "technical_owner_id": "admin",
        "team_id": "Finance",
        "criticality": "high",
        "customer_impact": "medium",
        "data_sensitivity": "confidential",
        "rto_minutes": 480,
        "rpo_minutes": 1440,
        "runbook_html": REMINDERS_RUNBOOK,
    },
    automations.BANK_STATEMENTS: {
        "process_owner_id": "ana",
        "technical_owner_id": "admin",
        "team_id": "Finance",
        "criticality": "critical",
        "customer_impact": "none",
        "data_sensitivity": "confidential",
        "rto_minutes": 1440,
    },
    automations.COST_CENTRE: {
        "process_owner_id": "ana",
        "technical_owner_id": "admin",
        "team_id": "Finance",
        "criticality": "high",
        "runbook_html": COST_CENTRE_RUNBOOK,
    },
    automations.CATALOGUE: {
        "process_owner_id": "omar",
        "team_id": "Operations",
        "criticality": "medium",
        "expected_duration_ms": 20_000,
    },
    automations.PARCEL: {
        "process_owner_id": "omar",
        "team_id": "Operations",
        "customer_impact": "high",
        "data_sensitivity": "personal",
    },
}
STEPS = [
    {"sequence": 10, "code": "sent", "name": "Quotation sent"},
    {
        "sequence": 20,
        "code": "confirmed",
        "name": "Confirmed by the customer",
        # Days in a real company; a minute shows in a demo what happens then.
        "deadline_minutes": 1,
    },
    {
        "sequence": 30,
        "code": "delivered",
        "name": "Delivered",
        "deadline_minutes": 5 * 24 * 60,
    },
]
# Kind of records: what is copied of them into the context of runs.
CONTEXT = {
    "account.move": {"value": "amount_total", "approval_owner": "invoice_user_id"},
    "sale.order": {
        "value": "amount_total",
        "approval_owner": "user_id",
        "warehouse": "warehouse_id",
    },
}
RATE_DATES = {"account.move": "invoice_date", "sale.order": "date_order"}
# Step: when Odoo's own automation rule records it, and where the order's name is.
RECORDED = {
    "sent": ("sale.order", "sale.field_sale_order__state", "sent", "name"),
    "confirmed": ("sale.order", "sale.field_sale_order__state", "sale", "name"),
    "delivered": (
        "stock.picking",
        "stock.field_stock_picking__state",
        "done",
        "origin",
    ),
}


# Whose changes by automations are kept.
FOLLOWED = ("sale.order", "account.move", "crm.lead", "res.partner")


def main():
    """Do it all; what was done before is not done again."""
    admin, ana, omar = Person("admin"), Person("ana"), Person("omar")
    give_groups(admin)
    follow_changes(admin)
    users = user_ids(admin)
    teams = {name: make_team(ana, name, team, users) for name, team in TEAMS.items()}
    for name, details in DETAILS.items():
        if not is_there(name):
            continue
        describe(ana, name, details, users | teams)
    for job in automations.JOBS:
        allow_run_now(ana, workflow(ana, job["name"]))
    flow = make_flow(ana, users, teams)
    for step in ana.rows(
        "monitor.flow.step", ["workflow_id", "=", flow], names=["code", "name"]
    ):
        record_step(admin, step)
    for model, paths in CONTEXT.items():
        copy_context(ana, model, paths)
    unused = workflow(omar, UNUSED)
    omar.call(
        "monitor.workflow",
        "action_pause",
        ids=[unused],
        reason="no contract with a postal service yet",
    )


def is_there(name):
    """Tell whether the demo has that automation: it may do without faulty ones."""
    return automations.FAULTS or name not in automations.FAULTY


def give_groups(admin):
    """Give each person the group of the Monitor that fits the job."""
    for login, person in PEOPLE.items():
        if person.monitor_group:
            group = xml_id(admin, person.monitor_group)
            user = admin.search("res.users", ["login", "=", login])
            admin.write("res.users", user, group_ids=[[4, group]])


def follow_changes(admin):
    """Have the settings keep what automations change of business records."""
    models = admin.search("ir.model", ["model", "in", FOLLOWED])
    settings = admin.create(
        "res.config.settings", monitor_followed_model_ids=[[6, 0, models]]
    )
    admin.call("res.config.settings", "execute", ids=[settings])


def user_ids(admin):
    """Return ``{login: id}``."""
    rows = admin.rows("res.users", ["login", "in", [*PEOPLE, "admin"]], names=["login"])
    return {row["login"]: row["id"] for row in rows}


def make_team(ana, name, team, users):
    """Return the id of a team."""
    known = ana.search("monitor.team", ["name", "=", name])
    return (
        known[0]
        if known
        else ana.create(
            "monitor.team",
            name=name,
            leader_id=users[team["leader"]],
            member_ids=[[6, 0, [users[login] for login in team["members"]]]],
        )
    )


def describe(ana, name, details, ids):
    """Fill in what is known of a workflow; people and teams are given by name."""
    values = {
        field: ids[value] if field.endswith("_id") else value
        for field, value in details.items()
    }
    ana.write("monitor.workflow", [workflow(ana, name)], **values)


def allow_run_now(ana, workflow_id):
    """Let operators start a scheduled action: none may be started unless allowed."""
    ana.write("monitor.workflow", [workflow_id], run_now_allowed=True)


def make_flow(ana, users, teams):
    """Return the id of the flow, made with its steps on first use."""
    known = ana.search("monitor.workflow", ["code", "=", FLOW_CODE])
    if known:
        return known[0]
    return ana.create(
        "monitor.workflow",
        name=FLOW,
        code=FLOW_CODE,
        kind="flow",
        app_name="Sales",
        process_owner_id=users["sofia"],
        team_id=teams["Operations"],
        criticality="high",
        customer_impact="high",
        step_ids=[[0, 0, step] for step in STEPS],
    )


def record_step(admin, step):
    """Have an ordinary automation rule of Odoo record that a step was passed."""
    model, field, state, correlation = RECORDED[step["code"]]
    name = f"{FLOW}: {step['name'].lower()}"
    if admin.search("base.automation", ["name", "=", name]):
        return
    model_id = admin.search("ir.model", ["model", "=", model])[0]
    correlation_id = admin.search(
        "ir.model.fields", ["model", "=", model], ["name", "=", correlation]
    )[0]
    admin.create(
        "base.automation",
        name=name,
        model_id=model_id,
        trigger="on_create_or_write",
        trigger_field_ids=[[6, 0, [xml_id(admin, field)]]],
        filter_pre_domain=repr([("state", "!=", state)]),
        filter_domain=repr([("state", "=", state)]),
        action_server_ids=[
            [
                0,
                0,
                {
                    "name": name,
                    "model_id": model_id,
                    "usage": "base_automation",
                    "state": "monitor_checkpoint",
                    "monitor_step_id": step["id"],
                    "monitor_correlation_field_id": correlation_id,
                },
            ]
        ],
    )


def copy_context(ana, model, paths):
    """Have fields of records copied into the context of their runs."""
    if ana.search("monitor.enrichment", ["model", "=", model]):
        return
    ana.create(
        "monitor.enrichment",
        model_id=ana.search("ir.model", ["model", "=", model])[0],
        rate_date_path=RATE_DATES[model],
        line_ids=[
            [0, 0, {"key": key, "path": path, "convert": key == "value"}]
            for key, path in paths.items()
        ],
    )


def workflow(person, name):
    """Return the id of the workflow with that name."""
    return person.row("monitor.workflow", ["name", "=", name], names=["id"])["id"]


def xml_id(admin, name):
    """Return the database id behind an XML id."""
    module, _, name = name.partition(".")
    found = admin.row(
        "ir.model.data", ["module", "=", module], ["name", "=", name], names=["res_id"]
    )
    return found["res_id"]


if __name__ == "__main__":
    main()
