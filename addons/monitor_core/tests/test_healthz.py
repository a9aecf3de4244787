from datetime import timedelta

from odoo.tests import HttpCase, tagged

from ..tools.rate_limit import Answer, RateLimiter
from .common import MonitorCase

URL = "/monitor/healthz"
STATE_KEYS = {"status", "tick_age_seconds"}


@tagged("post_install", "-at_install", "monitor")
class TestHealthz(MonitorCase, HttpCase):
    """A stranger learns whether the monitor lives, and nothing else."""

    def setUp(self):
        super().setUp()
        self.at = self.now()
        self.set_clock(self.at)
        self.tick()

    def set_tick(self, **values):
        self.env["monitor.tick"]._get().write(values)
        self.env.flush_all()

    def assert_state(self, status_code, status, age):
        response = self.url_open(URL)
        self.assertEqual(response.status_code, status_code)
        self.assertEqual(
            response.headers["Content-Type"].split(";")[0], "application/json"
        )
        self.assertEqual(response.json(), {"status": status, "tick_age_seconds": age})

    def test_ok_after_a_tick(self):
        self.set_clock(self.at + timedelta(seconds=7))

        self.assert_state(200, "ok", 7)

    def test_ok_up_to_three_missed_ticks(self):
        self.set_clock(self.at + timedelta(minutes=3))

        self.assert_state(200, "ok", 180)

    def test_late_when_the_tick_stays_away(self):
        self.set_clock(self.at + timedelta(minutes=3, seconds=1))

        self.assert_state(503, "late", 181)

    def test_starting_before_the_first_tick(self):
        self.set_tick(last_tick_at=False)

        self.assert_state(503, "starting", False)

    def test_starting_without_any_row(self):
        self.env["monitor.tick"].search([]).unlink()

        self.assert_state(503, "starting", False)

    def test_failing_when_a_stage_failed_and_silent_about_why(self):
        self.set_tick(error="discovery: KeyError: 'secret-model'")

        self.assert_state(503, "failing", 0)

    def test_off_when_switched_off(self):
        self.env["ir.config_parameter"].set_param("monitor_core.enabled", "False")

        self.assert_state(503, "off", False)

    def test_a_clock_that_went_back_gives_no_negative_age(self):
        self.set_clock(self.at - timedelta(hours=1))

        self.assert_state(200, "ok", 0)

    def test_head_has_the_status_without_a_body(self):
        response = self.url_open(URL, method="HEAD")

        self.assertEqual((response.status_code, response.content), (200, b""))

        self.set_tick(last_tick_at=False)
        self.assertEqual(self.url_open(URL, method="HEAD").status_code, 503)

    def test_other_methods_are_told_which_to_use(self):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                response = self.url_open(URL, method=method)
                self.assertEqual(response.status_code, 405)
                self.assertEqual(response.headers["Allow"], "GET, HEAD")
                error = response.json()["error"]
                self.assertEqual(error["code"], "method_not_allowed")

    def test_a_body_that_is_too_large_is_refused(self):
        response = self.url_open(URL, data=b"x" * (1024 * 1024 + 1), method="GET")

        self.assertEqual(response.status_code, 413)
        self.assertEqual(response.json()["error"]["code"], "too_large")

    def test_calls_are_limited(self):
        no = Answer(False, 600, 0, 60.0, retry_after_seconds=4.2)
        self.patch(RateLimiter, "take", lambda _limiter, _key, _rate, _now: no)

        response = self.url_open(URL)

        self.assertEqual(response.status_code, 429)
        self.assertEqual(response.headers["Retry-After"], "5")
        self.assertEqual(response.json()["error"]["code"], "too_many_requests")

    def test_what_is_asked_along_changes_nothing(self):
        self.assertEqual(self.url_open(f"{URL}?db=other&verbose=1").status_code, 200)

    def test_nobody_logs_in_and_no_session_begins(self):
        response = self.url_open(URL)

        self.assertNotIn("session_id", response.headers.get("Set-Cookie", ""))

    def test_the_answer_is_the_same_for_the_administrator(self):
        stranger = self.url_open(URL).json()
        self.authenticate("admin", "admin")

        self.assertEqual(self.url_open(URL).json(), stranger)
        self.assertEqual(set(stranger), STATE_KEYS)

    def test_a_defect_of_ours_is_a_json_error_without_a_traceback(self):
        def broken(_self, _now):
            raise ValueError("secret detail")

        self.patch(type(self.env["monitor.tick"]), "_state", broken)
        with self.assertLogs("odoo.http", "ERROR"):
            response = self.url_open(URL)

        self.assertEqual(response.status_code, 500)
        self.assertEqual(response.json()["error"]["code"], "internal_error")
        self.assertNotIn("secret detail", response.text)
        self.assertNotIn("Traceback", response.text)

    def assert_failing_with(self, statement):
        self.env.cr.execute(statement)
        with (
            self.assertLogs("odoo.sql_db", "ERROR"),
            self.assertLogs("odoo.addons.monitor_core.models.monitor_tick", "ERROR"),
        ):
            self.assert_state(503, "failing", False)

    def test_a_missing_table_is_a_monitor_that_fails(self):
        self.assert_failing_with("ALTER TABLE monitor_tick RENAME TO monitor_gone")

    def test_a_broken_table_is_a_monitor_that_fails(self):
        self.assert_failing_with("ALTER TABLE monitor_tick DROP COLUMN last_tick_at")
