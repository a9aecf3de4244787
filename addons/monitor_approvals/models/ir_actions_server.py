from odoo import fields, models

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error
from odoo.addons.monitor_core.tools.fingerprint import is_retryable


class IrActionsServer(models.Model):
    """The type *Request Approval* is added."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("monitor_approval", "Request Approval")],
        ondelete={"monitor_approval": "cascade"},
    )
    monitor_approval_policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy",
        string="Approval Policy",
        ondelete="restrict",
        domain="[('model_id', '=', model_id), ('mode', '=', 'decide')]",
    )

    def _run_action_monitor_approval_multi(self, eval_context=None):
        """Request an approval of each active record, as the user; never fails her.

        What waits already is not asked for again.
        """
        context = self.env.context
        # sudo: who asks need not be able to read policies
        policy = self.sudo().monitor_approval_policy_id
        if not policy or context.get("active_model") not in (None, policy.model):
            return False
        ids = context.get("active_ids") or [context.get("active_id")]
        records = self.env[policy.model].browse([id_ for id_ in ids if id_])
        origin = self.env["monitor.approval.capture"]._origin()
        try:
            with self.env.cr.savepoint():
                policy._request(records, origin=origin)
        except Exception as error:
            if is_retryable(error):
                raise
            note_self_error(self.env, "request_approval", error)
        return False
