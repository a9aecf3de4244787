from decimal import Decimal

from odoo import api, fields, models


class MonitorApprovalLimit(models.Model):
    """Up to which amount somebody may approve: of one person, or of a group."""

    _name = "monitor.approval.limit"
    _description = "Monitor Approval Limit"
    _order = "user_id, group_id, id"
    _rec_name = "max_amount"

    user_id = fields.Many2one(
        comodel_name="res.users", domain=[("share", "=", False)], ondelete="cascade"
    )
    group_id = fields.Many2one(comodel_name="res.groups", ondelete="cascade")
    model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Only Documents",
        ondelete="cascade",
        help="Empty: all.",
    )
    max_amount = fields.Float(
        string="Up to", required=True, help="In company currency, this included."
    )
    company_id = fields.Many2one(comodel_name="res.company")

    _somebody = models.Constraint(
        "CHECK ((user_id IS NULL) <> (group_id IS NULL))",
        "A limit is of one person or of one group.",
    )

    @api.model
    def _of(self, users, model, company):
        """Return ``{user: Decimal}`` of those who have a limit.

        Their own counts before that of a group; of several groups the highest.
        """
        # sudo: limits of colleagues decide, whoever asks
        limits = self.sudo().search(
            [
                ("company_id", "in", [False, company.id]),
                "|",
                ("model_id", "=", False),
                ("model_id.model", "=", model),
            ]
        )
        found = {}
        for user in users:
            own = limits.filtered(lambda one, user=user: one.user_id == user)
            groups = limits.filtered(
                lambda one, user=user: one.group_id in user.sudo().all_group_ids
            )
            chosen = own or groups
            if chosen:
                found[user] = Decimal(repr(max(chosen.mapped("max_amount"))))
        return found
