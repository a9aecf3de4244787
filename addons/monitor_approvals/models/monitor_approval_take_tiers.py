from odoo import api, models
from odoo.fields import Command

from ..tools import told


class MonitorApprovalTakeTiers(models.AbstractModel):
    """Documents that say themselves which tiers are asked, and which were passed."""

    _name = "monitor.approval.take.tiers"
    _description = "Monitor Approval: Tier by Tier"

    @api.model
    def _told_values(self, case, tier):
        """Return a tier of a new round, as the document tells of it."""
        approvers = self.env["monitor.approval.approvers"]
        users = self.env["res.users"].browse(tier.users).exists()
        return {
            "level": tier.level,
            "name": tier.name or self.env._("Tier %s", tier.level),
            "approver_ids": [Command.set(approvers._able(users, case.company).ids)],
            "role": self.env._("named in the document"),
            "quorum": 1,
        }

    @api.model
    def _step_tiers(self, cases, now):
        """The document says itself which tiers were passed."""
        for case in cases:
            levels = told.passed(case.seen.tiers, case.known.tiers)
            open_ = case.approval.tier_ids.filtered(
                lambda tier, levels=levels: (
                    tier.level in levels and tier.state in ("waiting", "pending")
                )
            )
            if open_ and case.seen.state == "pending":
                self._pass_tiers(case, open_)
                self._find_forged(case)

    @api.model
    def _pass_tiers(self, case, tiers):
        """Note who passed some tiers of a document that still waits."""
        seen, actor = case.seen, case.seen.actor_id
        principals = self._principals(case, actor)
        for tier in tiers:
            principal = actor and self._who_passed(case, tier, actor, principals)
            stood_in = principal and principal != actor and principal.id
            tier.write(
                {
                    "state": "approved" if principal else "skipped",
                    "signatures": [[actor.id, principal.id]] if principal else [],
                    "decided_at": seen.seen_at,
                    "decided_by_id": actor.id,
                    "on_behalf_of_id": stood_in,
                }
            )
            case.desk.events.append(self._tier_event(case, tier, principal, stood_in))
        case.approval._open_tiers(seen.seen_at, case.desk.book)

    @api.model
    def _tier_event(self, case, tier, principal, stood_in):
        seen, approval, actor = case.seen, case.approval, case.seen.actor_id
        in_window = approval._in_window(actor, seen.seen_at, case.desk.book)
        return approval._event(
            "approved" if principal else "bypassed",
            seen.seen_at,
            actor=actor.id,
            on_behalf_of=stood_in,
            tier=tier.level,
            role=tier.role,
            origin=seen.origin,
            act=seen.act,
            in_window=bool(principal) and in_window,
        )

    @api.model
    def _who_passed(self, case, tier, actor, principals):
        """Return in whose name ``actor`` passed a tier, nobody who was not asked.

        Where the document names somebody else, that is noted.
        """
        said = {one.level: one for one in case.told}.get(tier.level)
        if said is None:
            return self._principal_for(tier, actor, principals)
        if said.state != "approved":
            return actor.browse()
        if said.by and said.by != actor.id:
            case.forged.append((tier.level, said.by))
            return actor.browse()
        return self._principal_for(tier, actor, principals)

    @api.model
    def _principal_for(self, tier, actor, principals):
        """Return in whose name ``actor`` approves a tier: her own first; or nobody."""
        asked = tier.approver_ids
        if actor in asked:
            return actor
        principal = (asked & principals).sorted("id")[:1]
        return principal or self._may_as_well(tier, actor)

    @api.model
    def _may_as_well(self, tier, actor):
        """Return the actor where the policy lets her decide though nobody asked her."""
        if not tier:
            return actor.browse()
        rules = tier.approval_id.version_id._load().tiers
        groups = [rule.also for rule in rules if rule.level == tier.level]
        group = self.env["res.groups"].browse(filter(None, groups)).exists()
        return actor & group.all_user_ids

    @api.model
    def _refused_tier(self, case):
        """Return the tier that was rejected: as the document says, else the first."""
        levels = {one.level for one in case.told if one.state == "rejected"}
        open_ = case.approval.tier_ids.filtered(
            lambda tier: tier.state in ("waiting", "pending")
        ).sorted("level")
        named = open_.filtered(lambda tier: tier.level in levels)
        return (named or open_.filtered(lambda tier: tier.state == "pending"))[:1]

    @api.model
    def _find_alone(self, case, tiers):
        """One person decided in the document where the tier asks several."""
        alone = [tier for tier in tiers if tier.quorum > 1]
        if alone:
            evidence = {
                "users": case.seen.actor_id.ids,
                "levels": [tier.level for tier in alone],
                "quorum": max(tier.quorum for tier in alone),
            }
            case.found.append(("skipped_tier", "error", evidence))

    @api.model
    def _find_forged(self, case):
        """The document says that somebody approved, and it was somebody else."""
        if not case.forged:
            return
        actor = case.seen.actor_id
        recorded = sorted({user for _level, user in case.forged})
        evidence = {
            "users": actor.ids,
            "recorded": recorded,
            "names": self.env["res.users"].browse(recorded).mapped("name"),
            "levels": sorted({level for level, _user in case.forged}),
        }
        case.found.append(("forged", "critical", evidence))
