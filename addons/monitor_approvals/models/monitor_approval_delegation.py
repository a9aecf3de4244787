from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.monitor_core.tools import clock

from ..tools import delegation

#: A form stays open for a while before it is saved.
BACKDATED = timedelta(minutes=15)


class MonitorApprovalDelegation(models.Model):
    """That somebody may decide in somebody's name for a while."""

    _name = "monitor.approval.delegation"
    _description = "Monitor Approval Delegation"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _rec_name = "delegate_id"

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="In the Name Of",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    delegate_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    date_from = fields.Datetime(
        string="From", required=True, default=lambda self: clock.utcnow(), tracking=True
    )
    date_to = fields.Datetime(
        string="Until",
        required=True,
        tracking=True,
        help="At this moment it is over.",
    )
    model_ids = fields.Many2many(
        comodel_name="ir.model", string="Only Documents", help="Empty: all."
    )
    max_amount = fields.Float(
        string="Up to", tracking=True, help="In company currency. 0: any amount."
    )
    company_id = fields.Many2one(
        comodel_name="res.company", tracking=True, help="Empty: all of theirs."
    )
    approval_id = fields.Many2one(
        comodel_name="monitor.approval",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Only this one approval.",
    )
    reason = fields.Char(tracking=True)
    active = fields.Boolean(default=True, tracking=True)

    _period = models.Constraint(
        "CHECK (date_from < date_to)", "A delegation ends after it begins."
    )
    _other = models.Constraint(
        "CHECK (user_id <> delegate_id)", "Nobody is one's own delegate."
    )

    @api.constrains("user_id", "delegate_id")
    def _check_people(self):
        """Raise where somebody gives away what is not theirs.

        Odoo checks constraints as superuser; who asks is still the user.
        """
        user = self.env.user
        manager = user._is_superuser() or user.has_group(
            "monitor_core.group_monitor_manager"
        )
        for one in self:
            if not manager and one.user_id != self.env.user:
                raise AccessError(
                    self.env._("You can only have yourself stood in for.")
                )
            if one.delegate_id.share or not one.delegate_id.active:
                raise ValidationError(
                    self.env._("“%s” cannot decide here.", one.delegate_id.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        found = super().create(vals_list)
        self.env.registry.clear_cache()  # record rules ask who stands in for whom
        return found

    def write(self, vals):
        """Once it began it may only end earlier, or be archived."""
        self._keep_what_began(vals)
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def _keep_what_began(self, vals):
        now = clock.utcnow()
        begun = self.filtered(lambda one: one.date_from <= now)
        wanted = vals.keys() - {"message_follower_ids", "message_ids", "activity_ids"}
        if not begun or not wanted or self.env.user._is_superuser():
            return
        end = fields.Datetime.to_datetime(vals.get("date_to"))
        for one in begun:
            ends = not end or now <= end <= one.date_to
            if wanted - {"date_to", "active"} or vals.get("active") or not ends:
                raise UserError(
                    self.env._(
                        "A delegation that began stays as it is: end it earlier or "
                        "archive it, and make another one."
                    )
                )

    @api.constrains("date_from")
    def _check_not_backdated(self):
        """Raise where somebody would have stood in already."""
        early = clock.utcnow() - BACKDATED
        if self.env.user._is_superuser():
            return
        if any(one.date_from < early for one in self):
            raise ValidationError(
                self.env._("A delegation begins now or later, never in the past.")
            )

    @api.ondelete(at_uninstall=False)
    def _never_delete(self):
        if any(one.date_from <= clock.utcnow() for one in self):
            raise UserError(
                self.env._("What was in force stays as evidence: archive it instead.")
            )

    @api.model
    def _follow_time(self, now):
        """Have record rules ask anew when a delegation began or ended just now."""
        before = now - timedelta(minutes=5)
        # sudo: of everybody; part of a scheduled action
        if self.sudo().search_count(
            [
                "|",
                *("&", ("date_from", ">", before), ("date_from", "<=", now)),
                *("&", ("date_to", ">", before), ("date_to", "<=", now)),
            ],
            limit=1,
        ):
            self.env.registry.clear_cache()

    @api.model
    def _in_force(self, now, ever=False):
        """Return the delegations at a moment, as ``[(approval id, Delegation)]``.

        The id is ``None`` of one that is about any approval.

        :param ever: all that there are, for who asks of several moments
        """
        period = [("date_from", "<=", now), ("date_to", ">", now)]
        # sudo: who may act for whom is asked for everybody
        found = self.sudo().search([] if ever else period)
        return [(one.approval_id.id or None, one._plain()) for one in found]

    def _plain(self):
        return delegation.Delegation(
            id=self.id,
            from_user=self.user_id.id,
            to_user=self.delegate_id.id,
            date_from=self.date_from,
            date_to=self.date_to,
            models=frozenset(self.model_ids.mapped("model")),
            max_amount=Decimal(repr(self.max_amount)) if self.max_amount else None,
            company=self.company_id.id or None,
        )
