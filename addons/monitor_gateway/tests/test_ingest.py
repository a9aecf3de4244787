from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..models import event_batch
from ..models.copy_rows import copy_rows
from .events_case import EventsCase, event


@tagged("post_install", "-at_install", "monitor")
class TestIngest(EventsCase, TransactionCase):
    """What is accepted is stored once; what is refused is named."""

    def setUp(self):
        super().setUp()
        self.env["monitor.event.type"].create({"name": "com.example.order.paid"})

    def test_an_event_is_stored_with_what_it_says(self):
        sent = event(
            data={"amount": 12.5, "order": "S00042"},
            time="2026-01-05T12:00:00.5+02:00",
            subject="S00042",
            shop="berlin",
        )

        answer = self.ingest(sent)

        self.assertEqual(answer, {"accepted": 1, "duplicates": 0, "rejected": []})
        stored = self.stored(sent)
        self.assertRecordValues(
            stored,
            [
                {
                    "kind": "custom",
                    "event_type": "com.example.order.paid",
                    "source": "/shop",
                    "user_id": self.service.id,
                    "company_id": self.env.company.id,
                    "flag": False,
                    "occurred_at": datetime(2026, 1, 5, 10, 0, 0, 500000),
                }
            ],
        )
        self.assertEqual(
            stored.context,
            {
                "data": {"amount": 12.5, "order": "S00042"},
                "subject": "S00042",
                "shop": "berlin",
            },
        )

    def test_the_same_event_again_is_a_duplicate(self):
        sent = event()

        first, second = self.ingest(sent, dict(sent)), self.ingest(sent)

        self.assertEqual((first["accepted"], first["duplicates"]), (1, 1))
        self.assertEqual((second["accepted"], second["duplicates"]), (0, 1))
        self.assertEqual(len(self.stored(sent)), 1)

    def test_among_many_events_the_known_are_duplicates(self):
        sent = [event() for _number in range(event_batch.MANY)]
        self.ingest(sent[7])

        first = self.ingest(*sent)
        again = self.ingest(*sent)

        self.assertEqual((first["accepted"], first["duplicates"]), (len(sent) - 1, 1))
        self.assertEqual((again["accepted"], again["duplicates"]), (0, len(sent)))
        self.assertEqual(len(self.stored(*sent)), len(sent))

    def test_many_new_events_are_claimed_at_once(self):
        sent = [event() for _number in range(event_batch.MANY)]
        claim = event_batch.EventBatch._claim_all

        with patch.object(
            event_batch.EventBatch, "_claim_all", autospec=True, side_effect=claim
        ) as claimed:
            self.ingest(*sent[1:])
            self.ingest(*[event() for _number in range(event_batch.MANY)])

        self.assertEqual(claimed.call_count, 1)
        self.assertEqual(self.ingest(*sent[1:])["accepted"], 0)

    def test_an_id_is_known_with_its_source_only(self):
        sent = event()

        answer = self.ingest(sent, {**sent, "source": "/other"})

        self.assertEqual(answer["accepted"], 2)

    def test_after_seven_days_an_event_is_new(self):
        sent, now = event(), self.now()
        self.ingest(sent)
        self.set_clock(now + timedelta(days=6, hours=23))
        self.env["monitor.event.key"]._gc_keys()
        self.assertEqual(self.ingest(sent)["duplicates"], 1)

        self.set_clock(now + timedelta(days=7, hours=1))
        self.assertEqual(self.env["monitor.event.key"]._gc_keys(), (1, False))

        self.assertEqual(self.ingest(sent)["accepted"], 1)

    def test_what_is_valid_is_taken_beside_what_is_not(self):
        good = event()
        bad = [None, 7, "text", [], {}, event(specversion="0.3"), event(id="")]
        bad += [
            event(source="two words"),
            event(time="yesterday"),
            event(time="0001-01-01T00:00:00Z"),
            event(data=float("nan")),
        ]

        answer = self.ingest(*bad, good)

        self.assertEqual(answer["accepted"], 1)
        self.assertEqual([r["index"] for r in answer["rejected"]], list(range(11)))
        errors = [r["error"].split(":")[0] for r in answer["rejected"]]
        self.assertEqual(
            errors,
            ["event"] * 4
            + ["specversion", "specversion", "id", "source", "time", "time"]
            + ["event.data"],
        )

    def test_whatever_data_says_is_stored(self):
        """Data is the sender's own; only that of our types is judged, and flagged."""
        values = ({"a": 1}, [1], 7, True, "two words", "nul\0", "\ud800", "", None)
        fields = ("workflow", "step", "correlation_id", "error", "model", "record_id")
        fields += ("duration_ms", "context")
        kinds = ("com.example.order.paid", "odoo.monitor.checkpoint")
        kinds += ("odoo.monitor.run.started", "odoo.monitor.run.failed")
        for value in values:
            sent = [
                event(kind, {"workflow": "order-to-cash", "step": "x", name: value})
                for kind in kinds
                for name in fields
            ]
            with self.subTest(value):
                self.assertEqual(self.ingest(*sent)["accepted"], len(sent))
                self.env.cr.flush()

    def test_some_of_a_call_may_be_known(self):
        known, new = event(), event()
        self.ingest(known)

        answer = self.ingest(known, new)

        self.assertEqual((answer["accepted"], answer["duplicates"]), (1, 1))
        self.assertEqual(len(self.stored(known) + self.stored(new)), 2)

    def test_rows_are_copied_as_they_are(self):
        """What COPY's format uses itself is text like any other."""
        odd = "tab\tnew\nline\rand \\ and \\N and \\. 'quoted' \"twice\""
        self.env.cr.execute("CREATE TEMP TABLE odd (a text, b text, c int, d boolean)")
        rows = [
            {"a": odd, "b": "\\N", "c": 1, "d": True},
            {"a": "\\.", "b": "", "c": None},
            {"a": "plain", "c": 2, "d": False},
        ]

        copy_rows(self.env.cr, "odd", ["a", "b", "c", "d"], rows)
        copy_rows(self.env.cr, "odd", ["a"], [])

        self.env.cr.execute("SELECT a, b, c, d FROM odd ORDER BY a = %s DESC, c", [odd])
        self.assertEqual(
            self.env.cr.fetchall(),
            [
                (odd, "\\N", 1, True),
                ("plain", None, 2, False),
                ("\\.", None, None, None),
            ],
        )

    def test_what_is_too_large_is_refused_and_what_is_large_is_cut(self):
        huge, large = event(data="x" * 70_000), event(data=["word " * 1000] * 10)

        answer = self.ingest(huge, large)

        self.assertEqual(answer["accepted"], 1)
        self.assertIn("64 kB", answer["rejected"][0]["error"])
        context = self.stored(large).context
        self.assertTrue(context["_truncated"])
        self.assertEqual(len(context["_sha256"]), 64)

    def test_what_no_database_can_hold_is_stored_with_a_replacement(self):
        sent = event(data={"text": "a\0b\ud800"})

        self.assertEqual(self.ingest(sent)["accepted"], 1)
        self.assertEqual(self.stored(sent).context["data"]["text"], "a\ufffdb\ufffd")

    def test_secrets_and_personal_data_are_not_stored(self):
        sent = event(
            data={"password": "hunter2", "note": "mail ana@example.com"},
            token="abc123",
            subject="IBAN DE89370400440532013000",
        )
        self.ingest(sent)

        text = str(self.stored(sent).context)
        for secret in ("hunter2", "ana@example.com", "abc123", "DE8937"):
            self.assertNotIn(secret, text)

    def test_a_senders_clock_may_be_wrong(self):
        past, future = (
            event(time="1999-01-01T00:00:00Z"),
            event(time="2099-01-01T00:00:00Z"),
        )

        self.assertEqual(self.ingest(past, future)["accepted"], 2)

        stored = self.stored(past, future)
        years = [moment.year for moment in stored.mapped("occurred_at")]
        self.assertEqual(years, [1999, 2099])
        self.assertEqual(
            {moment.date() for moment in stored.mapped("recorded_at")},
            {self.now().date()},
        )

    def test_an_odoo_source_cannot_be_claimed(self):
        """An event that names a scheduled action is not attached to its workflow."""
        cron = self.make_cron(code="pass")
        self.tick()
        sent = event(source=f"ir.cron,{cron.id}")
        self.ingest(sent)

        self.tick()

        self.assertFalse(self.stored(sent).workflow_id)

    def test_the_workflow_of_a_custom_event_is_found(self):
        sent = event(data={"workflow": self.flow.code})
        self.ingest(sent)

        self.assertEqual(self.stored(sent).workflow_id, self.flow)

    def test_an_event_that_is_not_registered_is_flagged(self):
        sent = event("org.unknown.thing.happened")

        self.assertEqual(self.ingest(sent)["accepted"], 1)
        self.assertEqual(self.stored(sent).flag, "type: is not registered")

    def test_who_may_send(self):
        for name in ("service", "operator", "manager"):
            self.assertEqual(self.ingest(event(), user=self[name])["accepted"], 1)
        for name in ("nobody", "viewer", "auditor", "override"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.ingest(event(), user=self[name])

    def __getitem__(self, name):
        return getattr(self, name)

    def test_only_a_list_of_a_thousand_is_taken(self):
        api = self.api_of(self.service, "monitor.event")
        for events in (None, {}, "text", 5, [event()] * 1001):
            with self.subTest(str(events)[:20]), self.assertRaises(ValidationError):
                api.ingest(events)

    def test_a_thousand_events_cost_hardly_more_statements_than_one(self):
        def cost(*events):
            before = self.env.cr.sql_log_count
            self.ingest(*events)
            return self.env.cr.sql_log_count - before

        self.ingest(event())  # what is read once and kept
        one = cost(event())

        many = cost(*(event() for _ in range(1000)))

        self.assertEqual(many, one + 2)  # the savepoint of claiming all at once
        self.assertLess(many, 12)
