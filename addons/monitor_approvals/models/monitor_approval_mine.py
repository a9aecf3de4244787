from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from odoo.addons.monitor_core.tools import clock

from ..tools.delegation import MAX_HOPS


class MonitorApprovalMine(models.AbstractModel):
    """What waits for the user: asked herself, or standing in for somebody."""

    _name = "monitor.approval.mine"
    _description = "Monitor Approval: Mine"

    is_mine = fields.Boolean(
        string="Waits for Me", compute="_compute_is_mine", search="_search_is_mine"
    )
    is_requester = fields.Boolean(compute="_compute_is_mine")
    may_cancel = fields.Boolean(compute="_compute_is_mine")
    exception_count = fields.Integer(compute="_compute_exception_count")
    waited_text = fields.Char(string="Waiting", compute="_compute_waited_text")

    @api.depends_context("uid")
    @api.depends("holder_ids", "state")
    def _compute_is_mine(self):
        now = clock.utcnow()
        known = self.env["monitor.approval.delegation"]._in_force(now)
        manager = self.env.user.has_group("monitor_core.group_monitor_manager")
        for approval in self:
            approval.is_requester = approval.requester_id == self.env.user
            approval.may_cancel = manager
            # sudo: whom I stand in for decides, not what I may read of them
            whole = approval.sudo()
            persons = whole._principals(self.env.user, now, known)
            approval.is_mine = approval.state == "pending" and bool(
                persons & whole.holder_ids
            )

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._mine_domain() if True in value else ~self._mine_domain()

    @api.model
    def _mine_domain(self):
        """Return the domain of what the user may decide now."""
        uid = self.env.uid
        domain = Domain("holder_ids", "in", [uid])
        delegations = self.env["monitor.approval.delegation"]
        known = delegations._in_force(clock.utcnow())
        stood_in = Domain.OR(
            Domain("holder_ids", "in", [giver]) & scope
            for giver, scope in self._handed_on(uid, known)
        )
        return Domain("state", "=", "pending") & (
            domain | (stood_in & Domain("maker_ids", "not in", [uid]))
        )

    @api.model
    def _handed_on(self, uid, known, hops=MAX_HOPS, seen=frozenset()):
        """Yield ``(in whose name, which approvals)`` of what was handed to a user."""
        if not hops:
            return
        seen = seen | {uid}
        for about, one in known:
            if one.to_user != uid or one.from_user in seen:
                continue
            scope = self._scope_of(about, one)
            yield one.from_user, scope
            for giver, further in self._handed_on(one.from_user, known, hops - 1, seen):
                yield giver, scope & further

    @api.model
    def _scope_of(self, about, one):
        """Return which approvals a delegation is about."""
        scope = Domain.TRUE
        if about:
            scope &= Domain("id", "=", about)
        if one.models:
            scope &= Domain("model", "in", sorted(one.models))
        if one.max_amount is not None:
            limit = float(one.max_amount)
            scope &= Domain("amount_company", "<=", limit)
            scope &= Domain("amount_company", ">=", -limit)
        if one.company:
            scope &= Domain("company_id", "=", one.company)
        return scope

    @api.model
    @api.readonly
    def pending_for_me(self):
        """Return ``{"count", "late"}``: how many wait for the user, and are late.

        For the badge: one statement, from the index of who is asked, however many
        approvals there are.
        """
        mine = self._search(self._mine_domain(), active_test=False)
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*), count(*) FILTER (WHERE breach_at < %s) "
                "FROM monitor_approval WHERE id IN %s",
                clock.utcnow(),
                mine.subselect(),
            )
        )
        return {"count": rows[0][0], "late": rows[0][1]}

    @api.depends("exception_ids.state")
    def _compute_exception_count(self):
        for approval in self:
            open_ = approval.exception_ids.filtered(lambda one: one.state != "resolved")
            approval.exception_count = len(open_)

    def action_open_exceptions(self):
        """Open what is to be explained of this approval."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "monitor_approvals.monitor_approval_exception_action"
        )
        return {
            **action,
            "domain": [("approval_id", "=", self.id)],
            "context": {},
        }

    @api.depends("pending_since", "state")
    def _compute_waited_text(self):
        now = clock.utcnow()
        for approval in self:
            since = approval.pending_since
            seconds = (now - since).total_seconds() if since else 0
            approval.waited_text = self._duration_text(seconds)

    @api.model
    def _sums_text(self, sums):
        """Return ``{currency: amount}`` as text; amounts of currencies never add up."""
        return ", ".join(
            format_amount(self.env, amount, currency)
            for currency, amount in sums.items()
            if amount
        )

    @api.model
    def _duration_text(self, seconds):
        """Return a duration as people say it: ``3 d 4 h``, ``2 h 10 min``."""
        minutes = int(max(0, seconds) // 60)
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        if days and not hours:
            return self.env._("%s d", days)
        if days:
            return self.env._("%(days)s d %(hours)s h", days=days, hours=hours)
        if hours:
            return self.env._(
                "%(hours)s h %(minutes)s min", hours=hours, minutes=minutes
            )
        return self.env._("%s min", minutes)
