from odoo import api, models


class MonitorDiscovery(models.AbstractModel):
    """The export is the monitor's own work: it would report itself for ever."""

    _inherit = "monitor.discovery"

    @api.model
    def _own_crons(self):
        return [*super()._own_crons(), "monitor_gateway.ir_cron_monitor_export"]
