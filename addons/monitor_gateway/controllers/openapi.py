from odoo import http
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import guarded


class MonitorOpenapi(http.Controller):
    """The description of all routes."""

    @http.route(
        "/monitor/openapi.json",
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=True,
    )
    @guarded(methods=("GET", "HEAD"))
    def openapi(self, **_params):
        """Answer how to talk to the routes of the Monitor: OpenAPI 3.1."""
        return request.make_json_response(request.env["monitor.openapi"]._document())
