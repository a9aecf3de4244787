from odoo import fields, models

from ..tools.scales import TIER_STATES


class MonitorApprovalTier(models.Model):
    """One tier of an approval: who was asked, and what they said."""

    _name = "monitor.approval.tier"
    _description = "Monitor Approval Tier"
    _order = "approval_id, level, id"

    approval_id = fields.Many2one(
        comodel_name="monitor.approval",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    level = fields.Integer(readonly=True, required=True)
    name = fields.Char(readonly=True)
    state = fields.Selection(
        selection=TIER_STATES, default="waiting", required=True, readonly=True
    )
    approver_ids = fields.Many2many(
        comodel_name="res.users",
        relation="monitor_approval_tier_user_rel",
        string="Approvers",
        readonly=True,
    )
    role = fields.Char(readonly=True, help="As what they were asked.")
    quorum = fields.Integer(readonly=True, default=1)
    signatures = fields.Json(
        readonly=True, help="[[actor, principal], …] of who approved so far."
    )
    pending_since = fields.Datetime(readonly=True)
    decided_at = fields.Datetime(readonly=True)
    decided_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    on_behalf_of_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="approval_id.company_id")
