from odoo import api, models
from odoo.fields import Command

from ..tools import definition


class MonitorApprovalTakeAmend(models.AbstractModel):
    """Steps of documents that change while they wait, and after their approval."""

    _name = "monitor.approval.take.amend"
    _description = "Monitor Approval: Changed Documents"

    @api.model
    def _step_reopen(self, cases, now):
        """What was approved is not any more; its round stays as it was."""
        events = []
        for case in cases:
            if case.approval:
                events.append(self._changed_event(case, "reopened"))
                stale = case.approval.exception_ids.filtered(
                    lambda one: one.kind == "stale"
                )
                stale._settle(now)
        self.env["monitor.approval"]._record_events(events)

    @api.model
    def _changed_event(self, case, kind):
        seen, known = case.seen, case.known
        before = {**(known.values or {}), "amount": known.amount}
        after = {**(seen.values or {}), "amount": seen.amount}
        changed = {
            name: [before.get(name), after.get(name)]
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        }
        return case.approval._event(
            kind,
            seen.seen_at,
            actor=seen.actor_id.id,
            origin=seen.origin,
            act=seen.act,
            values=changed,
        )

    @api.model
    def _step_amend(self, cases, now):
        """It changed while it waited: what it is worth now decides who is asked."""
        events = [self._changed_event(case, "amended") for case in cases]
        self.env["monitor.approval"]._record_events(events)
        for case in cases:
            case.version = case.approval.version_id
            case.approval.write(
                {
                    "amount": case.seen.amount,
                    "amount_company": case.seen.amount_company,
                    "risk": case.seen.risk or "low",
                    "band": definition.band(case.version._load().tiers, case.amount),
                    "maker_ids": [
                        Command.link(user.id)
                        for user in case.seen.actor_id - case.approval.maker_ids
                    ],
                }
            )
            self._add_missing_tiers(case)

    @api.model
    def _add_missing_tiers(self, case):
        """Ask the tiers, too, that the document needs now."""
        approval = case.approval
        document = self.env[approval.model].browse(approval.res_id).exists()
        present = set(approval.tier_ids.mapped("level"))
        values = self._tier_values(case, document, approval.requester_id)
        self._cancel_unneeded(approval, {tier["level"] for tier in values})
        missing = [tier for tier in values if tier["level"] not in present]
        if missing:
            approval.write({"tier_ids": [Command.create(tier) for tier in missing]})
            if not approval.tier or approval.parallel:
                approval._open_tiers(case.seen.seen_at, case.desk.book)

    @api.model
    def _cancel_unneeded(self, approval, levels):
        """Tiers whose turn has not come are not asked where the document needs less.

        Who is asked already stays asked: nothing is approved by an amount going down.
        """
        waiting = approval.tier_ids.filtered(
            lambda tier: tier.state == "waiting" and tier.level not in levels
        )
        if approval.tier_ids.filtered(lambda tier: tier.state == "pending"):
            waiting.write({"state": "cancelled"})

    @api.model
    def _step_amend_after(self, cases, now):
        """It changed after it was approved; whether that matters is judged."""
        events = [
            self._changed_event(case, "amended_after_approval")
            for case in cases
            if case.approval
        ]
        self.env["monitor.approval"]._record_events(events)
