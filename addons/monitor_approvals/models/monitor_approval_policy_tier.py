from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_incident.tools.scales import AGE_UNITS

from ..tools.scales import APPROVER_KINDS, QUORUMS, RISKS

ROLES = [
    ("process_owner", "Process owner of the workflow"),
    ("technical_owner", "Technical owner of the workflow"),
    ("compliance_owner", "Compliance stakeholder of the workflow"),
    ("team_leader", "Leader of the policy's team"),
]


class MonitorApprovalPolicyTier(models.Model):
    """One tier of a policy: whose decision is asked, for which amounts and risks."""

    _name = "monitor.approval.policy.tier"
    _description = "Monitor Approval Policy Tier"
    _inherit = ["monitor.approval.policy.line"]
    _order = "policy_id, level, id"

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy", required=True, ondelete="cascade"
    )
    model = fields.Char(related="policy_id.model")
    level = fields.Integer(required=True, default=1)
    name = fields.Char(required=True, translate=True)
    amount_from = fields.Float(help="In company currency. 0: any amount.")
    amount_to = fields.Float(help="In company currency. 0: no upper limit.")
    risk_from = fields.Selection(
        selection=RISKS, string="From Risk", default="low", required=True
    )
    department = fields.Char(help="Only requests of this department. Empty: of any.")
    approver = fields.Selection(
        selection=APPROVER_KINDS, string="Who", default="users", required=True
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        relation="monitor_approval_policy_tier_user_rel",
        string="Approvers",
        domain=[("share", "=", False)],
    )
    group_id = fields.Many2one(comodel_name="res.groups", string="Approver Group")
    approver_path = fields.Char(
        string="Approver Field", help="Field that leads to users, such as user_id."
    )
    role = fields.Selection(selection=ROLES)
    quorum = fields.Selection(selection=QUORUMS, default="one", required=True)
    quorum_count = fields.Integer(string="How Many", default=2)
    domain = fields.Char(
        string="Passed When",
        help="The documents that passed this tier, where they say so. Empty: when the "
        "whole document is approved.",
    )
    also_group_id = fields.Many2one(
        comodel_name="res.groups",
        string="Accepted From As Well",
        help="Of documents decided elsewhere: who belongs to this group may decide "
        "without being asked.",
    )
    own_terms = fields.Boolean(string="Own Times")
    warn_amount = fields.Float(string="Remind After", default=-1)
    warn_unit = fields.Selection(selection=AGE_UNITS, default="working_hours")
    due_amount = fields.Float(string="Due After", default=-1)
    due_unit = fields.Selection(selection=AGE_UNITS, default="working_hours")
    escalate_amount = fields.Float(string="Escalate After", default=-1)
    escalate_unit = fields.Selection(selection=AGE_UNITS, default="working_hours")

    @api.constrains("approver", "user_ids", "group_id", "approver_path", "role")
    def _check_approver(self):
        """Raise where a tier names nobody: it could never be passed."""
        for tier in self:
            named = {
                "users": tier.user_ids,
                "group": tier.group_id,
                "field": tier.approver_path,
                "role": tier.role,
            }
            if not named.get(tier.approver, True):
                raise ValidationError(
                    self.env._(
                        "Say who decides on the tier “%s”: nobody is named.", tier.name
                    )
                )
