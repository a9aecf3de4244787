from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from odoo.addons.monitor_core.tests.common import MonitorCase

NOON = datetime(2026, 1, 5, 12)


@tagged("post_install", "-at_install", "monitor")
class TestWorkflowIncidents(MonitorCase, TransactionCase):
    """A workflow shows its open incidents, and people open one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(steps=())

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)

    def make_incident(self, **values):
        return self.env["monitor.incident"].create(
            {
                "title": "Late",
                "workflow_id": self.flow.id,
                "first_seen_at": NOON,
                "last_seen_at": NOON,
                **values,
            }
        )

    def test_the_rpc_tells_how_many_are_open(self):
        for state in ("new", "acknowledged", "in_progress", "snoozed", "resolved"):
            self.make_incident(state=state)

        for user in (self.service, self.viewer):
            (row,) = self.api_of(user).health(["order-to-cash"])
            self.assertEqual(row["open_incidents"], 4)

    def test_a_board_costs_one_query(self):
        flows = self.flow | self.make_flow((), code="b") | self.make_flow((), code="c")
        for flow in flows:
            self.make_incident(workflow_id=flow.id)
        self.env.flush_all()
        self.env.invalidate_all()
        flows.mapped("name")
        with self.assertQueryCount(2):
            self.assertEqual(flows.mapped("open_incidents"), [1, 1, 1])

    def test_the_most_urgent_is_named(self):
        self.make_incident(priority="3")
        urgent = self.make_incident(priority="1")

        self.assertEqual(self.flow.open_incident_id, urgent)

    def test_a_reader_counts_what_she_may_see(self):
        self.make_incident()
        self.assertEqual(self.flow.with_user(self.operator).open_incidents, 1)
        self.assertEqual(self.flow.with_user(self.viewer).open_incidents, 0)
        self.assertEqual(self.flow.with_user(self.nobody).sudo(False).open_incidents, 0)

    def test_workflows_with_incidents_are_found(self):
        other = self.make_flow((), code="other")
        self.make_incident()
        self.make_incident(workflow_id=other.id, state="closed")

        def found(operator, value):
            domain = [
                ("open_incidents", operator, value),
                ("id", "in", (self.flow | other).ids),
            ]
            return self.env["monitor.workflow"].search(domain)

        self.assertEqual(found(">", 0), self.flow)
        self.assertEqual(found("!=", 0), self.flow)
        self.assertEqual(found(">=", 1), self.flow)
        self.assertEqual(found("=", 0), other)
        self.assertEqual(found("=", 1), self.flow)
        self.assertEqual(found("<", 1), other)
        self.assertEqual(found("in", [1, 2]), self.flow)
        self.assertEqual(found("not in", [1, 2]), other)
        self.assertFalse(found("=", 2))

    def test_an_operator_opens_one_by_hand(self):
        action = self.flow.with_user(self.operator).action_open_incident()
        incident = self.env["monitor.incident"].browse(action["res_id"])

        self.assertRecordValues(
            incident,
            [
                {
                    "workflow_id": self.flow.id,
                    "state": "new",
                    "first_seen_at": NOON,
                    "count": 1,
                }
            ],
        )
        self.assertIn("Order to cash", incident.title)
        self.assertTrue(incident.user_id)
        self.assertEqual(
            self.flow.with_user(self.operator).action_open_incident(), action
        )
        self.assertEqual(incident.count, 1)

    def test_others_do_not(self):
        for user in (self.viewer, self.auditor, self.service):
            with self.assertRaises(AccessError):
                self.flow.with_user(user).action_open_incident()
        self.flow.company_id = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(AccessError):
            self.flow.with_user(self.operator).action_open_incident()

    def test_the_button_opens_the_only_one(self):
        incident = self.make_incident()
        action = self.flow.action_open_incidents()
        self.assertEqual(action["res_id"], incident.id)

        self.make_incident()
        self.env.invalidate_all()
        action = self.flow.action_open_incidents()
        self.assertFalse(action.get("res_id"))
        self.assertEqual(action["domain"], [("workflow_id", "=", self.flow.id)])
