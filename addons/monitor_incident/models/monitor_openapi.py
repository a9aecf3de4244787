from odoo import api, models


class MonitorOpenapi(models.AbstractModel):
    _inherit = "monitor.openapi"

    @api.model
    def _parts(self):
        part = self._load("monitor_incident/data/openapi/alertmanager.json")
        return [*super()._parts(), part]
