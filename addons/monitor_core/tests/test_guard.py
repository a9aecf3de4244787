import json
import socket
from http.client import HTTPResponse
from unittest.mock import patch

from psycopg2.errors import SerializationFailure
from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.exceptions import (
    AccessDenied,
    AccessError,
    MissingError,
    UserError,
    ValidationError,
)
from odoo.http import request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import guard


class Conflict(SerializationFailure):
    """What PostgreSQL raises when two transactions get in each other's way."""

    pgcode = "40001"


LOG = "odoo.http"  # where Odoo itself logs what a request raised
ERRORS = {
    "denied": AccessDenied(),
    "forbidden": AccessError("not yours"),
    "refused": UserError("not now"),
    "invalid": ValidationError("step: unknown"),
    "missing": NotFound(),
    "unreadable": BadRequest("line 1: no JSON"),
    "gone": MissingError("deleted"),
    "twice": guard.Refusal(409, "sent twice", code="duplicate", details={"id": 7}),
    "busy": Conflict("could not serialize"),
    "defect": ZeroDivisionError("secret detail"),
}
CONFLICTS = []  # what the route "conflict" raises, one a call


def make_routes():
    """Return a controller with guarded routes, as other addons will have them."""

    class GuardedRoutes(http.Controller):
        @http.route("/monitor/test/echo", type="http", auth="public", csrf=False)
        @guard.guarded(methods=("POST",), max_body=100)
        def echo(self, **params):
            body = request.httprequest.get_data()
            answer = {"length": len(body), "params": sorted(params)}
            return request.make_json_response(answer if params else len(body))

        @http.route("/monitor/test/seldom", type="http", auth="public", csrf=False)
        @guard.guarded(per_minute=20)
        def seldom(self, **_params):
            return request.make_json_response("here")

        @http.route("/monitor/test/key", type="http", auth="bearer", csrf=False)
        @guard.guarded(methods=("POST",), max_body=100)
        def with_key(self, **_params):
            return request.make_json_response("let in")

        @http.route("/monitor/test/guess", type="http", auth="bearer", csrf=False)
        @guard.guarded(per_minute=20)
        def guess(self, **_params):
            return request.make_json_response("let in")

        @http.route("/monitor/test/conflict", type="http", auth="public", csrf=False)
        @guard.guarded(per_minute=20)
        def conflict(self, **_params):
            if CONFLICTS:
                raise CONFLICTS.pop()
            return request.make_json_response("here")

        @http.route("/monitor/test/user", type="http", auth="user")
        @guard.guarded()
        def for_users(self, **_params):
            return request.make_json_response("let in")

        @http.route("/monitor/test/odoo", type="http", auth="public", methods=["PUT"])
        def limited_by_odoo(self, **_params):
            return request.make_json_response("put")

        @http.route(
            "/monitor/test/partner/<model('res.partner'):partner>",
            type="http",
            auth="public",
        )
        @guard.guarded()
        def partner(self, partner, **_params):
            return request.make_json_response(partner.id)

        @http.route("/monitor/test/late", type="http", auth="public", csrf=False)
        @guard.guarded()
        def late(self, **_params):
            # refused by the database when Odoo flushes, after the endpoint
            request.env["res.partner.category"].sudo().create({"name": "x"}).name = None
            return request.make_json_response("too early")

        @http.route("/monitor/test/rpc", type="jsonrpc", auth="public")
        def rpc(self, **_params):
            raise UserError("not now")

        @http.route(
            "/monitor/test/cross", type="http", auth="public", csrf=False, cors="*"
        )
        @guard.guarded(methods=("POST",))
        def cross(self, **_params):
            return request.make_json_response("here")

        @http.route(
            "/monitor/test/raise/<name>", type="http", auth="public", csrf=False
        )
        @guard.guarded()
        def raising(self, name, **_params):
            request.env["res.partner"].sudo().create({"name": "Half done"})
            raise ERRORS[name]

    class HeirRoutes(GuardedRoutes):
        """An addon that extends a route says no limits again."""

        @http.route()
        def seldom(self, **params):
            return super().seldom(**params)

    return GuardedRoutes, HeirRoutes  # Odoo itself keeps no reference to an heir


