from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestDiscovery(MonitorCase, TransactionCase):
    """Every automation has its workflow, in step with it, and nothing to configure."""

    def test_every_scheduled_action_but_our_own_is_known_from_the_start(self):
        crons = self.env["ir.cron"].with_context(active_test=False).search([])
        for own in self.env["monitor.discovery"]._own_crons():
            crons -= self.env.ref(own)

        known = self.env["monitor.workflow"].search([("source_model", "=", "ir.cron")])

        self.assertEqual(set(known.mapped("source_id")), set(crons.ids))

    def test_a_new_scheduled_action_is_found_with_its_schedule(self):
        cron = self.make_cron(interval_number=2, interval_type="hours")

        self.tick()

        workflow = self.workflow_of(cron)
        self.assertEqual(workflow.kind, "cron")
        self.assertEqual(workflow.schedule_text, "every 2 hours")
        self.assertEqual(workflow.next_expected_at, cron.nextcall)
        self.assertEqual(workflow.code, f"ir.cron-{cron.id}")

    def test_an_interval_of_centuries_is_taken_as_it_is(self):
        cron = self.make_cron(interval_number=9999, interval_type="months")

        self.tick()

        workflow = self.workflow_of(cron)
        self.assertEqual(workflow.schedule_text, "every 9999 months")
        self.assertEqual(workflow.health, "new")

    def test_codes_come_from_the_xml_id(self):
        cron = self.env.ref("base.autovacuum_job")

        self.assertEqual(self.workflow_of(cron).code, "base.autovacuum_job")

    def test_rules_and_webhooks_are_found(self):
        rule = self.make_automation()
        webhook = self.make_automation(trigger="on_webhook")

        self.tick()

        self.assertEqual(self.workflow_of(rule).kind, "automation")
        self.assertEqual(self.workflow_of(webhook).kind, "webhook")

    def test_an_action_in_a_menu_is_found_others_when_they_run(self):
        model = self.env.ref("base.model_res_partner")
        values = {"model_id": model.id, "state": "code", "code": "pass"}
        bound = self.env["ir.actions.server"].create(
            {**values, "name": "Bound", "binding_model_id": model.id}
        )
        loose = self.env["ir.actions.server"].create({**values, "name": "Loose"})
        self.tick()
        self.assertTrue(self.workflow_of(bound))
        self.assertFalse(self.workflow_of(loose))

        loose.run()
        self.env.cr.flush()
        self.tick()

        self.assertTrue(self.workflow_of(loose))

    def test_a_new_name_is_followed_unless_somebody_chose_another(self):
        rule = self.make_automation(name="First name")
        self.tick()
        workflow = self.workflow_of(rule)

        rule.name = "Second name"
        self.tick()
        self.assertEqual(workflow.name, "Second name")

        workflow.name = "Ours"
        rule.name = "Third name"
        self.tick()
        self.assertEqual(workflow.name, "Ours")

    def test_a_deleted_rule_retires_its_workflow_with_its_history(self):
        rule = self.make_automation()
        self.env["res.partner"].create({"name": "Ana"})
        self.tick()
        workflow = self.workflow_of(rule)

        rule.unlink()
        self.tick()

        self.assertFalse(workflow.active)
        self.assertEqual(workflow.source_state, "missing")
        self.assertTrue(workflow.run_ids)

    def test_an_archived_rule_is_paused_and_back_when_switched_on(self):
        rule = self.make_automation()
        self.tick()
        workflow = self.workflow_of(rule)

        rule.active = False
        self.tick()
        self.assertEqual(workflow.health, "paused")

        rule.active = True
        self.tick()
        self.assertEqual(workflow.health, "new")

    def test_guesses_are_marked_until_somebody_decides(self):
        cron = self.make_cron(user_id=self.env.ref("base.user_admin").id)
        self.tick()
        workflow = self.workflow_of(cron)
        self.assertEqual(workflow.process_owner_id, self.env.ref("base.user_admin"))
        self.assertTrue(workflow.owner_guessed)
        self.assertTrue(workflow.criticality_guessed)

        workflow.write({"process_owner_id": self.env.uid, "criticality": "high"})

        self.assertFalse(workflow.owner_guessed)
        self.assertFalse(workflow.criticality_guessed)

    def test_what_others_report_cannot_be_left_unobserved(self):
        with self.assertRaisesRegex(ValidationError, "Pause or archive"):
            self.make_flow().captured = False

    def test_a_second_look_changes_nothing(self):
        self.tick()
        self.env.flush_all()
        workflows = self.env["monitor.workflow"].with_context(active_test=False)
        before = workflows.search([]).mapped("write_date")

        self.env["monitor.discovery"]._sync(self.now())

        self.env.flush_all()
        self.assertEqual(workflows.search([]).mapped("write_date"), before)

    def test_a_code_that_is_taken_is_not_taken_twice(self):
        cron = self.make_cron()
        self.env["monitor.workflow"].create(
            {"name": "Mine", "code": f"ir.cron-{cron.id}", "kind": "external"}
        )

        self.tick()

        self.assertTrue(self.workflow_of(cron))
        self.assertNotEqual(self.workflow_of(cron).code, f"ir.cron-{cron.id}")


