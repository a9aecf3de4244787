import json
import xmlrpc.client

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.monitor_core.tests.throttle_case import ThrottleCase

from .events_case import EventsCase, event

JSON_2 = "/json/2/monitor.event/ingest"


@tagged("post_install", "-at_install", "monitor")
class TestRateLimits(ThrottleCase, EventsCase, HttpCase):
    """A client in a loop is refused, at each door, and no other client is."""

    def post(self, path, body, key, kind="application/json"):
        headers = {"Content-Type": kind, "Authorization": f"Bearer {key}"}
        return self.url_open(path, data=json.dumps(body), headers=headers)

    def post_events(self, key, count=1):
        kind = "application/cloudevents+json"
        return [
            self.post("/monitor/v1/events", event(), key, kind)
            for _call in range(count)
        ]

    def test_each_key_of_the_route_for_events(self):
        self.allow(key=2, address=1)
        key, other = self.key_of(self.service), self.key_of(self.service)

        answers = self.post_events(key, 3)

        self.assertEqual([a.status_code for a in answers], [202, 202, 429])
        self.assert_left(answers[1], 2, 0, 60)
        self.assertEqual(answers[2].headers["Retry-After"], "30")
        self.assertEqual([a.status_code for a in self.post_events(other)], [202])

    def test_metrics_are_not_refused_because_of_events(self):
        self.allow(key=1)
        key = self.key_of(self.service)
        self.post_events(key, 2)

        bearer = {"Authorization": f"Bearer {key}"}
        answer = self.url_open("/monitor/metrics", headers=bearer)

        self.assertEqual(answer.status_code, 200)
        self.assert_left(answer, 1, 0, 60)

    def test_each_badge(self):
        self.allow(token=1, address=1)
        other = self.make_flow(code="other", steps=())
        (self.flow | other).action_share_badge()
        self.env.flush_all()

        statuses = [
            self.url_open(f"/monitor/badge/{flow.badge_token}.svg").status_code
            for flow in (self.flow, self.flow, other)
        ]

        self.assertEqual(statuses, [200, 429, 200])

    def test_each_user_of_json_2(self):
        self.allow(key=1)
        key, other = self.key_of(self.service), self.key_of(self.operator)

        self.assertEqual(self.post(JSON_2, {"events": []}, key).status_code, 200)
        refused = self.post(JSON_2, {"events": []}, key)

        self.assertEqual(refused.status_code, 429)
        self.assert_left(refused, 1, 0, 60)
        self.assertEqual(refused.headers["Retry-After"], "60")
        self.assertIn("try again in 60 s", refused.json()["message"])
        self.assertEqual(self.post(JSON_2, {"events": []}, other).status_code, 200)
        self.wait(60)
        self.assertEqual(self.post(JSON_2, {"events": []}, key).status_code, 200)

    @mute_logger("odoo.addons.rpc.controllers.xmlrpc")
    def test_each_user_of_xml_rpc(self):
        self.allow(key=1)
        call = (self.env.cr.dbname, self.service.id, self.key_of(self.service))
        call += ("monitor.event", "ingest", [[]])

        self.assertEqual(self.xmlrpc_object.execute_kw(*call)["accepted"], 0)
        with self.assertRaisesRegex(xmlrpc.client.Fault, "try again in 60 s"):
            self.xmlrpc_object.execute_kw(*call)

    def test_no_limit_by_rpc(self):
        self.allow(key=0)
        key = self.key_of(self.service)
        answers = [self.post(JSON_2, {"events": []}, key) for _call in range(3)]

        self.assertEqual([a.status_code for a in answers], [200] * 3)

    def test_code_that_runs_in_odoo_is_not_limited(self):
        self.allow(key=1)

        answers = [self.ingest(event()) for _call in range(3)]

        self.assertEqual([a["accepted"] for a in answers], [1, 1, 1])
