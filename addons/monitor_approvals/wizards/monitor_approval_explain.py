from datetime import timedelta

from odoo import fields, models

from odoo.addons.monitor_core.tools import clock

USUAL = timedelta(days=90)


class MonitorApprovalExplain(models.TransientModel):
    """Asks what is to be said of exceptions, then notes it."""

    _name = "monitor.approval.explain"
    _description = "Explain Approval Exceptions"

    operation = fields.Selection(
        selection=[
            ("explain", "Explain"),
            ("waive", "Accept for a time"),
            ("resolve", "Close"),
        ],
        required=True,
    )
    exception_ids = fields.Many2many(
        comodel_name="monitor.approval.exception",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Text(required=True)
    until = fields.Datetime(
        default=lambda self: (clock.utcnow() + USUAL).replace(microsecond=0)
    )

    def action_do(self):
        """Do it, as the user."""
        self.ensure_one()
        if self.operation == "waive":
            self.exception_ids.action_waive(self.reason, self.until)
        elif self.operation == "resolve":
            self.exception_ids.action_resolve(self.reason)
        else:
            self.exception_ids.action_explain(self.reason)
        return {"type": "ir.actions.act_window_close"}
