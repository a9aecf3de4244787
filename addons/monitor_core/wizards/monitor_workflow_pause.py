from odoo import api, fields, models


class MonitorWorkflowPause(models.TransientModel):
    """Asks why, so that whoever finds a paused workflow later need not guess."""

    _name = "monitor.workflow.pause"
    _description = "Pause Monitoring"

    workflow_ids = fields.Many2many(
        "monitor.workflow", required=True, default=lambda self: self._chosen()
    )
    workflow_count = fields.Integer(compute="_compute_workflow_count")
    reason = fields.Char(
        help="Shown on the board and in the history as long as it is paused."
    )

    @api.model
    def _chosen(self):
        if self.env.context.get("active_model") != "monitor.workflow":
            return []
        return self.env.context.get("active_ids", [])

    @api.depends("workflow_ids")
    def _compute_workflow_count(self):
        for wizard in self:
            wizard.workflow_count = len(wizard.workflow_ids)

    def action_pause(self):
        """Pause the chosen workflows for the reason given."""
        for wizard in self:
            wizard.workflow_ids.action_pause(wizard.reason)
        return {"type": "ir.actions.act_window_close"}
