from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from .common import MonitorCase

MAY = ("operator", "manager")
MAY_NOT = ("nobody", "viewer", "auditor", "service", "override")


@tagged("post_install", "-at_install", "monitor")
class TestButtons(MonitorCase, TransactionCase):
    """Who may run, pause and resume, and what that leaves behind."""

    def setUp(self):
        super().setUp()
        self.source = self.make_cron()
        self.tick()
        self.workflow = self.workflow_of(self.source)
        self.workflow.run_now_allowed = True
        self.flush_tracking()
        self.env["ir.cron.trigger"].search([]).unlink()

    def triggers(self):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", self.source.id)])

    def as_user(self, name):
        return self.workflow.with_user(getattr(self, name))

    def test_who_may_run_now(self):
        for number, name in enumerate(MAY, 1):
            with self.subTest(name):
                self.as_user(name).action_run_now()
                self.assertEqual(len(self.triggers()), number)

    def test_who_may_not_run_now(self):
        for name in MAY_NOT:
            with self.subTest(name), self.assertRaises(AccessError):
                self.as_user(name).action_run_now()
        self.assertFalse(self.triggers())

    def test_who_may_pause_and_resume(self):
        for name in MAY:
            with self.subTest(name):
                self.as_user(name).action_pause("Month end")
                self.assertEqual(self.workflow.health, "paused")
                self.as_user(name).action_resume()
                self.assertEqual(self.workflow.health, "new")

    def test_who_may_not_pause_or_resume(self):
        for name in MAY_NOT:
            for button in ("action_pause", "action_resume"):
                with self.subTest(f"{name} {button}"), self.assertRaises(AccessError):
                    getattr(self.as_user(name), button)()
        self.assertFalse(self.workflow.paused)

    def test_run_now_is_recorded_with_its_user(self):
        self.as_user("operator").action_run_now()

        event = self.env["monitor.event"].search(
            [("workflow_id", "=", self.workflow.id), ("step", "=", "run_now")]
        )
        self.assertEqual((event.kind, event.user_id), ("log", self.operator))
        message = self.workflow.message_ids[0]
        self.assertIn("Started by", message.body)
        self.assertEqual(message.author_id, self.operator.partner_id)

    def test_run_now_tells_the_person(self):
        action = self.as_user("operator").action_run_now()

        self.assertEqual(action["tag"], "display_notification")

    def test_run_now_really_runs(self):
        self.source.code = "env['res.partner'].create({'name': 'Ran now'})"
        self.as_user("operator").action_run_now()

        with self.enter_registry_test_mode():
            self.source.method_direct_trigger()

        self.assertTrue(self.env["res.partner"].search([("name", "=", "Ran now")]))

    def test_run_now_only_where_a_manager_has_allowed_it(self):
        """Not even where nobody has said no: what was just found may not be started."""
        source = self.make_cron(name="Send all invoices")
        self.tick()
        workflow = self.workflow_of(source)
        self.assertFalse(workflow.run_now_allowed)

        for name in MAY:
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "manager can allow"),
            ):
                workflow.with_user(getattr(self, name)).action_run_now()

        workflow.with_user(self.manager).run_now_allowed = True
        workflow.with_user(self.operator).action_run_now()

    def test_what_was_allowed_stays_allowed(self):
        self.source.name = "Another name"
        self.tick()

        self.assertTrue(self.workflow.run_now_allowed)

    def test_run_now_of_a_switched_off_action_says_who_can_help(self):
        self.source.active = False
        self.tick()

        with self.assertRaisesRegex(UserError, "switched off"):
            self.as_user("operator").action_run_now()

    def test_run_now_is_for_scheduled_actions(self):
        flow = self.make_flow(run_now_allowed=True)

        with self.assertRaises(UserError):
            flow.with_user(self.operator).action_run_now()

    def test_run_now_of_many_stops_before_anything_is_started(self):
        both = self.workflow + self.make_flow()

        with self.assertRaises(UserError):
            both.with_user(self.operator).action_run_now()

        self.assertFalse(self.triggers())

    def test_an_operator_cannot_allow_run_now(self):
        with self.assertRaises(AccessError):
            self.as_user("operator").run_now_allowed = True

    def test_a_pause_is_in_the_chatter_with_its_user(self):
        self.as_user("operator").action_pause("Month end")
        self.flush_tracking()

        message = self.workflow.message_ids[0]
        self.assertIn("paused", message.tracking_value_ids.field_id.mapped("name"))
        self.assertEqual(message.author_id, self.operator.partner_id)

    def test_pausing_asks_why_for_all_that_are_selected(self):
        both = self.workflow + self.make_flow()
        wizard = (
            self.env["monitor.workflow.pause"]
            .with_user(self.operator)
            .with_context(active_model=both._name, active_ids=both.ids)
            .create({"reason": "The server is being replaced"})
        )

        wizard.action_pause()

        self.assertEqual(wizard.workflow_count, 2)
        self.assertEqual(both.mapped("health"), ["paused"] * 2)
        self.assertEqual(
            set(both.mapped("health_reason")), {"Paused: The server is being replaced"}
        )

    def test_resume_forgets_the_reason(self):
        self.as_user("operator").action_pause("Month end")

        self.as_user("operator").action_resume()

        self.assertFalse(self.workflow.pause_reason)

    def test_runs_are_recorded_while_paused(self):
        self.as_user("operator").action_pause()

        with self.enter_registry_test_mode():
            self.source.method_direct_trigger()
        self.tick()

        self.assertTrue(self.workflow.run_ids)
        self.assertEqual(self.workflow.health, "paused")

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.flush()
