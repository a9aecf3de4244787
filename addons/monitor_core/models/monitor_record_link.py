from odoo import models


class MonitorRecordLink(models.AbstractModel):
    """Rows about one business record, named by ``model`` and ``res_id``."""

    _name = "monitor.record.link"
    _description = "Monitor Record Link"

    def action_open_record(self):
        """Open the business record this row is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
