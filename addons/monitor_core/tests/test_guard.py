from unittest.mock import patch

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessDenied, AccessError, UserError, ValidationError
from odoo.http import request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import guard

LOG = "odoo.addons.monitor_core.controllers.guard"
ERRORS = {
    "denied": AccessDenied(),
    "forbidden": AccessError("not yours"),
    "refused": UserError("not now"),
    "invalid": ValidationError("step: unknown"),
    "missing": NotFound(),
    "defect": ZeroDivisionError("secret detail"),
}


def make_routes():
    """Return a controller with guarded routes, as other addons will have them."""

    class GuardedRoutes(http.Controller):
        @http.route("/monitor/test/echo", type="http", auth="public", csrf=False)
        @guard.guarded(methods=("POST",), max_body=100)
        def echo(self, **_params):
            return request.make_json_response(len(request.httprequest.get_data()))

        @http.route("/monitor/test/seldom", type="http", auth="public", csrf=False)
        @guard.guarded(per_minute=20)
        def seldom(self, **_params):
            return request.make_json_response("here")

        @http.route(
            "/monitor/test/raise/<name>", type="http", auth="public", csrf=False
        )
        @guard.guarded()
        def raising(self, name, **_params):
            request.env["res.partner"].sudo().create({"name": "Half done"})
            raise ERRORS[name]

    return GuardedRoutes


@tagged("post_install", "-at_install", "monitor")
class TestGuard(HttpCase):
    """Limits before the endpoint, JSON after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        routes = make_routes()
        controllers = http.Controller.children_classes["monitor_core"]
        cls.registry.clear_cache("routing")

        def remove():
            controllers.remove(routes)
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
            ("refused", 422, "unprocessable"),
            ("invalid", 422, "unprocessable"),
        ):
            with self.subTest(name):
                response = self.url_open(f"/monitor/test/raise/{name}")
                self.assert_error(response, status, code)

    def test_a_refusal_says_why(self):
        response = self.url_open("/monitor/test/raise/invalid")

        self.assertEqual(response.json()["error"]["message"], "step: unknown")

    def test_a_defect_says_nothing_and_is_logged(self):
        with self.assertLogs(LOG, "ERROR") as logged:
            response = self.url_open("/monitor/test/raise/defect")

        self.assert_error(response, 500, "internal_error")
        self.assertNotIn("secret detail", response.text)
        self.assertIn("secret detail", logged.output[0])

    @mute_logger(LOG)
    def test_what_was_written_before_an_error_is_rolled_back(self):
        for name in ERRORS:
            self.url_open(f"/monitor/test/raise/{name}")

        self.assertFalse(self.env["res.partner"].search([("name", "=", "Half done")]))
