import itertools
from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .events_case import EventsCase, event, run_event

NOON = datetime(2026, 1, 5, 12)
COUNTERS = ("hour", "succeeded", "failed", "lost", "duration_sum", "duration_max")


def at(minutes):
    return (NOON + timedelta(minutes=minutes)).isoformat() + "Z"


@tagged("post_install", "-at_install", "monitor")
class TestIngestRuns(EventsCase, TransactionCase):
    """Events of our own types become runs, whatever their order."""

    def run_of(self, correlation_id="SO1", flow=None):
        self.env.invalidate_all()
        return self.env["monitor.run"].search(
            [
                ("workflow_id", "=", (flow or self.flow).id),
                ("correlation_id", "=", correlation_id),
            ]
        )

    def started(self, minutes=0, **data):
        return run_event("run.started", self.flow.code, time=at(minutes), **data)

    def succeeded(self, minutes=5, **data):
        return run_event("run.succeeded", self.flow.code, time=at(minutes), **data)

    def failed(self, minutes=5, error="no stock", **data):
        return run_event(
            "run.failed", self.flow.code, time=at(minutes), error=error, **data
        )

    def test_a_start_and_an_end(self):
        self.ingest(self.started(context={"order": 42}))
        run = self.run_of()
        self.assertEqual((run.state, run.started_at), ("running", NOON))
        self.assertEqual(run.context, {"order": 42})

        self.ingest(self.succeeded())

        run = self.run_of()
        self.assertEqual((run.state, run.outcome_class), ("succeeded", "success"))
        self.assertEqual(run.duration_ms, 300_000)
        self.assertEqual(run.user_id, self.service)

    def test_a_failure_is_redacted_and_grouped(self):
        self.ingest(self.failed(error="ana@example.com has no stock"))

        run = self.run_of()
        self.assertEqual((run.state, run.outcome_class), ("failed", "fault"))
        self.assertEqual(run.error_message, "[e-mail] has no stock")
        self.assertTrue(run.fingerprint)
        self.tick()
        self.assertEqual(self.flow.health, "failing")

    def test_any_order_and_repetition_gives_the_same(self):
        """Run, statistics and health do not depend on how the network behaved."""
        seen = set()
        for number, order in enumerate(itertools.permutations(range(4))):
            flow = self.make_flow(steps=(), code=f"perm-{number}")
            told = [
                run_event("run.started", flow.code, time=at(0), context={"a": 1}),
                run_event("run.succeeded", flow.code, time=at(5)),
                run_event("run.failed", flow.code, time=at(7), error="no stock"),
                run_event("run.started", flow.code, time=at(1), context={"a": 2}),
            ]
            for index in order:
                self.ingest(told[index], told[order[0]])
                if index % 2:
                    self.tick()
            self.tick()
            seen.add(str(self.everything(flow)))

        self.assertEqual(len(seen), 1, seen)

    def everything(self, flow):
        """Return all that people see of a workflow's one run."""
        run = self.run_of(flow=flow)
        names = ("state", "outcome_class", "started_at", "finished_at", "duration_ms")
        rollup = self.env["monitor.rollup"].search([("workflow_id", "=", flow.id)])
        return (
            [run[name] for name in (*names, "error_message", "fingerprint", "context")],
            [[r[name] for name in (*COUNTERS, "histogram")] for r in rollup],
            (flow.health, flow.health_reason, flow.run_count_7d),
        )

    def test_a_rebuild_gives_the_same_numbers(self):
        for told in (self.succeeded(5), self.started(0), self.failed(65)):
            self.ingest(told)
            self.tick()
        before = self.everything(self.flow)

        self.env["monitor.rollup"]._rebuild()
        self.env.invalidate_all()

        self.assertEqual(self.everything(self.flow)[1], before[1])
        [[_hour, succeeded, failed, lost, *_durations, histogram]] = before[1]
        self.assertEqual((succeeded, failed, lost), (0, 1, 0))
        self.assertEqual(sum(histogram.values()), 1)

    def test_an_end_before_its_start_gets_its_length_later(self):
        self.ingest(self.succeeded(5))
        run = self.run_of()
        self.assertEqual((run.state, run.duration_ms), ("succeeded", 0))

        self.ingest(self.started(0))

        self.assertEqual(self.run_of().duration_ms, 300_000)

    def test_a_length_that_is_told(self):
        self.ingest(self.succeeded(5, duration_ms=1234.6))

        run = self.run_of()
        self.assertEqual(run.duration_ms, 1235)
        self.assertEqual(
            run.started_at.replace(microsecond=0),
            NOON + timedelta(minutes=4, seconds=58),
        )

    def test_checkpoints_complete_a_flow_in_any_order(self):
        flow = self.make_flow(code="stepped", steps=("paid", "packed"))
        packed = run_event("checkpoint", "stepped", time=at(70), step="packed")
        paid = run_event("checkpoint", "stepped", time=at(10), step="paid")

        self.ingest(packed)
        self.assertEqual(self.run_of(flow=flow).next_step, "paid")
        self.ingest(paid)

        run = self.run_of(flow=flow)
        self.assertEqual(run.state, "succeeded")
        self.assertEqual(set(run.steps_done), {"paid", "packed"})
        self.assertEqual(run.finished_at, NOON + timedelta(minutes=70))

    def test_what_rpc_began_an_event_may_end_and_the_other_way(self):
        api = self.api_of(self.service)
        api.run_start(self.flow.code, "SO1")
        self.ingest(run_event("run.succeeded", self.flow.code))
        self.assertEqual(self.run_of().state, "succeeded")
        self.assertEqual(len(self.run_of()), 1)

        self.ingest(self.started(correlation_id="SO2"))
        api.run_finish(self.flow.code, "SO2", "failed", "no stock")
        self.assertEqual(self.run_of("SO2").state, "failed")

    def test_an_end_that_comes_after_the_run_was_given_up(self):
        self.ingest(self.started())
        self.tick(self.now())
        self.assertEqual(self.run_of().state, "lost")

        self.ingest(self.succeeded())
        self.tick()

        self.assertEqual(self.run_of().state, "succeeded")
        rollups = self.env["monitor.rollup"].search(
            [("workflow_id", "=", self.flow.id)]
        )
        self.assertEqual(
            (sum(rollups.mapped("succeeded")), sum(rollups.mapped("lost"))), (1, 0)
        )

    def test_a_run_without_correlation_id_is_known_by_its_trace_or_subject(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        for attributes, expected in (
            ({"correlationid": "SO7"}, "SO7"),
            ({"traceparent": trace}, "0af7651916cd43dd8448eb211c80319c"),
            ({"subject": "SO8"}, "SO8"),
        ):
            data = {"workflow": self.flow.code}
            self.ingest(event("odoo.monitor.run.succeeded", data, **attributes))
            self.assertTrue(self.run_of(expected), expected)

    def test_what_breaks_its_type_is_flagged_and_acts_on_no_run(self):
        code = self.flow.code
        cron = self.make_cron(code="pass")
        self.tick()
        inside = self.workflow_of(cron).code
        for name, sent in {
            "data.workflow: is missing": event("odoo.monitor.run.started", {}),
            "data: an object": event("odoo.monitor.run.started", "text"),
            "data.workflow: there is no": run_event("run.started", "unknown"),
            f"data.workflow: there is no workflow {inside}": run_event(
                "run.started", inside
            ),
            "type: odoo.monitor.nonsense": run_event("nonsense", code),
            "data.step: is missing": run_event("checkpoint", code),
            "data.step: x is no step": run_event("checkpoint", code, step="x"),
            "data.duration_ms: is of": run_event("run.failed", code, duration_ms="1"),
            "data.duration_ms: is out": run_event("run.failed", code, duration_ms=-1),
            "data.model: no.model": run_event("run.started", code, model="no.model"),
            "data.record_id: is of": run_event("run.started", code, record_id=True),
            "data.correlation_id: at most": run_event(
                "run.started", code, correlation_id="x" * 256
            ),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.ingest(sent)["accepted"], 1)
                stored = self.stored(sent)
                self.assertEqual(stored.kind, "custom")
                self.assertIn(name, stored.flag)
        self.assertFalse(self.run_of())

    def test_a_run_of_another_company_is_out_of_reach(self):
        away = self.env["res.company"].create({"name": "Away"})
        other = self.service.copy(
            {"login": "away", "company_ids": [(6, 0, away.ids)], "company_id": away.id}
        )
        self.ingest(self.started())

        sent = self.failed()
        self.ingest(sent, user=other)

        self.assertEqual(self.run_of().state, "running")
        self.assertIn("another company", self.stored(sent).flag)

    def test_an_archived_flow_takes_no_new_run_but_ends_the_old(self):
        self.ingest(self.started())
        self.flow.active = False
        new = self.started(correlation_id="SO2")

        self.ingest(self.succeeded(), new)

        self.assertEqual(self.run_of().state, "succeeded")
        self.assertIn("archived", self.stored(new).flag)
