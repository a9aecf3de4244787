import json

from odoo import http
from odoo.http import request

from odoo.addons.monitor_core.controllers.guard import Refusal, guarded

from ..models.monitor_event import MAX_EVENTS
from ..tools import cloudevents

MAX_BODY = 5 * 1024 * 1024
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


class MonitorEvents(http.Controller):
    """The door for CloudEvents 1.0 (HTTP protocol binding, JSON event format)."""

    @http.route(
        "/monitor/v1/events",
        type="http",
        auth="bearer",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    @guarded(methods=("POST",), max_body=MAX_BODY)
    def events(self, **_params):
        """Take one event (structured or binary mode) or a batch of up to 1000.

        202 ``{"accepted": n, "duplicates": n, "rejected": [{"index", "error"}]}``. What
        is accepted is stored when the answer is sent. A single event that is no valid
        CloudEvent gets 400, a body of another type 415.
        """
        events, is_batch = read_events(request.httprequest)
        answer = request.env["monitor.event"]._ingest(events)
        if answer["rejected"] and not is_batch:
            raise Refusal(400, answer["rejected"][0]["error"], details=answer)
        return request.make_json_response(answer, status=202)


def read_events(http_request):
    """Return the events of a request in the JSON format, and whether it is a batch."""
    body = http_request.get_data()
    media_type = http_request.mimetype
    if media_type == BATCH:
        events = _json(body)
        if not isinstance(events, list):
            raise Refusal(400, "A batch is a JSON array of events.")
        if len(events) > MAX_EVENTS:
            raise Refusal(
                413, f"At most {MAX_EVENTS} events.", details={"limit": MAX_EVENTS}
            )
        return events, True
    if media_type == STRUCTURED:
        return [_json(body)], False
    if "ce-specversion" in http_request.headers:
        try:
            return [cloudevents.from_headers(http_request.headers, body)], False
        except cloudevents.EnvelopeError as error:
            raise Refusal(400, str(error)) from None
    raise Refusal(
        415,
        f"Send {STRUCTURED}, {BATCH}, or the attributes of the event in ce- headers.",
    )


def _json(body):
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.") from None
