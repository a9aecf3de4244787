"""Short ways to make events."""

import itertools

from .gateway_case import GatewayCase

_numbers = itertools.count(1)


def event(kind="com.example.order.paid", data=None, **attributes):
    """Return a CloudEvent in the JSON format, with an id of its own."""
    return {
        "specversion": "1.0",
        "id": f"event-{next(_numbers)}",
        "source": "/shop",
        "type": kind,
        **({} if data is None else {"data": data}),
        **attributes,
    }


def run_event(kind, workflow, correlation_id="SO1", time=None, **data):
    """Return an event of our own types."""
    data = {"workflow": workflow, "correlation_id": correlation_id, **data}
    attributes = {"time": time} if time else {}
    return event(f"odoo.monitor.{kind}", data, **attributes)


class EventsCase(GatewayCase):
    """Use as ``class TestX(EventsCase, TransactionCase)`` (or ``HttpCase``)."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=())

    def ingest(self, *events, user=None):
        """Send events as the service account does, by RPC."""
        return self.api_of(user or self.service, "monitor.event").ingest(list(events))

    def stored(self, *events):
        """Return the stored events with the ids of these."""
        self.env.invalidate_all()
        uids = [event["id"] for event in events]
        return self.env["monitor.event"].search([("event_uid", "in", uids)], order="id")