@tagged("post_install", "-at_install", "monitor")
class TestGuard(HttpCase):
    """Limits before the endpoint, JSON after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routes, cls.heirs = make_routes()
        controllers = http.Controller.children_classes["monitor_core"]
        cls.registry.clear_cache("routing")

        def remove():
            controllers.remove(cls.routes)
            cls.registry.clear_cache("routing")

        cls.addClassCleanup(remove)

    def assert_error(self, response, status, code):
        self.assertEqual(response.status_code, status)
        self.assertEqual(
            response.headers["Content-Type"].split(";")[0], "application/json"
        )
        error = response.json()["error"]
        self.assertEqual(set(error), {"code", "message", "details"})
        self.assertEqual(error["code"], code)
        return error

    def test_a_body_within_the_limit_arrives(self):
        response = self.url_open("/monitor/test/echo", data=b"x" * 100)

        self.assertEqual((response.status_code, response.json()), (200, 100))

    def test_a_larger_body_is_refused_with_the_limit(self):
        response = self.url_open("/monitor/test/echo", data=b"x" * 101)

        error = self.assert_error(response, 413, "too_large")
        self.assertEqual(error["details"], {"limit": 100})

    def test_a_larger_body_of_unknown_length_is_refused_too(self):
        chunks = iter([b"x" * 60, b"x" * 60])  # sent chunked, without Content-Length

        response = self.url_open("/monitor/test/echo", data=chunks)

        self.assert_error(response, 413, "too_large")

    def test_a_body_of_unknown_length_within_the_limit_arrives(self):
        response = self.url_open(
            "/monitor/test/echo", data=iter([b"x" * 60, b"x" * 40])
        )

        self.assertEqual((response.status_code, response.json()), (200, 100))

    def test_a_wrong_method_is_refused_before_the_size(self):
        response = self.url_open("/monitor/test/echo", data=b"x" * 200, method="PUT")

        self.assert_error(response, 405, "method_not_allowed")
        self.assertEqual(response.headers["Allow"], "POST")

    def test_too_many_calls_are_told_when_to_come_back(self):
        with patch.object(guard, "time") as time:
            time.monotonic.return_value = 1000.0
            answers = [self.url_open("/monitor/test/seldom") for _call in range(3)]

            self.assertEqual([a.status_code for a in answers], [200, 200, 429])
            self.assert_error(answers[2], 429, "too_many_requests")
            self.assertEqual(answers[2].headers["Retry-After"], "3")

            time.monotonic.return_value += 3
            self.assertEqual(self.url_open("/monitor/test/seldom").status_code, 200)

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

    def assert_too_large(self, body, content_type, path="/monitor/test/echo"):
        headers = {"Content-Type": content_type}
        response = self.url_open(path, data=body, headers=headers)
        self.assert_error(response, 413, "too_large")

    def test_forms_are_refused_before_they_are_parsed(self):
        multipart = (
            b"--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n"
            + b"x" * 200
            + b"\r\n--b--\r\n"
        )
        for content_type, body in (
            ("application/x-www-form-urlencoded", b"a=" + b"x" * 200),
            ("multipart/form-data; boundary=b", multipart),
        ):
            with self.subTest(content_type):
                self.assert_too_large(body, content_type)
                self.assert_too_large(iter([body]), content_type)  # in chunks

    def test_a_form_within_the_limit_arrives_parsed_and_raw(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for body in (b"a=1&b=2", iter([b"a=1", b"&b=2"])):
            response = self.url_open("/monitor/test/echo", data=body, headers=form)

            self.assertEqual(response.json(), {"length": 7, "params": ["a", "b"]})

    def send_raw(self, *lines, body=b""):
        """Send a request that no proper client makes; return status and answer."""
        head = ["POST /monitor/test/echo HTTP/1.1", "Host: localhost", *lines, "", ""]
        address = ("127.0.0.1", self.http_port())
        with (
            self.allow_requests(all_requests=True),
            socket.create_connection(address, timeout=20) as client,
        ):
            client.sendall("\r\n".join(head).encode() + body)
            answer = HTTPResponse(client)
            answer.begin()
            return answer.status, json.loads(answer.read())

    def test_an_absurd_length_is_refused_unread(self):
        status, answer = self.send_raw("Content-Length: 99999999999")

        self.assertEqual((status, answer["error"]["code"]), (413, "too_large"))

    def test_a_wrong_length_beside_chunks_is_not_believed(self):
        chunks = b"ff\r\n" + b"x" * 255 + b"\r\n0\r\n\r\n"

        for encoding in ("chunked", "Chunked"):
            status, answer = self.send_raw(
                "Content-Length: 5", f"Transfer-Encoding: {encoding}", body=chunks
            )
            self.assertEqual((status, answer["error"]["code"]), (413, "too_large"))

    def test_a_body_for_an_unknown_path_is_bounded(self):
        form = "application/x-www-form-urlencoded"
        with patch.object(guard, "MAX_BODY", 100):
            self.assert_too_large(b"a=" + b"x" * 200, form, "/monitor/test/nowhere")

    def test_a_call_without_a_key_is_told_so_in_json(self):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            response = self.url_open("/monitor/test/key", data=b"x", headers=headers)

            self.assert_error(response, 401, "unauthorized")
            self.assertIn("bearer", response.headers["WWW-Authenticate"].lower())

    def test_who_guesses_keys_is_slowed_down(self):
        wrong = {"Authorization": "Bearer wrong"}
        with patch.object(guard, "time") as time:
            time.monotonic.return_value = 1000.0
            answers = [
                self.url_open("/monitor/test/guess", headers=wrong)
                for _call in range(3)
            ]

        self.assertEqual([a.status_code for a in answers], [401, 401, 429])

    def test_method_and_size_come_before_the_key(self):
        response = self.url_open("/monitor/test/key")
        self.assert_error(response, 405, "method_not_allowed")

        response = self.url_open("/monitor/test/key", data=b"x" * 101)
        self.assert_error(response, 413, "too_large")

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

    def test_a_conflict_does_not_count_as_a_second_call(self):
        CONFLICTS[:] = [Conflict("could not serialize")] * 2
        with (
            patch("odoo.service.model.time"),
            patch.object(guard, "time") as time,
        ):
            time.monotonic.return_value = 5000.0
            answers = [self.url_open("/monitor/test/conflict") for _call in range(3)]

        self.assertEqual([a.status_code for a in answers], [200, 200, 429])
