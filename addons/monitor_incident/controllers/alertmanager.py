import json

from odoo import http
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import Refusal, count_for, guarded
from odoo.addons.monitor_core.tools import clock

from ..tools import alertmanager

MAX_BODY = 5 * 1024 * 1024


class MonitorAlertmanager(http.Controller):
    """The door for alerts of Prometheus, which Alertmanager sends."""

    @http.route(
        "/monitor/alertmanager/<token>",
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    @guarded(methods=("POST",), max_body=MAX_BODY)
    def alertmanager(self, token, **_params):
        """Take one message: 200 ``{"alerts": n}`` once all of it is stored.

        Alertmanager repeats what got a 5xx and drops what got another 4xx, so only what
        is no message of it is refused.
        """
        # sudo: whoever knows the address may send alerts, and nothing else
        receiver = request.env["monitor.alertmanager"].sudo()._addressed(token)
        if not receiver:
            raise Refusal(404, "There is no such receiver.")
        count_for("alertmanager", receiver.id)
        if not request.env["monitor.config"]._switches().enabled:
            # Alertmanager sends again what got a 5xx.
            raise Refusal(503, "The Monitor is switched off.")
        body = self._body()
        try:
            number = receiver._receive(body, clock.utcnow())
        except alertmanager.BadNotification as error:
            raise Refusal(400, str(error)) from None
        return request.make_json_response({"alerts": number})

    def _body(self):
        try:
            body = json.loads(request.httprequest.get_data())
        except (ValueError, RecursionError):
            raise Refusal(400, "The body is not JSON.") from None
        alerts = body.get("alerts") if isinstance(body, dict) else None
        if isinstance(alerts, list) and len(alerts) > alertmanager.MAX_ALERTS:
            raise Refusal(
                413,
                f"At most {alertmanager.MAX_ALERTS} alerts; set max_alerts of the "
                "receiver in alertmanager.yml.",
                details={"limit": alertmanager.MAX_ALERTS},
            )
        return body
