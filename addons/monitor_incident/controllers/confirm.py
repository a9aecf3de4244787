from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import guarded

ACTIONS = ("acknowledge", "escalate")


class MonitorIncidentConfirm(http.Controller):
    """The buttons of mails: a page asks first, since programs open links as well."""

    @http.route(
        "/monitor/incident/<model('monitor.incident'):incident>/<string:action>",
        type="http",
        auth="user",
    )
    @guarded(methods=("GET", "HEAD", "POST"), max_body=10_000, page=True)
    def confirm(self, incident, action, **_params):
        """GET asks, POST (with Odoo's CSRF token) does it and shows the incident."""
        if action not in ACTIONS or not incident.exists():
            raise request.not_found()
        if not request.env.user.has_group("monitor_core.group_monitor_operator"):
            raise AccessError(request.env._("Only operators may do this."))
        incident.check_access("write")
        if request.httprequest.method == "POST":
            getattr(incident, action)()
            return request.redirect(incident._open_url(), local=False)
        labels = {
            "acknowledge": request.env._("Acknowledge"),
            "escalate": request.env._("Escalate"),
        }
        values = {
            "incident": incident,
            "label": labels[action],
            "url": request.httprequest.path,
        }
        return request.render("monitor_incident.monitor_incident_confirm", values)
