"""A nightly backup that pings."""

from odoo.addons.monitor_core.tests.common import MonitorCase
from odoo.addons.monitor_core.tools import clock

from ..tools import ping

RID = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"


class HeartbeatCase(MonitorCase):
    """Use as ``class TestX(HeartbeatCase, TransactionCase)`` (or ``HttpCase``)."""

    @classmethod
    def make_heartbeat(cls, **values):
        return cls.env["monitor.workflow"].create(
            {"name": "Backup", "code": "backup", "kind": "heartbeat", **values}
        )

    @classmethod
    def receive(cls, heartbeat, signal="", rid=None, body=b""):
        """Do what the route does; ``signal`` is what stands after the address."""
        sent = {
            "method": "POST",
            "remote_address": "192.0.2.7",
            "user_agent": "curl/8",
            "body": body,
        }
        target = ping.parse_target(heartbeat.ping_uuid + signal)
        now = clock.utcnow()
        cls.env["monitor.ping"]._receive(heartbeat, target, rid, sent, now)
        cls.env.invalidate_all()

    @classmethod
    def runs_of(cls, heartbeat):
        """Return the runs, in the order in which they came to be."""
        return cls.env["monitor.run"].search(
            [("workflow_id", "=", heartbeat.id)], order="id"
        )

    @classmethod
    def pings_of(cls, heartbeat):
        return cls.env["monitor.ping"].search(
            [("workflow_id", "=", heartbeat.id)], order="id"
        )

    @classmethod
    def events_of(cls, heartbeat):
        events = cls.env["monitor.event"].search(
            [("workflow_id", "=", heartbeat.id)], order="id"
        )
        return events.filtered(lambda event: event.source != "health")
