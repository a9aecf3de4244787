import json

from odoo import api, models
from odoo.tools.misc import file_open

from ..tools import openapi

FOLDER = "monitor_gateway/data/openapi"
PARTS = ("core", "gateway", "events", "ping")


class MonitorOpenapi(models.AbstractModel):
    """The OpenAPI document of all routes below ``/monitor/``."""

    _name = "monitor.openapi"
    _description = "Monitor OpenAPI Document"

    @api.model
    def _parts(self):
        """Return parts of the document; extend to describe routes of your addon.

        A part is a dict like the whole: ``paths``, and ``components`` if it needs some
        of its own. The common errors are in ``base.json``.
        """
        return [self._load(f"{FOLDER}/{name}.json") for name in PARTS]

    @api.model
    def _load(self, path):
        """Return the JSON of a file that an addon brings: ``addon/data/part.json``."""
        with file_open(path, filter_ext=(".json",)) as file:
            return json.load(file)

    @api.model
    def _document(self):
        """Return the whole."""
        return openapi.merge(self._load(f"{FOLDER}/base.json"), self._parts())
