import json

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from .events_case import EventsCase, event

SCHEMA = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "number", "minimum": 0}},
}


@tagged("post_install", "-at_install", "monitor")
class TestEventType(EventsCase, TransactionCase):
    """The registry says what data must look like; nothing is lost that breaks it."""

    def setUp(self):
        super().setUp()
        self.kind = self.env["monitor.event.type"].create(
            {"name": "com.example.order.paid", "schema": json.dumps(SCHEMA)}
        )

    def flag_of(self, data):
        sent = event(data=data)
        self.ingest(sent)
        return self.stored(sent).flag

    def test_data_that_breaks_the_schema_is_flagged(self):
        self.assertFalse(self.flag_of({"amount": 5}))
        self.assertEqual(self.flag_of({}), "data: 'amount' is a required property")
        self.assertEqual(
            self.flag_of({"amount": -1}), "data.amount: does not fit “minimum”: 0"
        )
        # what was sent is never quoted: it may be a secret of the wrong type
        self.assertNotIn("hunter2", self.flag_of({"amount": "hunter2"}))
        self.assertIn("data: does not fit “type”", self.flag_of(None))

    def test_a_change_counts_at_once(self):
        self.assertTrue(self.flag_of({}))
        self.kind.schema = False
        self.assertFalse(self.flag_of({}))
        self.kind.active = False
        self.assertEqual(self.flag_of({}), "type: is not registered")

    def test_the_form_shows_the_last_events(self):
        self.flag_of({})
        self.assertFalse(self.kind.event_ids)
        self.flag_of({"amount": 5})
        self.tick()

        self.assertEqual(len(self.kind.event_ids), 2)

    def test_names_follow_the_rule(self):
        for name in (
            "order",
            "Com.Example",
            "com..paid",
            "com.example.",
            "a b.c",
            "odoo.monitor.x",
        ):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.env["monitor.event.type"].create({"name": name})

    def test_a_schema_that_is_none_is_refused(self):
        for schema in (
            "{",
            '{"type": "nonsense"}',
            '{"$ref": "https://example.com/schema.json"}',
            '{"properties": {"a": {"$ref": "file:///etc/passwd"}}}',
        ):
            with self.subTest(schema), self.assertRaises(ValidationError):
                self.kind.schema = schema
