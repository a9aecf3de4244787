from odoo import http
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import (
    count_for,
    guarded,
    problem,
)

from ..tools import badge

HEADERS = {
    "Cache-Control": "no-cache, max-age=0",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


class MonitorBadge(http.Controller):
    """Status badges, for whoever knows their address."""

    @http.route(
        [
            "/monitor/badge/<string:token>.svg",
            "/monitor/badge/<string:token>.json",
        ],
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=True,
    )
    @guarded(methods=("GET", "HEAD"))
    def badge(self, token, **_params):
        """Answer the health of the workflow that is shared at this address."""
        workflow = request.env["monitor.workflow"]._shared_at(token)
        if not workflow:
            return problem(404, "There is no such badge.", headers=HEADERS)
        count_for("badge", workflow.id)
        found = workflow._badge()
        if request.httprequest.path.endswith(".json"):
            response = request.make_json_response(badge.to_endpoint(found))
        else:
            response = request.make_response(
                badge.to_svg(found), headers={"Content-Type": "image/svg+xml"}
            )
        response.headers.update(HEADERS)
        return response
