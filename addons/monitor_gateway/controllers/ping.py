from odoo import http
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import (
    Refusal,
    count_for,
    guarded,
)
from odoo.addons.monitor_core.models.report_arguments import storable
from odoo.addons.monitor_core.tools import clock

from ..models.monitor_ping import TooManyHeartbeats
from ..tools import ping

METHODS = ("GET", "HEAD", "POST")
MAX_AGENT = 200
HEADERS = {
    "Access-Control-Allow-Origin": "*",  # a page in a browser may ping too
    "Ping-Body-Limit": str(ping.MAX_BODY),
    "X-Content-Type-Options": "nosniff",
}


class MonitorPing(http.Controller):
    """The door for jobs outside Odoo: they say by a web address that they work."""

    @http.route(
        "/monitor/ping/<path:address>",
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=False,  # also GET writes; Odoo commits before it answers
    )
    @guarded(methods=METHODS, max_body=ping.MAX_BODY)
    def ping(self, address, **_params):
        """Take a sign of life of a job, as Healthchecks.io does.

        ``<uuid>`` or ``<ping key>/<slug>``, then nothing (it ended well), ``/start``,
        ``/fail``, ``/log`` or its exit status. ``?rid=`` pairs start and end of runs
        that overlap; ``?create=1`` makes a heartbeat that is not there yet.
        """
        arguments = request.httprequest.args
        try:
            target = ping.parse_target(address)
            rid = ping.parse_rid(arguments.get("rid"))
        except ping.BadPing as error:
            raise Refusal(400, str(error)) from None
        # sudo: whoever knows the address may ping, and nothing else
        pings = request.env["monitor.ping"].sudo()
        create = arguments.get("create") == "1"
        heartbeat, created = self._heartbeat(pings, target, create)
        count_for("heartbeat", heartbeat.id)
        pings._receive(heartbeat, target, rid, self._sent(), clock.utcnow())
        text, status = ("Created", 201) if created else ("OK", 200)
        return request.make_response(
            text,
            [("Content-Type", "text/plain; charset=utf-8"), *HEADERS.items()],
            status=status,
        )

    def _heartbeat(self, pings, target, create):
        """Return the one heartbeat at that address, and whether it was just made."""
        heartbeats = pings._addressed(target)
        if len(heartbeats) > 1:
            raise Refusal(409, "More than one heartbeat has this name.")
        if heartbeats or not create:
            if not heartbeats:
                raise Refusal(404, "There is no such heartbeat.")
            return heartbeats, False
        if target and target.slug and not ping.is_slug(target.slug):
            raise Refusal(400, "A name has lower-case letters, digits and dashes.")
        try:
            heartbeat = pings._create_heartbeat(target)
        except TooManyHeartbeats:
            # 403 like Healthchecks.io, where an account is full
            raise Refusal(
                403,
                "Pings have made as many heartbeats as they may; "
                "make this one in Odoo, delete some, or raise the limit.",
                code="too_many_heartbeats",
            ) from None
        if not heartbeat:
            raise Refusal(404, "There is no such heartbeat.")
        return heartbeat, True

    def _sent(self):
        """Return what is kept of the request."""
        http_request = request.httprequest
        return {
            "method": http_request.method,
            "remote_address": http_request.remote_addr,
            "user_agent": storable(http_request.user_agent.string[:MAX_AGENT]) or "",
            "body": http_request.get_data(),
        }
