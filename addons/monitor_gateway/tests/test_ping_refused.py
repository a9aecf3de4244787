from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from odoo.addons.monitor_core.tests.throttle_case import ThrottleCase

from .heartbeat_case import HeartbeatCase

URL = "/monitor/ping/"
UNKNOWN = "6e9e1f4a-9f4c-4b2f-8d2e-0a4f3c2b1d0e"


@tagged("post_install", "-at_install", "monitor")
class TestPingRefused(HeartbeatCase, HttpCase):
    """What is refused, always in the same shape, leaves nothing behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heartbeat = cls.make_heartbeat()
        cls.address = URL + cls.heartbeat.ping_uuid
        cls.key = cls.env.company.monitor_ping_key

    def assert_error(self, response, status, code):
        self.assertEqual(response.status_code, status)
        self.assertEqual(
            response.headers["Content-Type"].split(";")[0], "application/json"
        )
        self.assertEqual(response.json()["error"]["code"], code)
        self.assertFalse(self.pings_of(self.heartbeat))
        self.assertFalse(self.runs_of(self.heartbeat))
        return response

    def test_nothing_tells_why_an_address_is_unknown(self):
        self.make_heartbeat(code="archived", active=False)
        archived = self.env["monitor.workflow"].search(
            [("code", "=", "archived"), ("active", "=", False)]
        )
        self.make_flow(code="flow")
        paths = (
            UNKNOWN,
            f"{UNKNOWN}/start",
            f"{UNKNOWN}?create=1",
            archived.ping_uuid,
            f"{self.key}/archived",
            f"{self.key}/flow",
            f"{self.key}/unknown",
            "wrong-key/backup",
            "wrong-key/backup?create=1",
            "wrong-key%00/backup?create=1",
            f"{self.key}/back%00up?create=1",
            "wrong-key",
            f"{self.heartbeat.ping_uuid}/stop",
        )
        answers = {
            self.assert_error(self.url_open(URL + path), 404, "not_found").text
            for path in paths
        }
        self.assertEqual(len(answers), 1)

    def test_a_name_of_two_heartbeats(self):
        self.make_heartbeat(code="backup2", ping_slug="backup")

        response = self.url_open(f"{URL}{self.key}/backup")

        self.assert_error(response, 409, "conflict")

    def test_a_run_id_that_is_none(self):
        for rid in ("1", "", "x" * 40):
            with self.subTest(rid):
                response = self.url_open(f"{self.address}?rid={rid}")
                self.assert_error(response, 400, "bad_request")

    def test_an_exit_status_that_is_none(self):
        for status in ("256", "-1"):
            with self.subTest(status):
                response = self.url_open(f"{self.address}/{status}")
                self.assert_error(response, 400, "bad_request")

    def test_a_name_that_cannot_be(self):
        for name in ("caf%C3%A9", "a%20b", "-a", "x" * 101):
            with self.subTest(name):
                response = self.url_open(f"{URL}{self.key}/{name}?create=1")
                self.assert_error(response, 400, "bad_request")

    def test_other_methods(self):
        for method in ("PUT", "DELETE", "PATCH"):
            with self.subTest(method):
                response = self.url_open(self.address, method=method)
                self.assert_error(response, 405, "method_not_allowed")

    def test_a_body_that_is_too_large(self):
        for body in (b"x" * 102_401, iter([b"x" * 60_000] * 2)):
            response = self.url_open(self.address, data=body)
            self.assert_error(response, 413, "too_large")

    def test_an_old_address_after_a_new_one_was_given(self):
        self.heartbeat.action_rotate_ping_uuid()
        self.env.company._rotate_monitor_ping_key()

        for path in (self.address, f"{URL}{self.key}/backup"):
            self.assert_error(self.url_open(path), 404, "not_found")

    def test_a_company_whose_pings_made_enough(self):
        self.env["res.config.settings"].create(
            {"monitor_max_made_heartbeats": 1}
        ).execute()
        other = self.env["res.company"].create({"name": "Other"})
        first, second = (f"{URL}{self.key}/{name}?create=1" for name in ("a", "b"))
        others = f"{URL}{other.monitor_ping_key}/c?create=1"

        statuses = [self.url_open(url).status_code for url in (first, first, others)]

        self.assertEqual(statuses, [201, 200, 201])
        self.assert_error(self.url_open(second), 403, "too_many_heartbeats")
        made = self.env["monitor.workflow"].search([("made_by_ping", "=", True)])
        self.assertEqual(made.mapped("ping_slug"), ["a", "c"])
        self.assertFalse(self.heartbeat.made_by_ping, "one that somebody made")
        made.active = False
        self.assert_error(self.url_open(second), 403, "too_many_heartbeats")
        made.unlink()
        self.assertEqual(self.url_open(second).status_code, 201)

    def test_no_limit_on_heartbeats(self):
        settings = self.env["res.config.settings"]
        self.assertEqual(settings.create({}).monitor_max_made_heartbeats, 100)
        settings.create({"monitor_max_made_heartbeats": 0}).execute()
        self.assertEqual(settings.create({}).monitor_max_made_heartbeats, 0)

        for name in "ab":
            response = self.url_open(f"{URL}{self.key}/{name}?create=1")
            self.assertEqual(response.status_code, 201)

    def test_a_limit_that_is_none(self):
        with self.assertRaisesRegex(ValidationError, "0 or more"):
            self.env["res.config.settings"].create({"monitor_max_made_heartbeats": -1})


@tagged("post_install", "-at_install", "monitor")
class TestPingTooOften(ThrottleCase, HeartbeatCase, HttpCase):
    """A heartbeat is refused for its own pings only; who guesses, for all guesses."""

    def statuses(self, count, address):
        return [self.url_open(URL + address).status_code for _call in range(count)]

    def test_a_heartbeat_that_is_pinged_too_often(self):
        self.allow(token=3, address=1)
        busy = self.make_heartbeat(code="busy")
        calm = self.make_heartbeat(code="calm")

        self.assertEqual(self.statuses(4, busy.ping_uuid), [200] * 3 + [429])
        refused = self.url_open(URL + busy.ping_uuid)
        self.assert_left(refused, 3, 0, 60)
        self.assertEqual(refused.headers["Retry-After"], "20")
        self.assertEqual(len(self.pings_of(busy)), 3)
        by_name = f"{self.env.company.monitor_ping_key}/busy"
        self.assertEqual(self.statuses(1, by_name), [429])

        self.assertEqual(self.statuses(1, calm.ping_uuid), [200])
        self.wait(20)
        self.assertEqual(self.statuses(2, busy.ping_uuid), [200, 429])

    def test_who_guesses_addresses(self):
        self.allow(address=2)

        self.assertEqual(self.statuses(3, UNKNOWN), [404, 404, 429])
