from odoo import api, fields, models
from odoo.exceptions import UserError


class MonitorWorkflow(models.Model):
    """A workflow under legal hold keeps its history (see ``monitor.retention``)."""

    _inherit = "monitor.workflow"

    legal_hold = fields.Boolean(
        tracking=True,
        copy=False,
        help="Runs, events and statistics of this workflow are kept, however old, "
        "until this is switched off. For a lawsuit, an audit or an investigation.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        for workflow in self.filtered("legal_hold"):
            raise UserError(
                self.env._(
                    "“%s” is under legal hold: its history must be kept. Archive it, "
                    "or switch off “Legal Hold” on the tab “Monitoring” first.",
                    workflow.name,
                )
            )
