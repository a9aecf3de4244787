from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..tools import trace_context
from ..tools.span import MAX_SINGLE_RUNS
from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestCapture(MonitorCase, TransactionCase):
    """Automation rules and server actions become runs, once each."""

    def runs_of(self, source):
        self.env.cr.flush()
        return self.env["monitor.run"].search(
            [("source_ref", "=", f"{source._name},{source.id}")], order="id"
        )

    def make_action(self, code, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Tidy up partner",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": code,
                **values,
            }
        )

    def run_action(self, action, records=None):
        records = records or self.env.user.partner_id
        return action.with_context(
            active_model=records._name, active_ids=records.ids, active_id=records[0].id
        ).run()

    def test_a_server_action_is_one_run_with_its_event(self):
        action = self.make_action("pass")

        self.run_action(action)

        run = self.runs_of(action)
        self.assertRecordValues(
            run,
            [
                {
                    "state": "succeeded",
                    "outcome_class": "success",
                    "model": "res.partner",
                    "res_id": self.env.user.partner_id.id,
                    "record_count": 1,
                    "run_count": 1,
                    "user_id": self.env.uid,
                    "company_id": self.env.company.id,
                }
            ],
        )
        self.assertTrue(run.finished_at >= run.started_at)
        event = self.env["monitor.event"].search([("run_id", "=", run.id)])
        self.assertEqual(event.kind, "succeeded")
        self.assertEqual(event.correlation_id, run.correlation_id)

    def test_a_rule_is_one_run_for_all_its_records_and_actions(self):
        rule = self.make_automation(code="record.write({'comment': 'seen'})")

        self.env["res.partner"].create([{"name": "Ana"}, {"name": "Ben"}])

        run = self.runs_of(rule)
        self.assertEqual(len(run), 1)
        self.assertEqual(run.record_count, 2)
        self.assertFalse(self.runs_of(rule.action_server_ids))

    def test_a_rule_whose_filter_matches_nothing_is_no_run(self):
        rule = self.make_automation(filter_domain="[('name', '=', 'Zoe')]")

        self.env["res.partner"].create({"name": "Ana"})

        self.assertFalse(self.runs_of(rule))

    def test_children_of_a_multi_action_know_their_parent_and_trace(self):
        child = self.make_action("pass", name="Child")
        parent = self.make_action("", state="multi", name="Parent")
        parent.child_ids = child

        self.run_action(parent)

        parent_run, child_run = self.runs_of(parent), self.runs_of(child)
        self.assertEqual(child_run.parent_id, parent_run)
        self.assertEqual(child_run.trace_id, parent_run.trace_id)

    def test_a_child_written_before_its_parent_ended_is_adopted(self):
        child = self.make_action("pass", name="Child")
        parent = self.make_action(
            f"env['ir.actions.server'].browse({child.id}).with_context("
            "active_model='res.partner', active_id=record.id).run()\n"
            "env.cr.flush()",
            name="Parent",
        )

        self.run_action(parent)

        self.assertEqual(self.runs_of(child).parent_id, self.runs_of(parent))

    def test_more_than_fifty_runs_in_a_transaction_are_one_with_a_count(self):
        action = self.make_action("pass")

        for _time in range(MAX_SINGLE_RUNS + 7):
            self.run_action(action)

        run = self.runs_of(action)
        self.assertEqual(len(run), 1)
        self.assertEqual(run.run_count, MAX_SINGLE_RUNS + 7)
        event = self.env["monitor.event"].search([("run_id", "=", run.id)])
        self.assertEqual(event.quantity, MAX_SINGLE_RUNS + 7)

    def test_what_a_savepoint_undoes_was_no_run(self):
        action = self.make_action("pass")

        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.run_action(action)
            raise ValidationError(self.env._("undone"))

        self.assertFalse(self.runs_of(action))

    def test_an_action_that_is_not_monitored_is_no_run(self):
        action = self.make_action("pass")
        self.run_action(action)
        self.tick()
        workflow = self.workflow_of(action)
        workflow.captured = False

        self.run_action(action)

        self.assertEqual(len(self.runs_of(action)), 1)

    def test_an_unseen_source_is_attached_by_the_tick(self):
        action = self.make_action("pass")
        self.run_action(action)
        self.assertFalse(self.runs_of(action).workflow_id)

        self.tick()

        workflow = self.workflow_of(action)
        self.assertEqual(self.runs_of(action).workflow_id, workflow)
        self.assertEqual(workflow.health, "healthy")
        self.assertEqual(workflow.run_count_7d, 1)

    def test_nothing_is_written_where_nothing_monitored_runs(self):
        tag = self.env["res.partner.category"].create({"name": "Tag"})
        self.env.cr.flush()

        with self.assertQueryCount(1):
            tag.write({"color": 3})
            self.env.cr.flush()

    def test_one_statement_writes_all_runs_of_a_transaction(self):
        actions = [self.make_action("pass", name=f"Action {n}") for n in range(3)]
        for action in actions:
            self.run_action(action)
        self.env.cr.flush()
        for action in actions:
            self.run_action(action)

        with self.assertQueryCount(1):
            self.env.cr.flush()

    def test_ids_follow_the_trace_of_the_caller(self):
        action = self.make_action("pass")

        self.run_action(action.with_context(monitor_correlation_id="ORDER-7"))

        run = self.runs_of(action)
        self.assertEqual(run.correlation_id, "ORDER-7")
        header = trace_context.format_traceparent(run.trace_id, run.span_id)
        self.assertTrue(trace_context.parse_traceparent(header))

    def test_a_read_only_cursor_is_left_alone(self):
        action = self.make_action("pass")
        self.run_action(action)
        self.env.cr.flush()
        recorder = self.env["monitor.recorder"]
        span = recorder._open(("ir.actions.server", action.id))

        self.patch(type(self.env.cr), "readonly", True)
        recorder._succeed(span)

        self.assertNotIn("monitor_core.runs", self.env.cr.precommit.data)


