from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .guard_case import ERRORS, LOG, GuardCase


@tagged("post_install", "-at_install", "monitor")
class TestGuardErrors(GuardCase):
    """Whatever goes wrong below /monitor/ is a JSON error, and only there."""

    def test_what_is_raised_becomes_a_json_error(self):
        for name, status, code in (
            ("denied", 401, "unauthorized"),
            ("forbidden", 403, "forbidden"),
            ("missing", 404, "not_found"),
            ("unreadable", 400, "bad_request"),
            ("gone", 404, "not_found"),
            ("twice", 409, "duplicate"),
            ("refused", 422, "unprocessable"),
            ("invalid", 422, "unprocessable"),
        ):
            with self.subTest(name):
                response = self.url_open(f"/monitor/test/raise/{name}")
                self.assert_error(response, status, code)

    def test_a_refusal_says_why(self):
        response = self.url_open("/monitor/test/raise/invalid")

        self.assertEqual(response.json()["error"]["message"], "step: unknown")

    def test_a_refusal_has_details(self):
        error = self.url_open("/monitor/test/raise/twice").json()["error"]

        self.assertEqual(
            error, {"code": "duplicate", "message": "sent twice", "details": {"id": 7}}
        )
        error = self.url_open("/monitor/test/raise/unreadable").json()["error"]
        self.assertEqual(error["message"], "line 1: no JSON")

    @mute_logger(LOG, "odoo.service.model")
    def test_a_conflict_that_stays_asks_to_come_back(self):
        with patch("odoo.service.model.time"):
            response = self.url_open("/monitor/test/raise/busy")

        self.assert_error(response, 503, "unavailable")

    @mute_logger(LOG, "odoo.sql_db")
    def test_what_the_database_refuses_at_the_end_is_a_json_error_too(self):
        response = self.url_open("/monitor/test/late")

        self.assert_error(response, 422, "unprocessable")

    def test_a_defect_says_nothing_and_is_logged(self):
        with self.assertLogs(LOG, "ERROR") as logged:
            response = self.url_open("/monitor/test/raise/defect")

        self.assert_error(response, 500, "internal_error")
        self.assertNotIn("secret detail", response.text)
        self.assertIn("secret detail", logged.output[0])

    @mute_logger(LOG)
    def test_what_was_written_before_an_error_is_rolled_back(self):
        with patch("odoo.service.model.time"):  # "busy" is tried again five times
            for name in ERRORS:
                self.url_open(f"/monitor/test/raise/{name}")

        self.assertFalse(self.env["res.partner"].search([("name", "=", "Half done")]))

    def test_a_call_without_a_key_is_told_so_in_json(self):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            response = self.url_open("/monitor/test/key", data=b"x", headers=headers)

            self.assert_error(response, 401, "unauthorized")
            self.assertIn("bearer", response.headers["WWW-Authenticate"].lower())

    def test_a_route_for_users_sends_no_machine_to_the_login_page(self):
        response = self.url_open("/monitor/test/user", allow_redirects=False)

        self.assert_error(response, 401, "unauthorized")

    def test_an_unknown_path_is_a_json_error(self):
        for path in ("/monitor/nowhere", "/monitor/v1/nowhere?x=1", "/monitor/"):
            with self.subTest(path):
                self.assert_error(self.url_open(path), 404, "not_found")

    def test_a_missing_record_is_a_json_error(self):
        partner = self.env["res.partner"].create({"name": "Ana"})
        partner.unlink()

        response = self.url_open(f"/monitor/test/partner/{partner.id}")

        self.assert_error(response, 404, "not_found")

    def test_methods_that_odoo_refuses_are_json_errors_too(self):
        response = self.url_open("/monitor/test/odoo")

        self.assert_error(response, 405, "method_not_allowed")
        self.assertIn("PUT", response.headers["Allow"])

    def test_an_error_leaves_no_session(self):
        for path in ("/monitor/nowhere", "/monitor/test/key", "/monitor/test/echo"):
            response = self.url_open(path)

            self.assertNotIn("session_id", response.headers.get("Set-Cookie", ""))

    def test_paths_of_others_stay_as_they_are(self):
        for path in ("/monitoring/x", "/monitor", "/odoo/monitor/x", "/web/monitor/x"):
            with self.subTest(path):
                response = self.url_open(path)
                self.assertIn("text/html", response.headers["Content-Type"])

    @mute_logger(LOG)
    def test_json_rpc_keeps_its_own_errors(self):
        call = {"jsonrpc": "2.0", "method": "call", "params": {}}
        response = self.url_open("/monitor/test/rpc", json=call)

        self.assertEqual(response.json()["error"]["data"]["message"], "not now")

    def test_a_browser_may_ask_first_whether_it_may_call(self):
        response = self.url_open("/monitor/test/cross", method="OPTIONS")

        self.assertEqual(response.status_code, 204)
