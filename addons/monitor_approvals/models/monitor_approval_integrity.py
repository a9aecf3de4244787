from odoo import api, models
from odoo.exceptions import AccessError, UserError

#: What people may write themselves; all else follows from acts.
FREE = {
    "message_follower_ids",
    "activity_ids",
    "message_ids",
    "message_main_attachment_id",
}


class MonitorApprovalIntegrity(models.AbstractModel):
    """An approval changes by acts, and by what is observed, in no other way."""

    _name = "monitor.approval.integrity"
    _description = "Monitor Approval: Integrity"

    @api.model_create_multi
    def create(self, vals_list):
        self._only_by_acts()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() - FREE:
            self._only_by_acts()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _never_delete(self):
        raise UserError(self.env._("An approval is evidence and cannot be deleted."))

    def _only_by_acts(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "An approval is not edited: approve, reject, reassign or cancel it."
                )
            )
