from odoo import api, fields, models

from .monitor_approval_observation import DOCUMENT_STATES


class MonitorApprovalDocument(models.Model):
    """How a document was last seen: what the sweep compares it with."""

    _name = "monitor.approval.document"
    _description = "Monitor Approval: Known Document"
    _log_access = False
    _rec_name = "res_id"

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy",
        required=True,
        ondelete="cascade",
        readonly=True,
    )
    res_id = fields.Integer(required=True, readonly=True)
    state = fields.Selection(selection=DOCUMENT_STATES, required=True, readonly=True)
    values = fields.Json(readonly=True)
    tiers = fields.Json(readonly=True)
    amount = fields.Float(digits=0, readonly=True)
    editor_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="set null",
        help="Who changed material fields last.",
    )
    round = fields.Integer(readonly=True)
    seen_at = fields.Datetime(readonly=True)

    _document_uniq = models.Constraint("UNIQUE (policy_id, res_id)")

    @api.model
    def _know(self, approval, values, amount):
        """Remember what a document was when it was approved here."""
        known = self.sudo().search(  # sudo: kept by the Monitor alone
            [
                ("policy_id", "=", approval.policy_id.id),
                ("res_id", "=", approval.res_id),
            ]
        )
        row = {"values": values, "amount": amount, "round": approval.round}
        if known:
            known.write(row)
        else:
            row |= {"policy_id": approval.policy_id.id, "res_id": approval.res_id}
            self.sudo().create({**row, "state": "none"})
