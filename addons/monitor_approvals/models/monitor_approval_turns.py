from decimal import Decimal

from odoo import models
from odoo.fields import Command

from ..tools import delegation, lifecycle
from .working_book import WorkingBook


class MonitorApprovalTurns(models.AbstractModel):
    """Whose turn it is: tiers, who is asked, and who may act for whom."""

    _name = "monitor.approval.turns"
    _description = "Monitor Approval: Turns"

    def _as_request(self):
        """Return this approval as the rule of ``tools/lifecycle.py`` sees it."""
        self.ensure_one()
        rules = self.version_id._load()
        tiers = tuple(
            lifecycle.Tier(
                level=tier.level,
                approvers=frozenset(tier.approver_ids.filtered("active").ids),
                quorum=tier.quorum,
                state=tier.state,
                signatures=tuple(
                    lifecycle.Signature(*pair) for pair in tier.signatures or ()
                ),
            )
            for tier in self.tier_ids.sorted("level")
        )
        return lifecycle.Request(
            tiers=tiers,
            state=self.state,
            parallel=self.parallel,
            different_persons=rules.different_persons,
            makers=self._barred(rules),
        )

    def _barred(self, rules):
        """Return who may not approve it: its makers, unless it is small."""
        makers = frozenset(self.maker_ids.ids)
        small = rules.self_limit and abs(self.amount_company) < float(rules.self_limit)
        return frozenset() if small else makers

    def _stuck_levels(self):
        """Return the tiers that nobody can pass; none of a round without tiers."""
        if not self.tier_ids:
            return [0]
        return list(lifecycle.stuck(self._as_request()))

    def _who_is_asked(self):
        """Return ``{level: {"role", "users"}}`` as it is now, for the timeline."""
        return {
            str(tier.level): {
                "role": tier.role,
                "users": [[user.id, user.name] for user in tier.approver_ids],
            }
            for tier in self.tier_ids
        }

    def _open_tiers(self, since, book=None):
        """Ask the tiers whose turn it is, and begin to count their time.

        :param since: a moment (naive UTC), or ``{approval: moment}``
        """
        book = book or WorkingBook(self.env)
        events = []
        for approval in self:
            begin = since[approval] if isinstance(since, dict) else since
            waiting = approval.tier_ids.filtered(lambda t: t.state == "waiting")
            pending = approval.tier_ids.filtered(lambda t: t.state == "pending")
            turn = waiting.sorted("level")
            if not approval.parallel:
                turn = turn[:0] if pending else turn[:1]
            turn.write({"state": "pending", "pending_since": begin})
            approval._ask(pending + turn)
            if turn:
                approval._start_clock(begin, book)
                event = approval._event(
                    "became_actionable", begin, tier=min(turn.mapped("level"))
                )
                events.append(event | {"calendar_id": approval.calendar_id.id})
            elif not approval.tier_ids:
                approval._start_clock(begin, book)
        self.env["monitor.approval"]._record_events(events)

    def _ask(self, tiers):
        """Have the approval wait for those of some tiers who may decide."""
        able = tiers.approver_ids.filtered("active")
        barred = self._barred(self.version_id._load())
        holders = able.filtered(lambda user: user.id not in barred)
        self.write(
            {
                "tier": min(tiers.mapped("level"), default=0),
                "holder_ids": [Command.set(holders.ids)],
            }
        )

    # -- Who may act for whom --------------------------------------------------

    def _delegation_case(self):
        """Return what decides whether a delegation is about this approval."""
        return delegation.Case(
            model=self.model,
            amount=Decimal(repr(self.amount_company)),
            company=self.company_id.id or None,
            makers=frozenset(self.maker_ids.ids),
        )

    def _principals(self, actor, at, known=None):
        """Return the users for whom ``actor`` may decide on this at a moment.

        Herself included. :param known: of ``monitor.approval.delegation._in_force``
        """
        if known is None:
            known = self.env["monitor.approval.delegation"]._in_force(at)
        found = [one for about, one in known if about in (None, self.id)]
        if not found:
            return actor
        acting = delegation.acting_for(actor.id, at, self._delegation_case(), found)
        return actor | actor.browse(sorted(acting))
