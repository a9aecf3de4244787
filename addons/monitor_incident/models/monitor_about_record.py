from odoo import models


class MonitorAboutRecord(models.AbstractModel):
    """What may be about a business record: ``model`` and ``res_id`` say which."""

    _name = "monitor.about.record"
    _description = "Monitor: About a Record"

    def _business_record(self):
        """Return the record it is about, ``None`` if there is none (any more)."""
        self.ensure_one()
        if not self.res_id or not self.model or self.model not in self.env:
            return None
        return self.env[self.model].browse(self.res_id).exists() or None
