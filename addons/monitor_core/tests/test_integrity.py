from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..models.monitor_workflow_integrity import VERDICT
from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestVerdict(MonitorCase, TransactionCase):
    """Health is worked out from runs; nobody writes it."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow()

    def test_nobody_writes_health(self):
        for user in (self.manager, self.env.user):
            workflow = self.flow.with_user(user)
            for name in VERDICT:
                with self.subTest(f"{user.login} {name}"):
                    with self.assertRaisesRegex(AccessError, name):
                        workflow.write({name: self.flow[name]})
                    with self.assertRaisesRegex(AccessError, name):
                        workflow.sudo().write({name: self.flow[name]})

    def test_nobody_creates_with_health(self):
        workflows = self.env["monitor.workflow"].with_user(self.manager)
        values = {"name": "W", "code": "w", "health": "healthy"}
        with self.assertRaisesRegex(AccessError, "health"):
            workflows.create(values)

        del values["health"]
        made = workflows.with_context(default_health="healthy", default_name="x")
        self.assertEqual(made.create(values).health, "new")

    def test_a_manager_does_not_put_off_the_next_look(self):
        workflow = self.flow.with_user(self.manager)
        for name in ("next_check_at", "next_expected_at"):
            with self.subTest(name), self.assertRaisesRegex(AccessError, name):
                workflow.write({name: "2099-01-01 00:00:00"})

    def test_a_manager_asks_for_a_look_and_sets_schedules(self):
        workflow = self.flow.with_user(self.manager)
        workflow.write({"next_check_at": False})
        workflow.write({"schedule_type": "interval", "interval_unit": "hours"})

        self.assertTrue(workflow.next_expected_at)
        self.assertFalse(workflow.next_check_at)


@tagged("post_install", "-at_install", "monitor")
class TestCopy(MonitorCase, TransactionCase):
    """A duplicate is a workflow of its own."""

    def test_each_copy_has_a_free_code_and_a_name(self):
        flow = self.make_flow().with_user(self.manager)

        first, second, third = flow.copy(), flow.copy(), flow.copy().copy()

        self.assertEqual(first.code, "order-to-cash-copy")
        self.assertEqual(second.code, "order-to-cash-copy-2")
        self.assertEqual(third.code, "order-to-cash-copy-3-copy")
        self.assertEqual(first.name, "Order to cash (copy)")
        self.assertEqual(first.step_ids.mapped("code"), ["paid", "packed", "shipped"])

    def test_several_at_once(self):
        flows = self.make_flow() | self.make_flow(code="b")
        flows |= self.make_flow(code="x" * 128) | self.make_flow(code="x" * 127)

        codes = flows.copy().mapped("code")

        self.assertEqual(codes[:2], ["order-to-cash-copy", "b-copy"])
        self.assertEqual(codes[2:], ["x" * 123 + "-copy", "x" * 121 + "-copy-2"])

    def test_a_code_that_is_given_is_kept(self):
        copy = self.make_flow().copy({"code": "mine", "name": "Mine"})

        self.assertEqual((copy.code, copy.name), ("mine", "Mine"))

    def test_an_archived_copy_keeps_its_code(self):
        flow = self.make_flow()
        flow.copy().active = False

        self.assertEqual(flow.copy().code, "order-to-cash-copy-2")

    def test_a_copy_of_what_odoo_runs_is_a_flow(self):
        cron = self.make_cron()
        self.tick()
        workflow = self.workflow_of(cron)
        workflow.captured = False

        copy = workflow.copy()

        self.assertFalse(copy.source_model)
        self.assertEqual(
            (copy.kind, copy.schedule_type, copy.captured), ("flow", "none", True)
        )
        self.tick()
        self.assertEqual(copy.source_state, "active")


@tagged("post_install", "-at_install", "monitor")
class TestDelete(MonitorCase, TransactionCase):
    """A checkpoint that a server action records is not deleted under its feet."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow()
        self.action = self.env["ir.actions.server"].create(
            {
                "name": "Note the payment",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "monitor_checkpoint",
                "monitor_step_id": self.flow.step_ids[0].id,
            }
        )
        self.env.flush_all()

    def test_a_step_in_use_names_its_action(self):
        step = self.flow.step_ids[0].with_user(self.manager)

        with self.assertRaisesRegex(UserError, "“paid”.*“Note the payment”.*Settings"):
            step.unlink()

    def test_a_step_taken_out_of_the_form_as_well(self):
        remove = Command.delete(self.flow.step_ids[0].id)

        with self.assertRaisesRegex(UserError, "Note the payment"):
            self.flow.with_user(self.manager).write({"step_ids": [remove]})

    def test_a_flow_in_use_names_its_action(self):
        with self.assertRaisesRegex(UserError, "“paid”.*“Note the payment”"):
            self.flow.with_user(self.manager).unlink()

    def test_what_no_action_records_is_deleted(self):
        paid, packed, _shipped = self.flow.step_ids
        packed.with_user(self.manager).unlink()
        self.action.unlink()
        paid.with_user(self.manager).unlink()
        self.flow.with_user(self.manager).unlink()

        self.assertFalse(self.flow.exists())