@tagged("post_install", "-at_install", "monitor")
class TestMadeAnew(MonitorCase, TransactionCase):
    """A source with the same XML id is the same automation, whatever its id."""

    def setUp(self):
        super().setUp()
        self.cron = self.make_known_cron()
        self.tick()
        self.workflow = self.workflow_of(self.cron)
        self.workflow.write(
            {
                "process_owner_id": self.manager.id,
                "runbook_html": "<p>Call Ana</p>",
                "captured": False,
            }
        )

    def make_known_cron(self, name="my_nightly", **values):
        """Make a scheduled action that has an XML id, as those of apps have."""
        cron = self.make_cron(**values)
        self.env["ir.model.data"].create(
            {
                "module": "crm",
                "name": name,
                "model": "ir.cron",
                "res_id": cron.id,
            }
        )
        return cron

    def assert_same_workflow(self, cron):
        self.assertEqual(self.workflow_of(cron), self.workflow)
        self.assertRecordValues(
            self.workflow,
            [
                {
                    "code": "crm.my_nightly",
                    "active": True,
                    "source_state": "active",
                    "process_owner_id": self.manager.id,
                    "runbook_html": "<p>Call Ana</p>",
                    "captured": False,
                }
            ],
        )

    def test_a_retired_workflow_is_taken_up_again(self):
        self.cron.unlink()
        self.tick()
        self.assertFalse(self.workflow.active)

        cron = self.make_known_cron(name="my_nightly", interval_number=3)
        self.tick()

        self.assert_same_workflow(cron)
        self.assertEqual(self.workflow.schedule_text, "every 3 hours")

    def test_a_record_replaced_between_two_ticks_keeps_its_workflow(self):
        self.cron.unlink()
        cron = self.make_known_cron()

        self.tick()

        self.assert_same_workflow(cron)

    def test_what_the_new_one_did_before_the_tick_is_in_the_history(self):
        self.workflow.captured = True
        self.cron.unlink()
        cron = self.make_known_cron()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

        self.tick()

        self.assertTrue(self.workflow.run_ids)

    def test_a_workflow_whose_source_is_there_is_not_taken_away(self):
        """Also when its code reads like the XML id of the new source."""
        self.workflow.code = "crm.other"

        other = self.make_known_cron(name="other")
        self.tick()

        self.assertEqual(self.workflow_of(self.cron), self.workflow)
        self.assertEqual(self.workflow_of(other).code, f"ir.cron-{other.id}")

    def test_another_kind_of_source_does_not_get_it(self):
        self.cron.unlink()
        self.tick()
        rule = self.make_automation()
        self.env["ir.model.data"].create(
            {
                "module": "crm",
                "name": "my_nightly",
                "model": "base.automation",
                "res_id": rule.id,
            }
        )

        self.tick()

        self.assertNotEqual(self.workflow_of(rule), self.workflow)
        self.assertFalse(self.workflow.active)
