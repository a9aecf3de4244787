from odoo import api, models


class MonitorTick(models.Model):
    """Each tick keeps the table of pings small."""

    _inherit = "monitor.tick"

    @api.model
    def _stages(self):
        return [*super()._stages(), ("pings", self.env["monitor.ping"]._trim_recent)]
