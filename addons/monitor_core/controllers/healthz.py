from odoo import http
from odoo.http import request

from ..tools import clock
from .guard import guarded


class MonitorHealthz(http.Controller):
    @http.route(
        "/monitor/healthz",
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=True,
    )
    @guarded(methods=("GET", "HEAD"))
    def healthz(self, **_params):
        """Tell whether the monitor itself is alive; says nothing secret.

        200 ``{"status": "ok", "tick_age_seconds": n}``; 503 with ``status``
        ``starting``, ``late``, ``failing`` or ``off``. A few seconds of tick age tell
        that the scheduler, the database and the monitor's own code all work.
        """
        # sudo: liveness is public, and only a status and an age leave this method
        state = request.env["monitor.tick"].sudo()._state(clock.utcnow())
        status = 200 if state["status"] == "ok" else 503
        return request.make_json_response(state, status=status)
