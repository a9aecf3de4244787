from odoo import api, models


class MonitorDiscovery(models.AbstractModel):
    """Aging and comparing are the monitor's own work, and not captured."""

    _inherit = "monitor.discovery"

    @api.model
    def _own_crons(self):
        return [
            *super()._own_crons(),
            "monitor_approvals.ir_cron_monitor_age",
            "monitor_approvals.ir_cron_monitor_compare",
        ]
