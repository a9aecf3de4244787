from odoo import http
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import guarded

from ..tools import exposition


class MonitorMetrics(http.Controller):
    """What Prometheus scrapes."""

    @http.route(
        "/monitor/metrics",
        type="http",
        auth="bearer",
        csrf=False,
        save_session=False,
        readonly=True,
    )
    @guarded(methods=("GET", "HEAD"))
    def metrics(self, **_params):
        """Answer a scrape of Prometheus: text 0.0.4, or OpenMetrics if preferred."""
        content_type = exposition.negotiate(request.httprequest.headers.get("Accept"))
        text = request.env["monitor.metrics"]._render(content_type)
        headers = {"Content-Type": content_type, "Vary": "Accept"}
        return request.make_response(text, headers=headers)
