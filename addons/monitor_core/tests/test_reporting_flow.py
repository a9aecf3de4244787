from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)
STEPS = (
    "paid",
    {"code": "packed", "deadline_minutes": 60},
    {"code": "insured", "optional": True},
    {"code": "shipped", "deadline_minutes": 120},
)


@tagged("post_install", "-at_install", "monitor")
class TestReportingFlow(MonitorCase, TransactionCase):
    """A run of a flow passes its steps, in whatever order they are reported."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.flow = self.make_flow(STEPS)
        self.api = self.api_of(self.service)

    def checkpoint(self, step, correlation_id="SO1", **values):
        return self.api.checkpoint("order-to-cash", correlation_id, step, values)

    def run_of(self, answer):
        return self.env["monitor.run"].browse(answer["run_id"])

    def events(self, **values):
        domain = [("workflow_id", "=", self.flow.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["monitor.event"].search(domain, order="id")

    def test_a_checkpoint_says_what_remains_in_the_order_of_the_flow(self):
        answer = self.checkpoint("paid")

        run = self.run_of(answer)
        self.assertEqual(
            answer,
            {"run_id": run.id, "state": "running", "remaining": ["packed", "shipped"]},
        )
        self.assertEqual(run.next_step, "packed")
        self.assertEqual(run.next_deadline_at, NOON + timedelta(hours=1))

    def test_a_checkpoint_is_one_event_with_its_step(self):
        self.checkpoint("paid", context={"amount": 5})

        event = self.events(kind="checkpoint")
        self.assertEqual((event.step, event.context), ("paid", {"amount": 5}))

    def test_a_checkpoint_of_an_unknown_run_starts_it(self):
        self.checkpoint("paid")

        self.assertEqual(len(self.flow.run_ids), 1)
        self.assertEqual(self.events().mapped("kind"), ["started", "checkpoint"])

    def test_a_checkpoint_joins_the_run_that_was_started(self):
        started = self.api.run_start("order-to-cash", "SO1")

        self.assertEqual(self.checkpoint("paid")["run_id"], started["run_id"])

    def test_what_is_on_its_way_in_an_archived_flow_may_come_to_its_end(self):
        started = self.api.run_start("order-to-cash", "SO1")
        other = self.api.run_start("order-to-cash", "SO2")
        self.flow.active = False

        self.assertEqual(self.api.run_start("order-to-cash", "SO1"), started)
        for step in ("paid", "packed", "shipped"):
            answer = self.checkpoint(step)
        self.api.run_finish("order-to-cash", "SO2", "cancelled")

        self.assertEqual(answer["state"], "succeeded")
        self.assertEqual(self.run_of(started).state, "succeeded")
        self.assertEqual(self.run_of(other).state, "cancelled")

    def test_the_same_checkpoint_again_changes_nothing(self):
        answer = self.checkpoint("paid")
        before = self.run_of(answer).read(), len(self.events())
        self.set_clock(NOON + timedelta(minutes=5))

        self.assertEqual(self.checkpoint("paid"), answer)

        self.assertEqual((self.run_of(answer).read(), len(self.events())), before)

    def test_the_last_required_step_ends_the_run(self):
        for minutes, step in enumerate(("paid", "packed", "shipped")):
            self.set_clock(NOON + timedelta(minutes=minutes))
            answer = self.checkpoint(step)

        self.assertEqual((answer["state"], answer["remaining"]), ("succeeded", []))
        self.assertRecordValues(
            self.run_of(answer),
            [
                {
                    "finished_at": NOON + timedelta(minutes=2),
                    "duration_ms": 120_000,
                    "next_step": False,
                    "next_deadline_at": False,
                }
            ],
        )
        self.assertEqual(self.events()[-1].kind, "succeeded")

    def test_steps_may_come_in_any_order(self):
        answer = self.checkpoint("shipped")
        self.assertEqual(answer["remaining"], ["paid", "packed"])
        answer = self.checkpoint("packed")
        self.assertEqual(answer["remaining"], ["paid"])

        self.assertEqual(self.checkpoint("paid")["state"], "succeeded")

    def test_an_optional_step_may_be_passed_and_never_remains(self):
        answer = self.checkpoint("insured")

        self.assertEqual(answer["remaining"], ["paid", "packed", "shipped"])
        self.assertIn("insured", self.run_of(answer).steps_done)

    def test_a_checkpoint_after_the_end_changes_nothing(self):
        for step in ("paid", "packed", "shipped"):
            answer = self.checkpoint(step)
        before = len(self.events())

        self.assertEqual(self.checkpoint("insured"), answer)
        self.assertEqual(len(self.events()), before)

    def test_a_run_whose_next_step_is_overdue_stalls_once(self):
        run = self.run_of(self.checkpoint("paid"))

        self.tick(NOON + timedelta(minutes=59))
        self.assertEqual(run.state, "running")
        for minutes in (61, 62):
            self.tick(NOON + timedelta(minutes=minutes))

        self.assertEqual(run.state, "stalled")
        event = self.events(run_state="stalled")
        self.assertEqual((event.step, event.severity), ("packed", "error"))
        self.assertEqual(event.occurred_at, NOON + timedelta(hours=1))

    def test_a_stalled_run_is_seen_in_the_health_of_its_flow(self):
        self.checkpoint("paid")

        self.tick(NOON + timedelta(minutes=61))

        self.assertNotIn(self.flow.health, ("new", "healthy"))
        self.assertIn("packed", self.flow.health_reason)

    def test_a_late_checkpoint_revives_a_stalled_run(self):
        run = self.run_of(self.checkpoint("paid"))
        self.tick(NOON + timedelta(minutes=61))
        self.set_clock(NOON + timedelta(minutes=90))

        self.assertEqual(self.checkpoint("packed")["state"], "running")

        self.assertEqual(run.next_deadline_at, NOON + timedelta(minutes=210))

    def test_a_repeated_checkpoint_does_not_revive_a_stalled_run(self):
        self.checkpoint("paid")
        self.tick(NOON + timedelta(minutes=61))
        self.set_clock(NOON + timedelta(minutes=90))

        self.assertEqual(self.checkpoint("paid")["state"], "stalled")

    def test_a_step_that_is_not_the_overdue_one_does_not_revive(self):
        self.checkpoint("paid")
        self.tick(NOON + timedelta(minutes=61))
        self.set_clock(NOON + timedelta(minutes=90))

        answer = self.checkpoint("insured")

        self.assertEqual(answer["state"], "stalled")
        self.tick(NOON + timedelta(minutes=91))
        self.assertEqual(len(self.events(run_state="stalled")), 1)

    def test_a_stalled_run_can_be_finished(self):
        self.checkpoint("paid")
        self.tick(NOON + timedelta(minutes=61))

        answer = self.api.run_finish("order-to-cash", "SO1", "cancelled")

        self.assertEqual(answer["state"], "cancelled")

    def test_deadlines_count_from_the_senders_moments(self):
        self.checkpoint("paid", occurred_at="2026-01-05T10:30:00Z")
        self.checkpoint("packed", occurred_at="2026-01-05T11:15:00Z")

        run = self.flow.run_ids
        self.assertEqual(run.next_deadline_at, datetime(2026, 1, 5, 13, 15))

    def test_a_flow_of_many_weeks_can_complete(self):
        self.checkpoint("paid", occurred_at="2025-06-01T00:00:00Z")
        self.checkpoint("packed", occurred_at="2025-06-01T00:30:00Z")

        self.assertEqual(self.checkpoint("shipped")["state"], "succeeded")
        self.env.flush_all()
