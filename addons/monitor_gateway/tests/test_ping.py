from odoo.tests import HttpCase, tagged

from .heartbeat_case import RID, HeartbeatCase

URL = "/monitor/ping/"


@tagged("post_install", "-at_install", "monitor")
class TestPing(HeartbeatCase, HttpCase):
    """A job pings its address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heartbeat = cls.make_heartbeat()
        cls.address = URL + cls.heartbeat.ping_uuid
        cls.key = cls.env.company.monitor_ping_key

    def assert_ok(self, response, text="OK", status=200):
        self.assertEqual((response.status_code, response.text), (status, text))
        self.assertEqual(response.headers["Content-Type"], "text/plain; charset=utf-8")

    def test_get_and_post_answer_ok(self):
        self.assert_ok(self.url_open(self.address))
        self.assert_ok(self.url_open(self.address, data=b"done"))

        pings = self.pings_of(self.heartbeat)
        self.assertEqual(pings.mapped("method"), ["GET", "POST"])
        self.assertEqual(pings.mapped("body"), [False, "done"])
        self.assertEqual(pings.mapped("remote_address"), ["127.0.0.1"] * 2)

    def test_head_answers_nothing_and_counts(self):
        self.assert_ok(self.url_open(self.address, method="HEAD"), text="")

        self.assertEqual(self.pings_of(self.heartbeat).signal, "success")

    def test_each_signal(self):
        for signal in ("/start", "/log", "/fail", "/0", "/7"):
            self.assert_ok(self.url_open(self.address + signal))

        self.assertEqual(
            self.pings_of(self.heartbeat).mapped("signal"),
            ["start", "log", "fail", "success", "fail"],
        )

    def test_the_run_id_pairs(self):
        self.assert_ok(self.url_open(f"{self.address}/start?rid={RID}"))
        self.assert_ok(self.url_open(f"{self.address}?rid={RID.replace('-', '')}"))

        run = self.runs_of(self.heartbeat)
        self.assertEqual((run.correlation_id, run.state), (RID, "succeeded"))

    def test_by_name(self):
        self.assert_ok(self.url_open(f"{URL}{self.key}/backup/fail", data=b"oh no"))

        self.assertEqual(self.runs_of(self.heartbeat).error_message, "oh no")

    def test_a_form_is_kept_as_it_was_sent(self):
        self.assert_ok(self.url_open(self.address, data={"a": "1", "rid": "x"}))

        self.assertEqual(self.pings_of(self.heartbeat).body, "a=1&rid=x")

    def test_bytes_that_are_no_text_declared_as_a_form(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = bytes(range(256)) * 400

        self.assert_ok(self.url_open(self.address, data=body, headers=form))

        self.assertEqual(self.pings_of(self.heartbeat).body_size, 102_400)

    def test_a_heartbeat_is_made_when_asked_for(self):
        url = f"{URL}{self.key}/nightly-sync"

        self.assert_ok(self.url_open(f"{url}/start?create=1"), "Created", 201)
        self.assert_ok(self.url_open(f"{url}?create=1"))

        made = self.env["monitor.workflow"].search([("code", "=", "nightly-sync")])
        self.assertEqual((made.kind, made.ping_slug), ("heartbeat", "nightly-sync"))
        self.assertEqual(made.company_id, self.env.company)
        self.assertEqual(made.create_uid, self.env.ref("base.user_root"))
        self.assertEqual(made.schedule_text, "every day")
        self.assertEqual(self.runs_of(made).state, "succeeded")

    def test_it_is_made_also_where_its_code_is_taken(self):
        self.make_flow(code="nightly-sync")

        url = f"{URL}{self.key}/nightly-sync?create=1"
        self.assert_ok(self.url_open(url), "Created", 201)

        made = self.env["monitor.workflow"].search([("ping_slug", "=", "nightly-sync")])
        self.assertRegex(made.code, "^nightly-sync-[0-9a-f]{8}$")

    def test_the_key_says_whose_heartbeat(self):
        other = self.env["res.company"].create({"name": "Other"})
        url = f"{URL}{other.monitor_ping_key}/mine"
        mine = self.make_heartbeat(
            code="mine", company_id=self.env.company.id, ping_slug="mine"
        )

        self.assertEqual(self.url_open(url).status_code, 404)
        self.assert_ok(self.url_open(f"{url}?create=1"), "Created", 201)
        self.assertFalse(self.pings_of(mine))

    def test_a_client_with_a_name_that_no_database_can_hold(self):
        self.assert_ok(self.url_open(self.address, headers={"User-Agent": "job\0 1"}))

        self.assertEqual(self.pings_of(self.heartbeat).user_agent, "job? 1")

    def test_no_session_is_made(self):
        response = self.url_open(self.address)

        self.assertNotIn("session_id", response.cookies)

    def test_a_paused_heartbeat_takes_pings(self):
        self.heartbeat.paused = True

        self.assert_ok(self.url_open(self.address))

        self.assertEqual(len(self.runs_of(self.heartbeat)), 1)
