"""Scenario A25: two who decide at the same moment, on connections of their own."""

import threading

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install", "monitor")
class TestRaces(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry_ = Registry(get_db_name())
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {"no_reset_password": True})
            users = [
                new_test_user(env, f"race_{name}", groups="base.group_user")
                for name in ("one", "two")
            ]
            policy = env["monitor.approval.policy"].create(
                {
                    "name": "Race",
                    "mode": "decide",
                    "model_id": env["ir.model"]._get_id("res.partner"),
                    "tier_ids": [
                        Command.create(
                            {
                                "name": "Any",
                                "user_ids": [user.id for user in users],
                            }
                        )
                    ],
                }
            )
            document = env["res.partner"].create({"name": "Raced for"})
            approval = policy._request(document)
            self.ids = {
                "approval": approval.id,
                "policy": policy.id,
                "workflow": policy.workflow_id.id,
                "document": document.id,
                "users": [user.id for user in users],
            }
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry_.cursor() as cr:
            for table in ("event", "exception", "tier"):
                cr.execute(
                    f"DELETE FROM monitor_approval_{table} WHERE approval_id = %s",
                    [self.ids["approval"]],
                )
            cr.execute(
                "DELETE FROM monitor_approval WHERE id = %s", [self.ids["approval"]]
            )
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env["monitor.approval.policy"].browse(self.ids["policy"]).unlink()
            env["monitor.workflow"].browse(self.ids["workflow"]).unlink()
            env["res.partner"].browse(self.ids["document"]).unlink()
            users = env["res.users"].browse(self.ids["users"])
            partners = users.partner_id
            users.unlink()
            partners.unlink()
            env.flush_all()
            cr.execute("DELETE FROM monitor_approval_observation")

    def decide(self, user_id, started, told):
        """Approve as a request does it: what lost a race is run once more."""
        try:
            for _attempt in range(3):
                with self.registry_.cursor() as cr:
                    env = api.Environment(cr, user_id, {})
                    approval = env["monitor.approval"].browse(self.ids["approval"])
                    approval.read(["state"])  # its snapshot
                    if not told.get(user_id):
                        told[user_id] = "began"
                        started.wait()
                    try:
                        approval.approve()
                        env.flush_all()
                    except SerializationFailure:
                        cr.rollback()
                        continue
                    except UserError as error:
                        cr.rollback()
                        told[user_id] = str(error)
                        return
                told[user_id] = "approved"  # committed
                return
        except Exception as error:  # a thread's own would not be seen
            started.abort()
            told[user_id] = repr(error)

    @mute_logger("odoo.sql_db")
    def test_a25_two_approve_the_same_tier(self):
        started, told = threading.Barrier(2), {}
        workers = [
            threading.Thread(target=self.decide, args=(user_id, started, told))
            for user_id in self.ids["users"]
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(sum(one == "approved" for one in told.values()), 1, told)
        self.assertTrue(any("decided already" in one for one in told.values()), told)
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            approval = env["monitor.approval"].browse(self.ids["approval"])
            events = approval.event_ids.filtered(lambda one: one.kind == "approved")
            self.assertEqual(len(events), 1)
            self.assertEqual(approval.state, "approved")
