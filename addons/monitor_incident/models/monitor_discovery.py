from odoo import api, models


class MonitorDiscovery(models.AbstractModel):
    """Escalation is the monitor's own work, and not captured."""

    _inherit = "monitor.discovery"

    @api.model
    def _own_crons(self):
        return [
            *super()._own_crons(),
            "monitor_incident.ir_cron_monitor_escalate",
            "monitor_incident.ir_cron_monitor_deliver",
        ]
