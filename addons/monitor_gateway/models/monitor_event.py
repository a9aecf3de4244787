from odoo import api, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.controllers import throttle
from odoo.addons.monitor_core.models.monitor_recorder import wake_tick
from odoo.addons.monitor_core.models.monitor_workflow_reporting import REPORTERS
from odoo.addons.monitor_core.models.report_arguments import storable

from ..tools import cloudevents
from .event_batch import EventBatch

MAX_EVENTS = 1000
MAX_ERROR = 300


class MonitorEvent(models.Model):
    _inherit = "monitor.event"

    @api.model
    def ingest(self, events):
        """Store CloudEvents; the same event again is a duplicate for seven days.

        :param list events: up to 1000 events in the JSON format of CloudEvents 1.0
        :return: ``{"accepted", "duplicates", "rejected": [{"index", "error"}]}``, the
            first two as numbers; what is rejected is named by its place in the list
        :raises AccessError: without the group *Service account* or *Operator*
        :raises ValidationError: when this is no list of at most 1000 events
        :raises TooManyRequests: (a ``UserError``) when its user called too often
        """
        throttle.count_rpc(self.env, "monitor.event.ingest")
        return self._ingest(events)

    @api.model
    def _ingest(self, events):
        """Do what :meth:`ingest` says; for code in Odoo, which is not limited."""
        self.env["monitor.workflow"]._require_any(REPORTERS)
        if not isinstance(events, (list, tuple)):
            raise ValidationError(self.env._("events: a list is expected."))
        if len(events) > MAX_EVENTS:
            raise ValidationError(self.env._("events: at most %s.", MAX_EVENTS))
        envelopes, rejected = self._parse(events)
        accepted, failed = EventBatch(self.env, envelopes).store()
        if failed:
            registry = self.env.registry
            self.env.cr.postcommit.add(lambda: wake_tick(registry))
        return {
            "accepted": accepted,
            "duplicates": len(envelopes) - accepted,
            "rejected": rejected,
        }

    @api.model
    def _parse(self, events):
        envelopes, rejected = [], []
        policy = self.env["monitor.config"]._redaction()
        for index, event in enumerate(events):
            try:
                envelopes.append(cloudevents.parse(event, policy))
            except ValueError as error:
                message = storable(str(error))[:MAX_ERROR]
                rejected.append({"index": index, "error": message})
        return envelopes, rejected
