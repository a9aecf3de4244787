"""The cast, and short ways to make what most tests need."""

import xmlrpc.client
from unittest.mock import patch

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from ..tools import clock

# Who may do what:
PEOPLE = {
    "nobody": "base.group_user",  # works in Odoo, sees nothing of the Monitor
    "viewer": "monitor_core.group_monitor_viewer",  # sees workflows and their health
    "operator": "monitor_core.group_monitor_operator",  # and runs, pauses, resumes
    "manager": "monitor_core.group_monitor_manager",  # and configures
    "auditor": "monitor_core.group_monitor_auditor",  # reads all, changes nothing
    "service": "monitor_core.group_monitor_service",  # reports and asks health, by RPC
    "override": "monitor_core.group_monitor_override",  # nothing by this group alone
}


class Api:
    """A model as a user's RPC client sees it: ``api.run_start(...)``."""

    def __init__(self, records):
        self._records = records

    def __getattr__(self, method):
        def call(*args, **kwargs):
            answer = call_kw(self._records, method, list(args), kwargs)
            xmlrpc.client.dumps((answer,))  # raises TypeError for None in it
            return answer

        return call


class MonitorCase:
    """Use as ``class TestX(MonitorCase, TransactionCase)`` (or ``HttpCase``)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quiet = {"no_reset_password": True, "tracking_disable": True}
        for name, group in PEOPLE.items():
            login = f"monitor_{name}"
            user = new_test_user(cls.env, login, groups=group, context=quiet)
            setattr(cls, name, user)

    # Time

    def now(self):
        """Return the moment of the one clock, in whole seconds as Odoo stores it."""
        return clock.utcnow().replace(microsecond=0)

    def set_clock(self, moment):
        """Stop the clock at ``moment`` (naive UTC) for the rest of the test."""
        patcher = patch.object(clock, "utcnow", lambda: moment)
        patcher.start()
        self.addCleanup(patcher.stop)

    def tick(self, now=None):
        """Do what *Monitor: tick* does each minute, as at ``now``.

        All of a test is one transaction, so its events would be new to each tick: they
        are made old here, as the commit between two ticks does.
        """
        self.env.cr.flush()
        failures = self.env["monitor.tick"]._run(now or self.now())
        self.env.cr.execute(
            "UPDATE monitor_event_data SET xid = '3'::xid8 "
            "WHERE xid = pg_current_xact_id()"
        )
        self.env.invalidate_all()
        self.assertFalse(failures)

    def api_of(self, user, model="monitor.workflow"):
        """Return what ``user`` can call through RPC."""
        return Api(self.env[model].with_user(user))

    # Records

    @classmethod
    def make_flow(cls, steps=("paid", "packed", "shipped"), **values):
        """Make a flow; ``steps`` are codes, or values of ``monitor.flow.step``."""
        lines = [{"code": s} if isinstance(s, str) else s for s in steps]
        return cls.env["monitor.workflow"].create(
            {
                "name": "Order to cash",
                "code": "order-to-cash",
                "kind": "flow",
                "step_ids": [
                    Command.create({"name": line["code"], "sequence": number, **line})
                    for number, line in enumerate(lines)
                ],
                **values,
            }
        )

    @classmethod
    def make_cron(cls, **values):
        """Make an hourly scheduled action; ``code`` is what it does."""
        return cls.env["ir.cron"].create(
            {
                "name": "Nightly work",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": "pass",
                "user_id": cls.env.ref("base.user_root").id,
                "interval_number": 1,
                "interval_type": "hours",
                **values,
            }
        )

    @classmethod
    def make_automation(cls, model="res.partner", code="pass", action=None, **values):
        """Make a rule that runs ``code`` when a record of ``model`` is created.

        :param dict action: values of its server action, for one that is not code
        """
        model_id = cls.env["ir.model"]._get_id(model)
        action = {
            "name": "Do it",
            "model_id": model_id,
            "state": "code",
            "code": code,
            "usage": "base_automation",
            **(action or {}),
        }
        return cls.env["base.automation"].create(
            {
                "name": "Watch records",
                "model_id": model_id,
                "trigger": "on_create",
                "action_server_ids": [Command.create(action)],
                **values,
            }
        )

    @staticmethod
    def forget_rules(env):
        """Remove what this database copies of records (demo data, a developer's)."""
        rules = env["monitor.enrichment"].with_context(active_test=False)
        rules.search([]).unlink()

    @classmethod
    def workflow_of(cls, source):
        """Return the workflow of a scheduled action, rule or server action."""
        return (
            cls.env["monitor.workflow"]
            .with_context(active_test=False)
            .search(
                [("source_model", "=", source._name), ("source_id", "=", source.id)]
            )
        )
