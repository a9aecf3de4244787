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
from odoo.tests import HttpCase

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
        @guard.guarded(per_minute=2)
        def seldom(self, **_params):
            return request.make_json_response("here")

        @http.route("/monitor/test/key", type="http", auth="bearer", csrf=False)
        @guard.guarded(methods=("POST",), max_body=100)
        def with_key(self, **_params):
            return request.make_json_response("let in")

        @http.route("/monitor/test/guess", type="http", auth="bearer", csrf=False)
        @guard.guarded(per_minute=2)
        def guess(self, **_params):
            return request.make_json_response("let in")

        @http.route("/monitor/test/conflict", type="http", auth="public", csrf=False)
        @guard.guarded(per_minute=2)
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
            raise UserError(request.env._("not now"))

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


def make_caller_routes():
    """Return a controller with routes that know who calls, by key or secret address."""

    class CallerRoutes(http.Controller):
        @http.route("/monitor/test/conflict-key", type="http", auth="bearer")
        @guard.guarded()
        def conflict_key(self, **_params):
            if CONFLICTS:
                raise CONFLICTS.pop()
            return request.make_json_response("here")

        @http.route("/monitor/test/secret/<name>", type="http", auth="public")
        @guard.guarded()
        def secret(self, name, **_params):
            if name == "unknown":
                return guard.problem(404, "There is no such address.")
            guard.count_for("secret", name)
            return request.make_json_response("let in")

    return CallerRoutes


class GuardCase(HttpCase):
    """Routes as other addons will have them, and what an error looks like."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routes, cls.heirs = make_routes()
        cls.caller_routes = make_caller_routes()
        controllers = http.Controller.children_classes["monitor_core"]
        cls.registry.clear_cache("routing")

        def remove():
            controllers.remove(cls.routes)
            controllers.remove(cls.caller_routes)
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
