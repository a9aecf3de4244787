import json

from odoo.tests import HttpCase, tagged

from .events_case import EventsCase, event

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@tagged("post_install", "-at_install", "monitor")
class TestEvents(EventsCase, HttpCase):
    """``POST /monitor/v1/events`` in its three modes, and what it refuses."""

    def setUp(self):
        super().setUp()
        self.key = self.key_of(self.service)

    def post(self, body, content_type=STRUCTURED, key=None, **headers):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        headers = {"Content-Type": content_type, **headers}
        if key is not False:
            headers["Authorization"] = f"Bearer {key or self.key}"
        return self.url_open(
            "/monitor/v1/events", data=data, headers=headers, method="POST"
        )

    def test_one_structured_event(self):
        sent = event()

        answer = self.post(sent, f"{STRUCTURED}; charset=utf-8")

        self.assertEqual(answer.status_code, 202, answer.text)
        self.assertEqual(
            answer.json(), {"accepted": 1, "duplicates": 0, "rejected": []}
        )
        self.assertEqual(self.stored(sent).user_id, self.service)

    def test_a_batch_is_taken_in_part(self):
        answer = self.post([event(), {}, event()], BATCH)

        self.assertEqual(answer.status_code, 202)
        self.assertEqual(answer.json()["accepted"], 2)
        self.assertEqual(answer.json()["rejected"][0]["index"], 1)
        self.assertEqual(self.post([], BATCH).json()["accepted"], 0)

    def test_binary_mode(self):
        sent = event()
        attributes = {f"ce-{name}": value for name, value in sent.items()}

        answer = self.post(
            {"order": 1}, "application/json", **{**attributes, "ce-subject": "f%C3%BCr"}
        )

        self.assertEqual(answer.status_code, 202, answer.text)
        context = self.stored(sent).context
        self.assertEqual(context, {"data": {"order": 1}, "subject": "für"})

    def test_who_may_not(self):
        viewer = self.key_of(self.viewer)
        for status, key in ((401, False), (401, "wrong"), (403, viewer)):
            answer = self.post(event(), key=key)
            self.assertEqual(answer.status_code, status)
            self.assertEqual(
                set(answer.json()["error"]), {"code", "message", "details"}
            )

    def test_what_is_no_event(self):
        for status, body, content_type in (
            (400, "{", STRUCTURED),
            (400, "[" * 100_000, STRUCTURED),
            (400, {}, STRUCTURED),
            (400, {}, BATCH),
            (413, [event()] * 1001, BATCH),
            (413, " " * (5 * 1024 * 1024 + 1), STRUCTURED),
            (415, event(), "application/json"),
            (415, event(), "text/plain"),
        ):
            answer = self.post(body, content_type)
            self.assertEqual(answer.status_code, status, answer.text[:200])
            self.assertIn("message", answer.json()["error"])
        self.assertEqual(self.url_open("/monitor/v1/events").status_code, 405)
