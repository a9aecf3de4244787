import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from .events_case import EventsCase, event, run_event

#: Secrets that must never be found in a table, as they come in payloads and errors.
CANARIES = (
    "hunter2-Canary-9",
    "sk_live_canaryCANARY1234567890",
    "4111 1111 1111 1111",
    "BE68 5390 0754 7034",
    "canary.person@example.com",
    "eyJjYW5hcnk.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl",
)
#: Canary -> what may stand before it so that it is known for a secret.
TELLING = {CANARIES[0]: ("password=", "token: ", "X-Api-Key: ")}
TABLES = {
    "monitor_event_data": "context, flag, source, event_uid, correlation_id, step",
    "monitor_run": "context, error_message, traceback, correlation_id, report",
}

texts = st.text(max_size=20) | st.sampled_from(
    ["\0", "\ud800", "\n\\.\n", '"', "\\N", "\\", "'", "é", "2026-01-05", "basic", ""]
)
numbers = st.integers() | st.floats() | st.just(10**400)
anything = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)
told_secrets = st.sampled_from(CANARIES).flatmap(
    lambda canary: st.sampled_from(TELLING.get(canary, ("", "order 5 of ", "a: "))).map(
        lambda before: before + canary
    )
)
secrets = (
    st.fixed_dictionaries({"password": st.sampled_from(CANARIES)})
    | st.lists(told_secrets, max_size=3)
    | st.dictionaries(st.sampled_from(["note", "deep", "Customer"]), told_secrets)
)
FIELDS = (
    "workflow", "step", "correlation_id", "duration_ms", "error", "context", "model",
    "record_id", "other",
)  # fmt: skip
ATTRIBUTES = (
    "specversion", "id", "source", "type", "time", "subject", "data", "data_base64",
    "datacontenttype", "traceparent", "correlationid", "x",
)  # fmt: skip
TYPED = {
    "step": st.just("picked") | texts,
    "correlation_id": texts,
    "duration_ms": st.floats(0, 1e15) | st.integers(0, 10**15),
    "error": texts,
    "context": st.dictionaries(texts, anything, max_size=3),
    "model": st.just("res.partner") | texts,
    "record_id": st.integers(0, 2**31),
}
KINDS = ("run.started", "run.checkpoint", "run.succeeded", "run.failed")

often = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@tagged("post_install", "-at_install", "monitor")
class TestIngestProperties(EventsCase, TransactionCase):
    """Whatever is sent: no error, no secret stored, and nothing is stored half."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=("picked",), code="property-flow")

    def check(self, *events):
        """Ingest events; each of them is taken in, known, or rejected by its place."""
        with self.env.cr.savepoint():
            answer = self.ingest(*events)
        told = answer["accepted"] + answer["duplicates"] + len(answer["rejected"])
        self.assertEqual(told, len(events))
        json.dumps(answer).encode()
        return answer

    def assert_no_canary_stored(self):
        for table, columns in TABLES.items():
            self.env.cr.execute(f"SELECT {columns} FROM {table}")
            stored = str(self.env.cr.fetchall())
            for canary in CANARIES:
                self.assertNotIn(canary, stored, table)

    @often
    @given(anything | st.dictionaries(st.sampled_from(ATTRIBUTES), anything))
    def test_any_json_is_no_event_that_raises(self, sent):
        self.check(sent)

    @often
    @given(anything)
    def test_any_data_of_an_event_is_taken_in(self, data):
        sent = event(data=data)
        answer = self.check(sent)
        self.assertEqual(answer["accepted"] + len(answer["rejected"]), 1)
        self.assertEqual(len(self.stored(sent)), answer["accepted"])

    @often
    @given(
        st.sampled_from(KINDS),
        st.dictionaries(st.sampled_from(FIELDS), anything | secrets),
    )
    def test_any_data_of_our_own_events_is_taken_in(self, kind, data):
        sent = event(f"odoo.monitor.{kind}", data)
        answer = self.check(sent)
        self.assertEqual(len(self.stored(sent)), answer["accepted"])

    @often
    @given(
        st.sampled_from(KINDS),
        st.fixed_dictionaries({}, optional=TYPED),
        st.none() | texts,
    )
    def test_any_data_of_the_right_types_is_taken_in(self, kind, data, subject):
        data |= {"workflow": self.flow.code}
        sent = event(f"odoo.monitor.{kind}", data, subject=subject)
        answer = self.check(sent)
        self.assertEqual(len(self.stored(sent)), answer["accepted"])

    @often
    @given(secrets, secrets, told_secrets)
    def test_no_secret_is_stored(self, data, context, error):
        self.check(
            event(data=data),
            event(kind="org.example.unknown", data=data, subject=error[:1000]),
            run_event("run.started", self.flow.code, context={"of": context}),
            run_event("run.failed", self.flow.code, error=error),
        )
        self.assert_no_canary_stored()
