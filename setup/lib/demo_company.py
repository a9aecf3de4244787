"""The demo company as it was before the Monitor came: people and automations.

    python demo_company.py ODOO_CONF DATABASE

Runs inside Odoo, once, in one transaction. All it makes is what people make in the
user interface; nothing here has run yet. API keys of the people, for the calls of
the other demo_*.py, go to the file keys.json beside ODOO_CONF.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import demo_automations as automations
from demo_cast import PEOPLE

import odoo
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry

from odoo.addons.base.models.res_partner import _tz_get

KEY_NAME = "setup/demo"
# The demo talks to nobody: these services would be asked over the internet.
ENDPOINTS = (
    "enrich.endpoint",
    "iap.endpoint",
    "iap.partner_autocomplete.endpoint",
    "reveal.endpoint",
    "sms.endpoint",
    "snailmail.endpoint",
)
NOBODY = "http://127.0.0.1:9"


def main(conf, database):
    """Make the company in ``database`` and write the keys beside ``conf``."""
    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--no-http"])
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        # What is made from here on was made by the administrator.
        env = env(user=env.ref("base.user_admin"))
        make_company(env)
        keys = make_keys(env)
    write_private(Path(conf).with_name("keys.json"), json.dumps(keys))


def make_company(env):
    """Make people, rules and scheduled actions; what is there already stays."""
    for key in ENDPOINTS:
        env["ir.config_parameter"].set_param(key, NOBODY)
    for login, person in PEOPLE.items():
        ensure(env, login, "res.users", user_values(env, login, person))
    hand_over_expenses(env)
    env.ref("base.user_admin").tz = local_timezone()
    env.ref("base.user_admin").notification_type = "inbox"
    if not automations.FAULTS:
        # With Odoo's demo data its first run fails at a conflict with itself.
        env.ref("stock.ir_cron_scheduler_action").nextcall += timedelta(days=1)
    for rule in automations.RULES:
        ensure(env, rule["id"], "base.automation", rule_values(env, rule))
    for job in automations.JOBS:
        ensure(env, job["id"], "ir.cron", job_values(env, job))
    for action in automations.ACTIONS:
        ensure(env, action["id"], "ir.actions.server", action_values(env, action))


def hand_over_expenses(env):
    """Have Sofia decide on expenses of the administrator: nobody else is asked."""
    waiting = env["hr.expense"].sudo().search([("approval_state", "=", "submitted")])
    own = waiting.filtered(lambda one: one.manager_id == one.employee_id.user_id)
    own.manager_id = env.ref("__demo__.sofia")


def ensure(env, name, model, values):
    """Create a record unless it exists; return it.

    An id in a module that starts with two underscores says "made by hand": the
    Monitor takes the record for what a person made, as it is.
    """
    record = env.ref(f"__demo__.{name}", raise_if_not_found=False)
    if not record:
        record = env[model].create(values)
        env["ir.model.data"].create(
            {
                "module": "__demo__",
                "name": name,
                "model": model,
                "res_id": record.id,
                "noupdate": True,
            }
        )
        print(f"{model}: {record.display_name}")
    return record


def user_values(env, login, person):
    """Return the columns of a person's user; the password is the login."""
    return {
        "name": person.name,
        "login": login,
        "password": login,
        "email": f"{login}@example.com",
        "function": person.job,
        "tz": local_timezone(),
        "notification_type": "inbox",
        "group_ids": [Command.link(env.ref(group).id) for group in person.groups],
    }


def rule_values(env, rule):
    """Return the columns of an automation rule with its one action."""
    watched = [env.ref(field).id for field in rule.get("watches", ())]
    values = {
        "name": rule["name"],
        "model_id": model_id(env, rule["model"]),
        "trigger": rule["trigger"],
        "filter_domain": repr(rule["domain"]) if "domain" in rule else False,
        "action_server_ids": [
            Command.create(
                {
                    "name": rule["name"],
                    "usage": "base_automation",
                    **what_it_does(env, rule),
                }
            )
        ],
    }
    if watched:
        values["trigger_field_ids"] = [Command.set(watched)]
    if "before" in rule:
        values["filter_pre_domain"] = repr(rule["before"])
    if "record" in rule:
        values["record_getter"] = rule["record"]
    if "date" in rule:
        values["trg_date_id"] = env.ref(rule["date"]).id
        values["trg_date_range"] = 1
        values["trg_date_range_type"] = "day"
        values["trg_date_range_mode"] = "after"
    return values


def job_values(env, job):
    """Return the columns of a scheduled action, due ``starts_in`` minutes from now."""
    return {
        "name": job["name"],
        "model_id": model_id(env, job["model"]),
        "state": "code",
        "code": job["code"],
        "user_id": env.ref(f"__demo__.{job['user']}").id,
        "interval_number": job["every"][0],
        "interval_type": job["every"][1],
        "nextcall": fields.Datetime.now() + timedelta(minutes=job["starts_in"]),
    }


def action_values(env, action):
    """Return the columns of a server action in the menu *Actions* of its model."""
    values = {
        "name": action["name"],
        "binding_model_id": model_id(env, action["model"]),
        "binding_view_types": "list,form",
        **what_it_does(env, action),
    }
    if "children" in action:
        values["child_ids"] = [
            Command.create(
                {
                    "name": child["name"],
                    **what_it_does(env, {**child, "model": action["model"]}),
                }
            )
            for child in action["children"]
        ]
    return values


def what_it_does(env, definition):
    """Return the columns of a server action that say what it does."""
    values = {"model_id": model_id(env, definition["model"])}
    if "children" in definition:
        return {**values, "state": "multi"}
    if "activity" in definition:
        return {**values, "state": "next_activity", **activity_values(env, definition)}
    return {**values, "state": "code", "code": definition["code"]}


def activity_values(env, definition):
    """Return who gets which activity: a person, or whom a field of the record names."""
    values = {
        "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
        "activity_summary": definition["activity"],
        "activity_date_deadline_range": 1,
        "activity_date_deadline_range_type": "days",
    }
    if definition["for"] in PEOPLE:
        user = env.ref(f"__demo__.{definition['for']}")
        return {
            **values,
            "activity_user_type": "specific",
            "activity_user_id": user.id,
        }
    return {
        **values,
        "activity_user_type": "generic",
        "activity_user_field_name": definition["for"],
    }


def make_keys(env):
    """Return ``{login: API key}`` of the people, new ones each time."""
    keys = {}
    for login in (*PEOPLE, "admin"):
        user = env["res.users"].search([("login", "=", login)])
        old = env["res.users.apikeys"].sudo()
        old.search([("user_id", "=", user.id), ("name", "=", KEY_NAME)])._remove()
        apikeys = env["res.users.apikeys"].with_user(user).sudo()
        keys[login] = apikeys._generate("rpc", KEY_NAME, None)
    return keys


def model_id(env, name):
    """Return the id of the model ``name``."""
    return env["ir.model"]._get_id(name)


def local_timezone():
    """Return the name of this machine's time zone, as the browser will show times."""
    name = os.environ.get("DEMO_TZ")
    return name if name in dict(_tz_get(None)) else "UTC"


def write_private(path, text):
    """Write a file that only its owner may read."""
    path.touch(mode=0o600)
    path.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
