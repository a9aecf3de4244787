from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from ..tools import trace_context
from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@tagged("post_install", "-at_install", "monitor")
class TestReporting(MonitorCase, TransactionCase):
    """An integration with nothing but the service group reports its runs."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.flow = self.make_flow(steps=(), kind="external")
        self.api = self.api_of(self.service)

    def run_of(self, answer):
        return self.env["monitor.run"].browse(answer["run_id"])

    def events(self):
        return self.env["monitor.event"].search(
            [("workflow_id", "=", self.flow.id)], order="id"
        )

    def start(self, correlation_id="SO1", **values):
        return self.api.run_start("order-to-cash", correlation_id, values)

    def finish(self, outcome="succeeded", error=None, correlation_id="SO1"):
        return self.api.run_finish("order-to-cash", correlation_id, outcome, error)

    def test_a_start_is_a_running_run_of_the_caller(self):
        answer = self.start()

        self.assertEqual(set(answer), {"run_id", "correlation_id", "traceparent"})
        self.assertRecordValues(
            self.run_of(answer),
            [
                {
                    "workflow_id": self.flow.id,
                    "correlation_id": "SO1",
                    "state": "running",
                    "started_at": NOON,
                    "finished_at": False,
                    "user_id": self.service.id,
                    "company_id": self.service.company_id.id,
                }
            ],
        )

    def test_a_start_is_one_event(self):
        self.start()

        self.assertRecordValues(
            self.events(),
            [
                {
                    "kind": "started",
                    "source": "rpc",
                    "correlation_id": "SO1",
                    "user_id": self.service.id,
                    "recorded_at": NOON,
                }
            ],
        )

    def test_the_same_start_again_is_the_same_run(self):
        first, second = self.start(), self.start()

        self.assertEqual(first, second)
        self.assertEqual(len(self.flow.run_ids), 1)
        self.assertEqual(len(self.events()), 1)

    def test_a_start_without_correlation_id_gets_one(self):
        answers = [self.api.run_start("order-to-cash") for _call in range(2)]

        self.assertNotEqual(answers[0]["correlation_id"], answers[1]["correlation_id"])
        self.assertEqual(len(self.flow.run_ids), 2)

    def test_false_stands_for_what_is_absent_where_a_protocol_knows_no_null(self):
        answer = self.api.run_start("order-to-cash", False, False)
        correlation_id = answer["correlation_id"]

        self.api.run_finish("order-to-cash", correlation_id, "succeeded", False)

        self.assertEqual(self.run_of(answer).state, "succeeded")

    def test_the_same_correlation_id_of_two_workflows_is_two_runs(self):
        self.make_flow(code="returns", name="Returns")

        first = self.start()
        second = self.api.run_start("returns", "SO1")

        self.assertNotEqual(first["run_id"], second["run_id"])

    def test_a_start_after_the_end_changes_nothing(self):
        answer = self.start()
        self.finish()

        self.assertEqual(self.start(), answer)
        self.assertEqual(self.run_of(answer).state, "succeeded")

    def test_a_trace_of_the_sender_is_continued(self):
        answer = self.start(traceparent=TRACEPARENT)

        run = self.run_of(answer)
        self.assertEqual(
            (run.trace_id, run.parent_span_id), (TRACE, TRACEPARENT[36:52])
        )
        parsed = trace_context.parse_traceparent(answer["traceparent"])
        self.assertEqual((parsed.trace_id, parsed.parent_id), (TRACE, run.span_id))

    def test_the_record_and_the_context_are_kept(self):
        run = self.run_of(
            self.start(model="res.partner", record_id=7, context={"amount": 12.5})
        )

        self.assertEqual((run.model, run.res_id), ("res.partner", 7))
        self.assertEqual(run.context, {"amount": 12.5})
        self.assertEqual(self.events().context, {"amount": 12.5})

    def test_secrets_and_personal_data_in_the_context_are_not_stored(self):
        context = {"password": "hunter2", "note": "from ana@example.com"}

        run = self.run_of(self.start(context=context))

        for stored in (run.context, self.events().context):
            self.assertEqual(stored["password"], "***")
            self.assertNotIn("ana@example.com", str(stored))

    def test_a_context_up_to_the_limit_is_taken_whole(self):
        context = {"text": "a b " * 4090}  # JSON of 16 371 bytes

        self.assertEqual(self.run_of(self.start(context=context)).context, context)

    def test_the_senders_moment_is_the_start(self):
        for text in (
            "2026-01-05T10:00:00Z",
            "2026-01-05T10:00:00.250Z",
            "2026-01-05T12:00:00+02:00",
            "2026-01-05 10:00:00",
            datetime(2026, 1, 5, 10),  # what xmlrpc.client makes of its DateTime
        ):
            with self.subTest(text):
                run = self.run_of(self.start(str(text), occurred_at=text))
                started_at = run.started_at.replace(microsecond=0)
                self.assertEqual(started_at, NOON - timedelta(hours=2))

    def test_an_end_that_succeeded(self):
        run = self.run_of(self.start())
        self.set_clock(NOON + timedelta(seconds=90))

        answer = self.finish()

        self.assertEqual(answer, {"run_id": run.id, "state": "succeeded"})
        self.assertRecordValues(
            run,
            [
                {
                    "outcome_class": "success",
                    "finished_at": NOON + timedelta(seconds=90),
                    "duration_ms": 90_000,
                    "error_message": False,
                }
            ],
        )
        self.assertEqual(self.events()[-1].kind, "succeeded")

    def test_an_end_that_failed_keeps_the_redacted_error(self):
        run = self.run_of(self.start())

        self.finish("failed", "No stock, told ana@example.com")

        self.assertEqual((run.state, run.outcome_class), ("failed", "fault"))
        self.assertIn("No stock", run.error_message)
        self.assertNotIn("ana@example.com", run.error_message)
        self.assertEqual(self.events()[-1].kind, "failed")
        self.assertEqual(self.events()[-1].severity, "error")

    def test_the_same_error_of_two_runs_is_one_group(self):
        for number in ("SO1", "SO2"):
            self.start(number)
            self.finish("failed", f"Order {number} has no stock", number)

        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.flow.error_group_ids.count, 2)

    def test_a_very_long_error_is_cut(self):
        run = self.run_of(self.start())

        self.finish("failed", "no stock " * 10_000)

        self.assertLessEqual(len(run.error_message), 1000)

    def test_an_error_with_characters_that_cannot_be_stored_is_still_recorded(self):
        run = self.run_of(self.start())

        self.finish("failed", "broken \0 text \ud800 here")

        self.assertIn("broken", run.error_message)

    def test_done_with_work_left_is_no_failure(self):
        run = self.run_of(self.start())

        self.finish("partial")

        self.assertEqual((run.state, run.outcome_class), ("partial", "success"))

    def test_a_cancelled_run_is_skipped_not_failed(self):
        run = self.run_of(self.start())

        self.finish("cancelled")

        self.assertEqual(run.state, "cancelled")
        self.assertEqual(self.events()[-1].kind, "skipped")

    def test_the_same_end_again_changes_nothing(self):
        run = self.run_of(self.start())
        answer = self.finish("failed", "no stock")
        before = run.read(), len(self.events())
        self.set_clock(NOON + timedelta(hours=1))

        self.assertEqual(self.finish("failed", "told again"), answer)

        self.assertEqual((run.read(), len(self.events())), before)

    def test_an_end_before_the_start_lasts_no_time(self):
        run = self.run_of(self.start(occurred_at="2026-01-05T20:00:00Z"))

        self.finish()

        self.assertEqual(run.duration_ms, 0)

    def test_a_run_of_many_weeks_can_end(self):
        self.start(occurred_at="2025-06-01T00:00:00Z")

        self.assertEqual(self.finish()["state"], "succeeded")
        self.env.flush_all()

    def test_an_operator_may_report_too(self):
        api = self.api_of(self.operator)

        self.assertTrue(api.run_start("order-to-cash", "SO9")["run_id"])
