from odoo import api, models


class MonitorApprovalTakeTiers(models.AbstractModel):
    """The step of documents that say themselves which tiers were passed."""

    _name = "monitor.approval.take.tiers"
    _description = "Monitor Approval: Tier by Tier"

    @api.model
    def _step_tiers(self, cases, now):
        """The document says itself which tiers were passed."""
        for case in cases:
            passed = case.seen.tiers or {}
            before = case.known.tiers or {}
            levels = [
                int(level)
                for level, told in passed.items()
                if told is True and before.get(level) is not True
            ]
            open_ = case.approval.tier_ids.filtered(
                lambda tier, levels=levels: (
                    tier.level in levels and tier.state in ("waiting", "pending")
                )
            )
            if open_ and case.seen.state == "pending":
                self._pass_tiers(case, open_)

    @api.model
    def _pass_tiers(self, case, tiers):
        """Note who passed some tiers of a document that still waits."""
        seen, approval, actor = case.seen, case.approval, case.seen.actor_id
        principals = self._principals(case, actor)
        book, events = case.desk.book, []
        for tier in tiers:
            principal = self._principal_for(tier, actor, principals) or actor
            tier.write(
                {
                    "state": "approved" if actor else "skipped",
                    "signatures": [[actor.id, principal.id]],
                    "decided_at": seen.seen_at,
                    "decided_by_id": actor.id,
                    "on_behalf_of_id": principal.id if principal != actor else False,
                }
            )
            events.append(
                approval._event(
                    "approved" if actor else "bypassed",
                    seen.seen_at,
                    actor=actor.id,
                    on_behalf_of=principal.id if principal != actor else False,
                    tier=tier.level,
                    role=tier.role,
                    origin=seen.origin,
                    act=seen.act,
                    in_window=bool(actor)
                    and approval._in_window(actor, seen.seen_at, book),
                )
            )
        case.desk.events += events
        approval._open_tiers(seen.seen_at, book)
