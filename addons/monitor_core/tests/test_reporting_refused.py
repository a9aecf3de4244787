from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)
CODE = "order-to-cash"
NOT_A_TEXT = (None, False, 0, 7, 1.5, True, [], ["x"], {}, {"x": 1})
UNSTORABLE = ("a\0b", "\ud800")


@tagged("post_install", "-at_install", "monitor")
class TestReportingRefused(MonitorCase, TransactionCase):
    """What is refused names the argument, and leaves no trace."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.flow = self.make_flow()
        self.api = self.api_of(self.service)

    def rows(self):
        """Return the content of the tables that reports go to."""
        self.env.flush_all()
        content = []
        for table in ("monitor_run", "monitor_event_data", "monitor_workflow"):
            self.env.cr.execute(f"SELECT md5(string_agg(t::text, '')) FROM {table} t")
            content.append(self.env.cr.fetchone())
        return content

    def assert_refused(self, argument, method, *args):
        """The call raises an error that begins with the argument's name.

        No savepoint around it (``assertRaises`` would open one): what was written
        before the error would be seen.
        """
        before = self.rows()
        with self.subTest(method=method, args=repr(args)[:200]):
            try:
                getattr(self.api, method)(*args)
            except UserError as error:
                self.assertTrue(str(error).startswith(f"{argument}:"), str(error))
            else:
                self.fail("accepted")
        self.assertEqual(self.rows(), before)

    def test_a_code_that_is_none(self):
        for code in ("no-such-flow", "", "ORDER-TO-CASH", *NOT_A_TEXT, *UNSTORABLE):
            self.assert_refused("code", "run_start", code)
            self.assert_refused("code", "checkpoint", code, "SO1", "paid")
            self.assert_refused("code", "run_finish", code, "SO1", "succeeded")

    def test_a_workflow_that_odoo_itself_runs(self):
        for source in (self.make_cron(), self.make_automation()):
            self.tick()
            code = self.workflow_of(source).code
            self.assert_refused("code", "run_start", code)

    def test_an_archived_workflow(self):
        self.flow.active = False

        self.assert_refused("code", "run_start", CODE)
        self.assert_refused("code", "checkpoint", CODE, "SO1", "paid")
        self.assert_refused("correlation_id", "run_finish", CODE, "SO1", "failed")
        with self.assertRaisesRegex(UserError, "archived"):
            self.api.run_start(CODE)

    def test_a_run_of_another_company_on_a_shared_workflow(self):
        self.api.run_start(CODE, "SO1")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "monitor_stranger",
            groups="monitor_core.group_monitor_service",
            company_id=elsewhere.id,
        )
        own, self.api = self.api, self.api_of(stranger)

        for method, *args in (
            ("run_start", CODE, "SO1"),
            ("checkpoint", CODE, "SO1", "paid"),
            ("run_finish", CODE, "SO1", "succeeded"),
        ):
            self.assert_refused("correlation_id", method, *args)

        self.assertTrue(self.api.run_start(CODE, "SO2"))
        self.assertEqual(own.run_finish(CODE, "SO1", "failed")["state"], "failed")

    def test_a_workflow_of_another_company_is_as_unknown_as_none(self):
        self.flow.company_id = self.env["res.company"].create({"name": "Elsewhere"})

        self.assert_refused("code", "run_start", CODE)
        self.assert_refused("code", "checkpoint", CODE, "SO1", "paid")
        self.assert_refused("code", "run_finish", CODE, "SO1", "succeeded")
        self.assertEqual(self.api.health([CODE]), [])

    def test_a_correlation_id_that_is_no_text(self):
        for value in (" ", "x" * 256, *NOT_A_TEXT[2:], *UNSTORABLE):
            self.assert_refused("correlation_id", "run_start", CODE, value)
        for value in ("", *NOT_A_TEXT, *UNSTORABLE):
            self.assert_refused("correlation_id", "checkpoint", CODE, value, "paid")
            self.assert_refused("correlation_id", "run_finish", CODE, value, "failed")

    def test_a_run_that_was_never_started_cannot_end(self):
        self.assert_refused("correlation_id", "run_finish", CODE, "SO404", "succeeded")

    def test_a_step_that_is_none_of_the_flow(self):
        for step in ("delivered", "", "PAID", *NOT_A_TEXT, *UNSTORABLE):
            self.assert_refused("step", "checkpoint", CODE, "SO1", step)

    def test_any_step_of_a_workflow_without_steps(self):
        self.make_flow(steps=(), code="plain", name="Plain")

        self.assert_refused("step", "checkpoint", "plain", "SO1", "paid")

    def test_an_outcome_that_is_none(self):
        self.api.run_start(CODE, "SO1")

        for outcome in ("running", "lost", "stalled", "done", "", *NOT_A_TEXT):
            self.assert_refused("outcome", "run_finish", CODE, "SO1", outcome)

    def test_another_outcome_than_the_reported_one(self):
        self.api.run_start(CODE, "SO1")
        self.api.run_finish(CODE, "SO1", "succeeded")

        self.assert_refused("outcome", "run_finish", CODE, "SO1", "failed")

    def test_an_error_that_is_no_text(self):
        self.api.run_start(CODE, "SO1")

        for error in (0, 7, True, [], ["no stock"], {"message": "no stock"}):
            self.assert_refused("error", "run_finish", CODE, "SO1", "failed", error)

    def test_values_that_are_no_object(self):
        for values in (0, 7, "x", True, [], ["x"], [["context", {}]]):
            self.assert_refused("values", "run_start", CODE, "SO1", values)
            self.assert_refused("values", "checkpoint", CODE, "SO1", "paid", values)

    def test_a_value_that_is_not_known(self):
        for name in ("contxt", "state", "workflow_id", "", 7):
            self.assert_refused("values", "run_start", CODE, "SO1", {name: 1})

    def assert_value_refused(self, name, *wrong, **others):
        for value in wrong:
            values = {name: value, **others}
            argument = f"values.{name}"
            self.assert_refused(argument, "run_start", CODE, "SO1", values)
            self.assert_refused(argument, "checkpoint", CODE, "SO1", "paid", values)

    def test_a_context_that_is_no_json_object(self):
        self.assert_value_refused("context", 0, 7, "", "x", True, [], [1], '{"a": 1}')

    def test_a_model_that_is_none(self):
        self.assert_value_refused(
            "model", "res.partnr", 0, 7, True, [], ["res.partner"], {}, *UNSTORABLE
        )

    def test_a_record_that_cannot_be(self):
        self.assert_value_refused(
            "record_id", 0, -1, 2**31, 2**80, 1.5, "7", True, [7], model="res.partner"
        )
        self.assert_value_refused("record_id", 7)  # of which model?

    def test_a_moment_that_is_none(self):
        self.assert_value_refused(
            "occurred_at",
            *(
                "yesterday",
                "2026-13-01",
                "12:00",
                "2026",
                "",
                0,
                1736078400,
                True,
                [],
                {},
            ),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
        )

    def test_a_moment_too_far_in_the_future(self):
        self.assert_value_refused("occurred_at", "2026-01-06T12:00:01Z")

    def test_a_trace_context_that_is_none(self):
        zero = f"00-{'0' * 32}-00f067aa0ba902b7-01"
        self.assert_value_refused("traceparent", "x", "", zero, 0, 7, True, [], {})

    def test_codes_that_are_no_list_of_texts(self):
        for codes in (0, 7, "order-to-cash", True, {}, {"a": 1}, [7], [None], [[]]):
            self.assert_refused("codes", "health", codes)

    def test_a_context_that_is_not_storable_as_json_names_the_place(self):
        deep = {}
        for _level in range(100):
            deep = {"a": deep}
        for context, place in (
            ({"a": float("nan")}, "values.context.a:"),
            ({"a": [1, float("inf")]}, "values.context.a[1]:"),
            ({1: 1}, "values.context:"),
            (deep, "values.context.a"),
            ({"text": "x" * 16_384}, "values.context:"),
        ):
            with self.subTest(place), self.assertRaises(UserError) as refused:
                self.api.run_start(CODE, "SO1", {"context": context})
            self.assertIn(place, str(refused.exception))

    def test_who_may_not_report(self):
        for name in ("nobody", "viewer", "auditor", "override"):
            api = self.api_of(getattr(self, name))
            for method, *args in (
                ("run_start", CODE),
                ("checkpoint", CODE, "SO1", "paid"),
                ("run_finish", CODE, "SO1", "succeeded"),
            ):
                with self.subTest(f"{name} {method}"), self.assertRaises(AccessError):
                    getattr(api, method)(*args)

    def test_the_public_user_may_nothing(self):
        api = self.api_of(self.env.ref("base.public_user"))

        for method, *args in (("run_start", CODE), ("health",)):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(api, method)(*args)
