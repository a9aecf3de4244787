"""What nobody decides, and what should not have been, becomes an incident."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .approval_case import MONDAY, ApprovalCase


@tagged("post_install", "-at_install")
class TestEscalate(ApprovalCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["monitor.rule"].search([]).active = False
        cls.team = cls.env["monitor.team"].create(
            {
                "name": "Buyers",
                "leader_id": cls.manager.id,
                "member_ids": [Command.link(cls.ben.id)],
            }
        )
        cls.policy = cls.make_policy()

    def rule(self, xmlid):
        rule = self.env.ref(f"monitor_approvals.{xmlid}")
        rule.active = True
        return rule

    def incidents(self):
        """Let rules look; return the open incidents of this policy's workflow."""
        self.env["monitor.rule"].search([]).next_check_at = False
        self.tick(self.clock)
        return self.env["monitor.incident"].search(
            [
                ("workflow_id", "=", self.policy.workflow_id.id),
                ("state", "in", ("new", "acknowledged", "in_progress")),
            ]
        )

    def test_to_the_manager_of_who_is_asked(self):
        self.rule("rule_approval_late")
        documents = self.make_document() + self.make_document()
        self.move(documents, "waiting", self.ada)
        self.assertFalse(self.incidents())
        self.at(MONDAY + timedelta(days=3))
        self.env["monitor.approval.age"]._age(self.clock)
        incident = self.incidents()
        self.assertEqual(incident.user_id, self.manager)
        self.assertEqual(len(incident.alert_ids), 1)
        self.assertIn(self.ben.name, incident.alert_ids.name)
        self.assertEqual(incident.alert_ids.value, 2)
        self.move(documents, "approved", self.ben)
        self.at(self.clock + timedelta(minutes=10))
        self.assertFalse(self.incidents())

    def test_a_breach_is_told_until_it_is_explained(self):
        self.rule("rule_approval_exception")
        document = self.make_document(function="approved")
        self.take()
        incident = self.incidents()
        self.assertEqual(len(incident), 1)
        self.approval_of(document).exception_ids.with_user(self.ada).sudo(
            False
        ).action_explain("It was urgent.")
        self.at(self.clock + timedelta(minutes=10))
        self.assertFalse(self.incidents())

    def test_reminded_once_by_one_activity(self):
        documents = self.make_document() + self.make_document()
        self.move(documents, "waiting", self.ada)
        self.at(MONDAY + timedelta(days=1))
        self.env["monitor.approval.age"]._age(self.clock)
        activities = self.env["mail.activity"].search(
            [("user_id", "=", self.ben.id), ("res_model", "=", "monitor.approval")]
        )
        self.assertEqual(len(activities), 1)
        self.assertIn("2", activities.summary)
        self.move(documents, "approved", self.ben)
        self.assertFalse(activities.exists() and activities.active)


@tagged("post_install", "-at_install")
class TestRequestAction(ApprovalCase, TransactionCase):
    def test_a_rule_requests(self):
        policy = self.make_policy(mode="decide")
        self.make_automation(
            trigger="on_create_or_write",
            action={
                "state": "monitor_approval",
                "monitor_approval_policy_id": policy.id,
            },
            filter_domain="[('function', '=', 'waiting')]",
        )
        document = self.make_document(function="waiting")
        approval = self.approvals.search([("res_id", "=", document.id)])
        self.assertEqual(approval.state, "pending")
        self.assertEqual(approval.requester_id, self.ada)
        self.assertEqual(approval.origin, "automation")
        document.with_user(self.ada).name = "Another"
        self.assertEqual(self.approvals.search_count([("res_id", "=", document.id)]), 1)

    def test_a_policy_that_is_broken_does_not_stop_the_user(self):
        policy = self.make_policy(mode="decide")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Ask",
                "model_id": policy.model_id.id,
                "state": "monitor_approval",
                "monitor_approval_policy_id": policy.id,
            }
        )
        policy.version_ids.sudo().unlink()
        document = self.make_document()
        action.with_context(active_model="res.partner", active_ids=document.ids).run()
        self.assertFalse(self.approvals.search([("res_id", "=", document.id)]))
