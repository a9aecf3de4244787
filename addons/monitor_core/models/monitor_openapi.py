import json

from odoo import api, models
from odoo.tools.misc import file_open


class MonitorOpenapi(models.AbstractModel):
    """What the addons say of their routes; ``monitor_gateway`` serves the whole."""

    _name = "monitor.openapi"
    _description = "Monitor OpenAPI Document"

    @api.model
    def _parts(self):
        """Return parts of the document; extend to describe routes of your addon.

        A part is a dict like the whole: ``paths``, and ``components`` if it needs some
        of its own. The common answers, such as ``TooLarge``, are in the base document
        of ``monitor_gateway``.
        """
        return [self._load("monitor_core/data/openapi/core.json")]

    @api.model
    def _load(self, path):
        """Return the JSON of a file that an addon brings: ``addon/data/part.json``."""
        with file_open(path, filter_ext=(".json",)) as file:
            return json.load(file)
