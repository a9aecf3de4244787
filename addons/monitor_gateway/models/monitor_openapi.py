from odoo import api, models

from ..tools import openapi

FOLDER = "monitor_gateway/data/openapi"
PARTS = ("gateway", "events", "ping")


class MonitorOpenapi(models.AbstractModel):
    """The OpenAPI document of all routes below ``/monitor/``."""

    _inherit = "monitor.openapi"

    @api.model
    def _parts(self):
        parts = [self._load(f"{FOLDER}/{name}.json") for name in PARTS]
        return [*super()._parts(), *parts]

    @api.model
    def _document(self):
        """Return the whole."""
        return openapi.merge(self._load(f"{FOLDER}/base.json"), self._parts())
