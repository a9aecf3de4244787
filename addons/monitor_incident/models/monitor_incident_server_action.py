import logging

from odoo import models

from odoo.addons.monitor_core.tools.payload import storable_text

from .monitor_incident_intake import raise_if_retryable

_logger = logging.getLogger(__name__)

MAX_ERROR = 200


class MonitorIncidentServerAction(models.AbstractModel):
    """Runs the server actions that rules and levels of escalation name."""

    _name = "monitor.incident.server.action"
    _description = "Incident: Server Actions"
    _inherit = ["monitor.about.record"]

    def _run_server_action(self, action, now):
        """Run a server action on the incident, or on the record that it is about.

        What it raises is shown in the timeline and stops nothing here; a lost race is
        left to whoever repeats the work.
        """
        self.ensure_one()
        if not action:
            return
        about = self if action.model_name == self._name else self._business_record()
        if about is None or action.model_name != about._name:
            return
        context = {
            "active_model": about._name,
            "active_id": about.id,
            "active_ids": about.ids,
        }
        try:
            with self.env.cr.savepoint():
                action.with_context(**context).run()
        except Exception as error:
            raise_if_retryable(error)
            # Somebody else's code, recorded as a failed run by the Monitor itself.
            self.env.invalidate_all(flush=False)
            _logger.warning(
                "Server action %s of incident %s failed",
                action.id, self.name, exc_info=True,
            )  # fmt: skip
            text = storable_text(str(error))[:MAX_ERROR]
            params = {"action": action.name, "error": text}
            self._log("action", "server_action_failed", params, now=now)
        else:
            self._log("action", "server_action", {"action": action.name}, now=now)
