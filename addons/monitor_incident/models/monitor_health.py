from odoo import api, models


class MonitorHealth(models.AbstractModel):
    _inherit = "monitor.health"

    @api.model
    def _refresh(self, workflow_ids, now):
        """Have the rules look at what was reviewed."""
        result = super()._refresh(workflow_ids, now)
        if workflow_ids:
            self.env.cr.execute(
                "UPDATE monitor_workflow SET rules_due = true"
                " WHERE id IN %s AND NOT coalesce(rules_due, false)",
                [tuple(workflow_ids)],
            )
        return result
