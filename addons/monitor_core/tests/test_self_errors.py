from types import SimpleNamespace
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import CompletionStatus

from ..models import monitor_recorder
from ..models.ir_cron import Execution
from .common import MonitorCase

LOGGERS = [
    f"odoo.addons.monitor_core.models.{name}"
    for name in ("monitor_recorder", "ir_cron", "monitor_health")
]


def broken(*_args, **_kwargs):
    raise RuntimeError("defect of ours")


@tagged("post_install", "-at_install", "monitor")
class TestSelfErrors(MonitorCase, TransactionCase):
    """What the monitor catches of its own errors is counted, stored and shown."""

    def setUp(self):
        super().setUp()
        self.patch(
            monitor_recorder, "self_errors", type(monitor_recorder.self_errors)()
        )
        monitor_recorder._last.update(wake=0.0, self_error=0.0)
        muted = mute_logger(*LOGGERS)
        muted.__enter__()
        self.addCleanup(muted.__exit__, None, None, None)

    def count(self, place, kind="RuntimeError"):
        return monitor_recorder.self_errors[place, kind]

    def stored(self):
        return self.env["monitor.tick"]._capture_errors(self.now())

    def test_all_see_that_it_failed_and_operators_what(self):
        tick = self.env["monitor.tick"]._get()
        for error, operator, viewer in (
            (False, False, False),
            ("Stage 'x' failed", "Stage 'x' failed", "Tell who operates it."),
        ):
            tick.error = error
            self.assertEqual(tick.with_user(self.operator).problem, operator)
            self.assertEqual(tick.with_user(self.viewer).problem, viewer)

    def assert_shown(self, place):
        """It is counted once, and the tick and with it ``/monitor/healthz`` say so."""
        self.assertEqual(self.count(place), 1)
        self.tick()
        tick = self.env["monitor.tick"]
        self.assertIn(f"{place}: RuntimeError: defect of ours", tick._get().error)
        self.assertEqual(tick._state(self.now())["status"], "failing")

    def test_a_scheduled_run_that_cannot_be_closed(self):
        cron = self.make_cron(code="pass")
        execution = Execution({"id": cron.id})
        execution.span = object()
        self.patch(type(cron), "_monitor_write_end", broken)
        with self.enter_registry_test_mode():
            type(cron)._monitor_end(execution, CompletionStatus.FAILED)

        self.assert_shown("_monitor_end")

    def test_a_scheduled_run_that_did_not_start_and_cannot_be_recorded(self):
        cron = self.make_cron(code="pass")
        self.patch(type(self.env["monitor.recorder"]), "_row", broken)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            type(cron)._monitor_not_started(
                {"id": cron.id, "user_id": self.env.uid}, "timeout", "Stopped."
            )

        self.assert_shown("_monitor_not_started")

    def fail_with_one_more_note(self):
        """Write, after a transaction, a failure, a note and a link to a parent."""
        pending = monitor_recorder.Pending()
        pending.self_errors.append("earlier: RuntimeError: note")
        pending.spans["1" * 16] = "2" * 32
        with self.enter_registry_test_mode():
            monitor_recorder._write_pending(self.registry, pending)

    def test_failures_that_cannot_be_written_lose_no_note(self):
        self.patch(monitor_recorder, "_link_families", broken)

        self.fail_with_one_more_note()

        self.assertIn("earlier: RuntimeError: note", self.stored())
        self.assert_shown("_write_pending")

    def test_a_link_that_cannot_be_set(self):
        self.patch(monitor_recorder, "call_guarded", broken)

        self.fail_with_one_more_note()

        self.assert_shown("_link_families")

    def test_a_link_that_lost_a_race_is_counted_and_alarms_nobody(self):
        with patch.object(
            monitor_recorder, "call_guarded", side_effect=SerializationFailure
        ):
            self.fail_with_one_more_note()

        self.assertEqual(self.count("_link_families", "SerializationFailure"), 1)
        self.assertEqual(self.stored(), ["earlier: RuntimeError: note"])

    def test_a_workflow_that_cannot_be_reviewed(self):
        cron = self.make_cron(code="pass")
        self.env["monitor.discovery"]._sync(self.now())
        workflow = self.workflow_of(cron)
        self.patch(type(self.env["monitor.health"]), "_review", broken)

        self.env["monitor.health"]._refresh(workflow.ids, self.now())

        self.assertEqual(self.count("_review"), 1)
        notes = monitor_recorder._after_transaction(self.env).self_errors
        self.assertEqual(notes, ["_review: RuntimeError: defect of ours"])

    def test_what_cannot_be_stored_is_counted_and_logged(self):
        registry = SimpleNamespace(cursor=broken)

        monitor_recorder.note_self_error_apart(registry, "place", ValueError("odd"))

        self.assertEqual(self.count("place", "ValueError"), 1)
        self.assertEqual(self.count("_store_notes"), 1)

    def test_one_a_minute_is_stored_and_all_are_counted(self):
        with self.enter_registry_test_mode():
            for text in ("first", "second"):
                monitor_recorder.note_self_error_apart(
                    self.registry, "place", ValueError(text)
                )

        self.assertEqual(self.count("place", "ValueError"), 2)
        self.assertEqual(self.stored(), ["place: ValueError: first"])