@tagged("post_install", "-at_install", "monitor")
class TestCaptureFailures(MonitorCase, TransactionCase):
    """A failure survives the rollback that it causes."""

    def setUp(self):
        super().setUp()
        self.rule = self.make_automation(code="raise UserError('credit limit reached')")
        self.env.cr.flush()

    def create_refused(self, model="res.partner", **values):
        """Create a record in a transaction of its own; return what it raised.

        Without ``assertRaises``, whose savepoint would undo what is written after.
        """
        with self.enter_registry_test_mode():
            try:
                with self.registry.cursor() as cr:
                    self.env(cr=cr)[model].create({"name": "Ana", **values})
            except Exception as error:
                return error
        self.fail("nothing was raised")

    def failed_run(self):
        return self.env["monitor.run"].search(
            [("source_ref", "=", f"base.automation,{self.rule.id}")]
        )

    def test_a_refusal_is_a_business_outcome(self):
        error = self.create_refused()

        run = self.failed_run()
        self.assertIsInstance(error, UserError)

        self.assertRecordValues(
            run,
            [
                {
                    "state": "failed",
                    "outcome_class": "business_error",
                    "error_message": "credit limit reached",
                }
            ],
        )
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Ana")]))

    def test_a_defect_is_a_fault_with_traceback_and_fingerprint(self):
        self.rule.action_server_ids.code = "record.no_such_field"

        self.assertIsInstance(self.create_refused(), ValueError)

        run = self.failed_run()

        self.assertEqual(run.outcome_class, "fault")
        self.assertIn("no_such_field", run.error_message)
        self.assertIn("AttributeError", run.error_type)
        self.assertIn("Traceback", run.traceback)
        self.assertEqual(len(run.fingerprint), 16)

    def test_a_nested_rule_and_the_outer_one_both_failed(self):
        outer = self.make_automation(
            model="res.country", code="env['res.partner'].create({'name': 'Ana'})"
        )
        self.create_refused("res.country", code="QZ")

        refs = self.env["monitor.run"].search(
            [("error_message", "=", "credit limit reached")]
        )
        self.assertEqual(
            set(refs.mapped("source_ref")),
            {f"base.automation,{outer.id}", f"base.automation,{self.rule.id}"},
        )
        self.assertEqual(len(set(refs.mapped("trace_id"))), 1)

    def test_personal_data_in_messages_is_not_stored(self):
        self.rule.action_server_ids.code = (
            "raise UserError('write to ana@example.com, password=hunter2')"
        )

        self.create_refused()

        run = self.failed_run()

        self.assertNotIn("ana@example.com", run.error_message)
        self.assertNotIn("hunter2", run.error_message)
        self.assertNotIn("hunter2", run.traceback)

    def test_an_error_that_odoo_retries_is_no_outcome(self):
        self.rule.action_server_ids.code = "env.cr.execute('SELECT 1/0')"
        code = type("SerializationFailure", (Exception,), {"pgcode": "40001"})
        recorder = self.env["monitor.recorder"]
        span = recorder._open(("base.automation", self.rule.id))

        recorder._fail(span, code("could not serialize access"))

        self.assertFalse(self.env.cr.postrollback.data.get("monitor_core.failures"))
