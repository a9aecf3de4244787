from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import config, mute_logger
from odoo.tools.misc import file_open

from odoo.addons.monitor_core.tools import sealed

from ..models import monitor_export_queue, otlp_sender
from .collector import collector
from .events_case import EventsCase, run_event

NOON = datetime(2026, 1, 5, 12)
KEY = "q0Vw7Jr3mXk1Zt9bLc5Hn8Dy2Gf6Ps4A"
#: All of a test is one transaction; its events are given one that these two enclose.
LONG_AGO, THEN = "5:5:", "6"


@tagged("post_install", "-at_install", "monitor")
class TestExport(EventsCase, TransactionCase):
    """Runs and statistics reach a collector, whatever it answers."""

    def setUp(self):
        super().setUp()
        self.collector = self.enterContext(collector())
        commit = patch.object(self.env.registry["ir.cron"], "_commit_progress")
        self.enterContext(commit)
        self.enterContext(patch.dict(config.options, monitor_secret_key=KEY))
        self.row = self.env["monitor.export"]._get()
        self.row.done_snapshot = LONG_AGO
        self.env.cr.execute("UPDATE monitor_event_data SET xid = '3'::xid8")

    def save(self, **values):
        values = {f"monitor_export_{name}": value for name, value in values.items()}
        settings = self.env["res.config.settings"].create(values)
        settings.execute()
        return settings

    def switch_on(self, **values):
        return self.save(enabled=True, url=self.collector.url, insecure=True, **values)

    def finish(self, number=1, kind="run.succeeded", **data):
        """Let runs end; return their correlation ids."""
        names = [f"SO{n}" for n in range(number)]
        self.ingest(*(run_event(kind, self.flow.code, name, **data) for name in names))
        self.age()
        return names

    def age(self):
        self.env.cr.execute(
            "UPDATE monitor_event_data SET xid = %s::xid8 "
            "WHERE xid = pg_current_xact_id()",
            [THEN],
        )

    def export(self):
        self.env["monitor.export"]._cron_export()
        self.env.invalidate_all()

    def told(self, span, name):
        for pair in span["attributes"]:
            if pair["key"] == name:
                return next(iter(pair["value"].values()))
        return None

    # What

    def test_nothing_is_sent_at_first(self):
        self.finish()

        self.export()

        self.assertEqual(self.collector.requests, [])
        self.assertFalse(self.row.done_snapshot)

    def test_a_run_arrives_as_a_span(self):
        self.switch_on(what="runs")
        self.finish(kind="run.failed", error="no stock", context={"order": "S1"})

        self.export()

        [(path, headers, _body)] = self.collector.requests
        self.assertEqual(path, "/v1/traces")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["Content-Encoding"], "gzip")
        [span] = self.collector.spans()
        run = self.env["monitor.run"].search([("workflow_id", "=", self.flow.id)])
        self.assertEqual(span["traceId"], run.trace_id)
        self.assertEqual(span["spanId"], run.span_id)
        self.assertEqual(len(bytes.fromhex(span["traceId"])), 16)
        self.assertEqual(len(bytes.fromhex(span["spanId"])), 8)
        self.assertEqual(span["status"], {"code": 2, "message": "no stock"})
        self.assertEqual(self.told(span, "odoo.monitor.correlation_id"), "SO0")
        self.assertEqual(self.told(span, "odoo.monitor.workflow.code"), self.flow.code)
        self.assertEqual((self.row.sent_count, self.row.failures), (1, 0))
        self.assertTrue(self.row.last_success_at)

    def test_a_run_is_sent_once(self):
        self.switch_on(what="runs")
        self.finish(3)

        self.export()
        self.export()

        self.assertEqual(len(self.collector.spans()), 3)

    def test_runs_go_in_batches(self):
        self.switch_on(what="runs")
        self.finish(7)

        with patch.object(monitor_export_queue, "BATCH", 3):
            self.export()

        self.assertEqual(len(self.collector.requests), 3)
        self.assertEqual(len({s["spanId"] for s in self.collector.spans()}), 7)
        self.assertEqual(self.row.sent_count, 7)

    def test_context_and_traceback_only_if_allowed(self):
        self.switch_on(what="runs")
        self.finish(kind="run.failed", error="no stock", context={"order": "S1"})
        self.env.cr.execute("UPDATE monitor_run SET traceback = 'File x'")

        self.export()
        [span] = self.collector.spans()
        self.assertNotIn("S1", str(span))
        self.assertNotIn("File x", str(span))

        self.switch_on(what="runs", details=True)
        self.row.write({"done_snapshot": LONG_AGO, "target_snapshot": False})
        self.export()
        span = self.collector.spans()[-1]
        self.assertEqual(self.told(span, "odoo.monitor.context.order"), "S1")
        self.assertIn("File x", str(span["events"]))

    def test_metrics_arrive(self):
        self.switch_on(what="metrics")
        for name in ("SO1", "SO2"):
            self.ingest(run_event("run.succeeded", self.flow.code, name))
        self.tick()

        self.export()

        metrics = self.collector.metrics()
        points = metrics["odoo_monitor_runs"]["sum"]["dataPoints"]
        [point] = [
            point
            for point in points
            if self.told(point, "code") == self.flow.code
            and self.told(point, "outcome") == "succeeded"
        ]
        self.assertEqual(point["asInt"], "2")
        self.assertIn("odoo_monitor_workflow_health", metrics)
        self.assertEqual(self.collector.spans(), [])

    def test_metrics_are_of_all_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.flow.company_id = company
        self.env.ref("base.user_root").company_ids -= company
        self.switch_on(what="metrics")

        self.export()

        self.assertIn(self.flow.code, str(self.collector.metrics()))

    def test_both_at_once(self):
        self.switch_on()
        self.finish()

        self.export()

        paths = [path for path, _headers, _body in self.collector.requests]
        self.assertEqual(paths, ["/v1/traces", "/v1/metrics"])

    def test_the_export_is_no_workflow(self):
        cron = self.env.ref("monitor_gateway.ir_cron_monitor_export")
        self.tick()
        found = self.env["monitor.workflow"].search(
            [("source_model", "=", "ir.cron"), ("source_id", "=", cron.id)]
        )
        self.assertFalse(found)
        captured = self.env["monitor.discovery"]._captured_sources()
        self.assertEqual(captured["ir.cron", cron.id], (None, False))

    # Whatever it answers

    def test_a_collector_that_is_away_costs_no_run(self):
        self.switch_on(what="runs")
        self.finish(2)
        self.collector.answers.append((503, {"Retry-After": "600"}, b""))
        self.set_clock(NOON)

        self.export()

        self.assertEqual(self.row.last_error, "HTTP 503")
        self.assertEqual(self.row.failures, 1)
        self.assertEqual(self.row.next_attempt_at, NOON + timedelta(minutes=10))
        self.assertEqual(self.row.sent_count, 0)
        self.assertEqual(self.row._waiting_count(), 2)

        self.set_clock(NOON + timedelta(minutes=9))
        self.export()
        self.assertEqual(len(self.collector.requests), 1, "not before it may be asked")

        self.set_clock(NOON + timedelta(minutes=10))
        self.export()
        self.assertEqual(self.row.sent_count, 2)
        self.assertEqual((self.row.failures, self.row.next_attempt_at), (0, False))
        self.assertEqual(self.row._waiting_count(), 0)

    def test_nobody_there(self):
        self.save(enabled=True, url="http://127.0.0.1:9", insecure=True, what="runs")
        self.finish()

        self.export()

        self.assertIn("refused", self.row.last_error)
        self.assertEqual(self.row.failures, 1)

    def test_what_is_refused_is_not_sent_again(self):
        self.switch_on(what="runs")
        self.finish(2)
        self.collector.answers.append((400, {}, b'{"message": "no such tenant"}'))

        self.export()
        self.export()

        self.assertEqual(len(self.collector.requests), 1)
        self.assertEqual((self.row.sent_count, self.row.rejected_count), (0, 2))
        self.assertEqual(self.row.last_error, "HTTP 400: no such tenant")

    def test_what_is_refused_in_part_is_counted(self):
        self.switch_on(what="runs")
        self.finish(3)
        answer = b'{"partialSuccess": {"rejectedSpans": "1", "errorMessage": "old"}}'
        self.collector.answers.append((200, {}, answer))

        self.export()

        self.assertEqual((self.row.sent_count, self.row.rejected_count), (2, 1))
        self.assertEqual(self.row.last_error, "old")

    def test_an_endless_answer_is_not_read(self):
        self.switch_on(what="runs")
        self.finish()
        self.collector.answers.append((200, {}, b"x" * 10**6))

        with patch.object(otlp_sender, "MAX_ANSWER", 10_000):
            self.export()

        self.assertEqual(self.row.sent_count, 1)

    def test_who_waits_too_long_is_dropped_oldest_first(self):
        self.switch_on(what="runs")
        names = self.finish(5)
        self.collector.answers.append((503, {}, b""))
        with (
            patch.object(monitor_export_queue, "MAX_WAITING", 2),
            mute_logger("odoo.addons.monitor_gateway.models.monitor_export_queue"),
        ):
            self.export()
        self.assertEqual(self.row.dropped_count, 3)
        self.assertEqual(self.row._waiting_count(), 2)

        self.row.next_attempt_at = False
        self.collector.requests.clear()
        self.export()

        arrived = [
            self.told(span, "odoo.monitor.correlation_id")
            for span in self.collector.spans()
        ]
        self.assertEqual(arrived, names[3:])

    def test_a_defect_between_answer_and_record_sends_again(self):
        self.switch_on(what="runs")
        self.finish()

        def broken(*_arguments):
            raise RuntimeError("killed")

        with (
            patch.object(type(self.row), "_note", broken),
            self.assertRaises(RuntimeError),
            self.env.cr.savepoint(),
        ):
            self.env["monitor.export"]._cron_export()
        self.env.invalidate_all()
        self.export()

        self.assertEqual(len(self.collector.spans()), 2)
        self.assertEqual(len({s["spanId"] for s in self.collector.spans()}), 1)

    def test_it_starts_from_when_it_is_switched_on(self):
        self.finish()
        self.export()
        self.switch_on(what="runs")

        self.export()

        self.assertEqual(self.collector.spans(), [])
        self.assertTrue(self.row.done_snapshot)

    def test_a_database_that_was_restored_starts_anew(self):
        self.switch_on(what="runs")
        self.row.done_snapshot = f"{10**15}:{10**15}:"
        self.finish()

        self.export()

        self.assertEqual(self.collector.requests, [])
        current = self.env["monitor.event.fold"]._current_snapshot()
        self.assertEqual(self.row.done_snapshot, current)

    def test_a_flow_with_its_steps(self):
        flow = self.make_flow(steps=("pick", "ship"), code="two-steps")
        moment = "2026-01-05T10:00:0{}.123456Z"
        self.switch_on(what="runs")
        self.ingest(
            *(
                run_event(kind, flow.code, time=moment.format(n), **data)
                for n, (kind, data) in enumerate(
                    [
                        ("run.started", {}),
                        ("checkpoint", {"step": "pick"}),
                        ("checkpoint", {"step": "ship"}),
                        ("run.succeeded", {}),
                    ]
                )
            )
        )
        self.age()

        self.export()

        [span] = self.collector.spans()
        self.assertEqual([e["name"] for e in span["events"]], ["checkpoint"] * 2)
        self.assertTrue(span["events"][0]["timeUnixNano"].endswith("123456000"))

    def test_one_run_that_cannot_be_told_holds_up_no_other(self):
        self.switch_on(what="runs")
        self.finish(3)
        self.env.cr.execute(
            'UPDATE monitor_run SET steps_done = \'{"a": "never"}\' '
            "WHERE correlation_id = 'SO1'"
        )
        with mute_logger("odoo.addons.monitor_gateway.models.monitor_export_queue"):
            self.export()
        self.assertEqual(len(self.collector.spans()), 2)
        self.assertEqual((self.row.dropped_count, self.row._waiting_count()), (1, 0))

    def test_a_key_that_has_expired_costs_no_run(self):
        self.switch_on(what="runs")
        self.finish(2)
        self.collector.answers.append((401, {}, b""))
        self.export()
        self.assertEqual((self.row.rejected_count, self.row._waiting_count()), (0, 2))

        self.switch_on(what="runs", headers="Authorization: Bearer new")
        self.export()
        self.assertEqual(self.row.sent_count, 2)

    def test_settings_that_are_corrected_are_tried_at_once(self):
        self.save(enabled=True, url="http://127.0.0.1:9", insecure=True, what="runs")
        self.finish()
        self.export()
        self.assertTrue(self.row.next_attempt_at)

        self.switch_on(what="runs")
        self.export()
        self.assertEqual(self.row.sent_count, 1)

    def test_off_and_on_again_while_it_was_away(self):
        self.switch_on(what="runs")
        self.finish()
        self.collector.answers.append((503, {}, b""))
        self.export()
        self.save(enabled=False)
        self.export()
        self.assertFalse(self.row.next_attempt_at)
        self.switch_on(what="runs")
        self.row.next_attempt_at = self.now() + timedelta(hours=1)
        self.export()
        self.assertTrue(self.row.done_snapshot, "from here on, also while it is away")

    def test_an_odd_answer_is_stored_and_hides_secrets(self):
        self.switch_on(what="runs")
        self.finish()
        answer = (
            b'{"partialSuccess": {"errorMessage": "a\\u0000\\ud800 token=hunter2"}}'
        )
        self.collector.answers.append((200, {}, answer))
        self.export()
        self.assertEqual(self.row.sent_count, 1)
        self.assertEqual(self.row.last_error, "a\ufffd\ufffd token=***")

    # Settings

    def test_headers_are_sealed_and_sent(self):
        settings = self.switch_on(
            what="runs", headers="Authorization: Bearer hunter2\nX-Tenant: a:b "
        )
        stored = self.env["ir.config_parameter"].get_param(
            "monitor_gateway.export_headers"
        )
        self.assertTrue(sealed.is_sealed(stored))
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM res_config_settings")
        self.assertNotIn("hunter2", str(self.env.cr.fetchall()) + stored)
        self.env.invalidate_all()
        self.assertFalse(settings.monitor_export_headers)
        self.assertTrue(settings.monitor_export_has_headers)

        self.finish()
        self.export()
        [(_path, headers, _body)] = self.collector.requests
        self.assertEqual(headers["Authorization"], "Bearer hunter2")
        self.assertEqual(headers["X-Tenant"], "a:b")

        self.save(what="both")
        self.assertTrue(self.env["monitor.export"]._collector().headers)
        settings.action_forget_monitor_export_headers()
        self.assertEqual(self.env["monitor.export"]._collector().headers, {})

    def test_without_a_key_no_secret_is_taken(self):
        with (
            patch.dict(config.options, monitor_secret_key=""),
            self.assertRaisesRegex(ValidationError, "monitor_secret_key = "),
        ):
            self.switch_on(headers="Authorization: Bearer hunter2")

    def test_another_key_is_said(self):
        self.switch_on(what="runs", headers="Authorization: Bearer hunter2")
        self.finish()
        with patch.dict(config.options, monitor_secret_key=KEY[::-1]):
            self.export()

        self.assertEqual(self.collector.requests, [])
        self.assertEqual(self.row.last_error, "Headers: it was stored with another key")
        self.assertEqual(self.row._waiting_count(), 1)
        self.export()
        self.assertEqual(self.row.sent_count, 1)

    def test_headers_that_are_none(self):
        for headers in ("Bearer x", "A: b\nc", ": x", "Ä: b", "A: b\r\n\x01: c"):
            with self.subTest(headers=headers), self.assertRaises(ValidationError):
                self.switch_on(headers=headers)

    def test_addresses_that_cannot_work(self):
        for url in ("collector:4318", "ftp://x.example", "http://a:b@c.example"):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.save(enabled=True, url=url, insecure=True)
        with self.assertRaises(ValidationError):
            self.save(enabled=True, url="http://collector.example:4318")

    def test_a_test_of_the_connection(self):
        settings = self.switch_on()
        answer = settings.action_test_monitor_export()
        self.assertIn("takes runs", answer["params"]["message"])
        [(_path, _headers, body)] = self.collector.requests
        self.assertEqual(body, {"resourceSpans": []})

        self.collector.answers.append((401, {}, b""))
        with self.assertRaisesRegex(UserError, "HTTP 401"):
            settings.action_test_monitor_export()
        self.save(enabled=False)
        with self.assertRaisesRegex(UserError, "Switch the export on"):
            settings.action_test_monitor_export()

    def test_only_administrators_test_it(self):
        settings = self.switch_on()
        for user in (self.manager, self.auditor, self.viewer, self.nobody):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                settings.with_user(user).action_test_monitor_export()
        self.assertEqual(self.collector.requests, [])

    def test_who_sees_what_became_of_it(self):
        self.row.with_user(self.auditor).read(["sent_count"])
        for user in (self.manager, self.operator, self.viewer, self.service):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.row.with_user(user).read(["sent_count"])
        with self.assertRaises(AccessError):
            self.row.with_user(self.auditor).write({"sent_count": 5})

    def test_the_state_in_words(self):
        settings = self.switch_on(what="runs")
        self.finish(2)
        self.export()
        settings.invalidate_recordset()
        self.assertIn("2 runs sent, 0 waiting", settings.monitor_export_state)

    def test_a_copy_sends_nothing(self):
        self.switch_on(headers="Authorization: Bearer hunter2")
        with file_open("monitor_gateway/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache()

        self.assertFalse(self.env["monitor.export"]._collector())
        self.assertNotIn("headers", self.env["monitor.export"]._parameters())
