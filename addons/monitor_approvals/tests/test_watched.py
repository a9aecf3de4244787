"""The Monitor says when approvals are not looked at, or documents not compared."""

from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from .approval_case import ApprovalCase


@tagged("post_install", "-at_install")
class TestWatched(ApprovalCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy()

    def setUp(self):
        super().setUp()
        self.policy._sweep(self.clock)

    def overdue(self):
        tick = self.env["monitor.tick"]
        with patch.object(type(tick), "_catches_up", lambda *args: False):
            return [one for one in tick._overdue(self.clock) if "pproval" in one]

    def test_all_is_well(self):
        self.move(self.make_document(), "waiting", self.ada)
        self.at(0.5)
        self.assertEqual(self.overdue(), [])

    def test_nobody_takes_in_what_was_seen(self):
        document = self.make_document()
        document.with_user(self.ada).function = "waiting"
        self.env.cr.flush()
        self.at(0.5)
        [error] = self.overdue()
        self.assertIn("age approvals", error)
        self.take()
        self.assertEqual(self.overdue(), [])

    def test_nobody_ages_what_is_due(self):
        self.move(self.make_document(), "waiting", self.ada)
        self.at(24)
        [error] = self.overdue()
        self.assertIn("age approvals", error)
        self.env["monitor.approval.age"]._age(self.clock)
        self.assertEqual(self.overdue(), [])

    def test_nobody_compares(self):
        self.at(49)
        [error] = self.overdue()
        self.assertIn("compare documents", error)
        self.policy._sweep(self.clock)
        self.assertEqual(self.overdue(), [])

    def test_an_app_that_breaks_does_not_stop_aging(self):
        policies = self.env.registry["monitor.approval.policy"]
        with (
            patch.object(policies, "_discover", lambda self: 1 / 0),
            self.assertLogs("odoo.addons.monitor_core", "WARNING"),
        ):
            self.env["monitor.approval.age"]._discover()
