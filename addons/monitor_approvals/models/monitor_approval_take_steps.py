from collections import defaultdict

from odoo import api, models
from odoo.fields import Command

from ..tools import definition, snapshot, told

#: How a document can become approved without anybody deciding on it.
UNDECIDED = {"import": "import", "sweep": "sweep"}


class MonitorApprovalTakeSteps(models.AbstractModel):
    """The steps of ``tools/observed.py``, each for many documents at once."""

    _name = "monitor.approval.take.steps"
    _description = "Monitor Approval: Steps"

    # -- Requested -------------------------------------------------------------

    @api.model
    def _step_open(self, cases, now):
        """Open a new round for each: its tiers, approvers and due times."""
        versions = self.env["monitor.approval.policy.version"]
        for case in cases:
            case.version = versions._in_force(case.policy, case.seen.seen_at)
        self._bring_documents(cases)
        # a round that was taken back just before is no open one
        self.env["monitor.approval"].flush_model(["state"])
        made = self._quietly().create([self._round_values(case) for case in cases])
        events, since = [], {}
        for case, approval in zip(cases, made, strict=True):
            case.approval = approval
            since[approval] = case.seen.seen_at
            events += self._opening_events(case)
        self.env["monitor.approval"]._record_events(events)
        made._open_tiers(since, cases[0].desk.book)
        for case in cases:
            self._find_stuck(case)

    @api.model
    def _bring_documents(self, cases):
        """Read the documents of many cases at once; one that is gone names nobody."""
        by_model = defaultdict(list)
        for case in cases:
            by_model[case.policy.model].append(case)
        for model, members in by_model.items():
            ids = [case.seen.res_id for case in members]
            found = self.env[model].browse(ids).exists()
            by_id = {document.id: document for document in found}
            for case in members:
                case.document = by_id.get(case.seen.res_id, found.browse())

    @api.model
    def _round_values(self, case):
        seen, policy, version = case.seen, case.policy, case.version
        document = case.document
        requester = seen.requester_id or seen.actor_id or seen.creator_id
        makers = case.makers | requester.filtered(lambda one: not one._is_superuser())
        tiers = self._tier_values(case, document, requester)
        approvers = {user for tier in tiers for user in tier["approver_ids"][0][2]}
        return {
            "policy_id": policy.id,
            "policy_version": version.number,
            "version_id": version.id,
            "mode": policy.mode,
            "model": policy.model,
            "model_name": policy.model_id.name,
            "res_id": seen.res_id,
            "record_name": self._name_of(document, seen),
            "round": (case.approval.round or 0) + 1,
            "parallel": version._load().parallel or told.in_parallel(case.told),
            "tier_ids": [Command.create(tier) for tier in tiers],
            "approver_ids": [Command.set(sorted(approvers))],
            "requester_id": requester.id,
            "maker_ids": [Command.set(makers.ids)],
            "beneficiary_id": seen.beneficiary_id.id,
            "origin": seen.origin,
            "amount": seen.amount,
            "currency_id": (seen.currency_id or case.company.currency_id).id,
            "amount_company": seen.amount_company,
            "rate_date": seen.rate_date,
            "band": definition.band(version._load().tiers, case.amount),
            "department": seen.department or policy.team_id.name,
            "risk": seen.risk or "low",
            "requested_at": seen.seen_at,
            "company_id": case.company.id,
        }

    @api.model
    def _name_of(self, document, seen):
        return document.display_name or f"{document._name},{seen.res_id}"

    @api.model
    def _tier_values(self, case, document, requester):
        """Return the tiers of a new round, with whom each asks, from the version."""
        if case.told:
            return [self._told_values(case, tier) for tier in case.told]
        approvers = self.env["monitor.approval.approvers"]
        values = []
        for rule in self._expected(case, case.version):
            users, role = approvers._approvers(
                case.policy, rule, document, requester, case.company
            )
            values.append(
                {
                    "level": rule.level,
                    "name": rule.name,
                    "approver_ids": [Command.set(users.ids)],
                    "role": role,
                    "quorum": approvers._quorum(rule, users),
                }
            )
        return values

    @api.model
    def _opening_events(self, case):
        seen, approval = case.seen, case.approval
        requested = approval._event(
            "requested",
            seen.seen_at,
            actor=approval.requester_id.id,
            origin=seen.origin,
            act=seen.act,
            values={"approvers": approval._who_is_asked()},
        )
        return [requested]

    @api.model
    def _find_stuck(self, case):
        """Nobody who may decide is left: that is told at once, not when it is due."""
        levels = case.approval._stuck_levels()
        if levels:
            case.found.append(("no_approver", "error", {"levels": levels}))

    # -- Decided ---------------------------------------------------------------

    @api.model
    def _step_approve(self, cases, now):
        """What was still open is approved by who made the document approved."""
        for case in cases:
            actor = case.seen.actor_id
            if not actor or case.seen.origin in UNDECIDED:
                how = UNDECIDED.get(case.seen.origin, "sweep")
                self._pass_over(case, how)
            else:
                self._approve_rest(case, actor)

    @api.model
    def _approve_rest(self, case, actor):
        """Let ``actor`` approve the tiers that ask her; the others were skipped."""
        seen, approval = case.seen, case.approval
        principals = self._principals(case, actor)
        decided, skipped = [], []
        for tier in approval.tier_ids.filtered(
            lambda one: one.state in ("waiting", "pending")
        ):
            principal = self._who_passed(case, tier, actor, principals)
            (decided if principal else skipped).append((tier, principal))
        self._find_forged(case)
        if approval.tier_ids and not decided and not self._decided_before(approval):
            self._pass_over(case, "actor")
            return
        for tier, principal in decided:
            tier.write(
                {
                    "state": "approved",
                    "signatures": [[actor.id, principal.id]],
                    "decided_at": seen.seen_at,
                    "decided_by_id": actor.id,
                    "on_behalf_of_id": principal.id if principal != actor else False,
                }
            )
        self._find_alone(case, [tier for tier, _principal in decided])
        self.env["monitor.approval.tier"].concat(*(t for t, _p in skipped)).write(
            {"state": "skipped"}
        )
        self._close(case, "approved", actor, decided, skipped)

    @api.model
    def _decided_before(self, approval):
        return approval.tier_ids.filtered(lambda one: one.state == "approved")

    @api.model
    def _principals(self, case, actor):
        """Return the users for whom ``actor`` may decide on this, herself included."""
        return case.desk.principals(case.approval, actor, case.seen.seen_at)

    @api.model
    def _close(self, case, state, actor, decided, skipped):
        """Note the end of a round, and an event of each tier."""
        seen, approval = case.seen, case.approval
        book = case.desk.book
        in_window = approval._in_window(actor, seen.seen_at, book) if actor else True
        principals = [principal for _tier, principal in decided if principal]
        stood_in = principals and principals[-1] != actor and principals[-1]
        approval._stop_clock(seen.seen_at, book)
        case.desk.closed |= approval
        approval.write(
            {
                "state": state,
                "decided_by_id": actor.id,
                "on_behalf_of_id": stood_in.id if stood_in else False,
                "in_window": in_window,
                **(self._snapshot(seen) if state == "approved" else {}),
            }
        )
        common = {
            "origin": seen.origin,
            "act": seen.act,
            "elapsed_seconds": approval.elapsed_hours * 3600,
            "working_seconds": approval.working_hours * 3600,
            "calendar_id": approval.calendar_id.id,
            "in_window": in_window,
        }
        kind = "auto_approved" if case.by_rule and state == "approved" else state
        events = [
            approval._event(
                kind,
                seen.seen_at,
                actor=actor.id,
                on_behalf_of=principal.id if principal != actor else False,
                tier=tier.level,
                role=tier.role,
                **common,
            )
            for tier, principal in decided
        ]
        events += [
            approval._event(
                "bypassed", seen.seen_at, actor=actor.id, tier=tier.level, **common
            )
            for tier, _nobody in skipped
        ]
        if not events:
            events = [approval._event(kind, seen.seen_at, actor=actor.id, **common)]
        case.desk.events += events

    @api.model
    def _snapshot(self, seen):
        """Return the material fields as they were approved, with their digest."""
        values = {**(seen.values or {}), "#amount": seen.amount}
        text = snapshot.canonical(values)
        return {"snapshot": values, "snapshot_digest": snapshot.digest(text)}

    @api.model
    def _pass_over(self, case, how):
        """It became approved, and nobody who is asked decided."""
        actor = case.seen.actor_id if how != "sweep" else case.seen.actor_id.browse()
        tiers = case.approval.tier_ids.filtered(
            lambda one: one.state in ("waiting", "pending")
        )
        tiers.write({"state": "skipped"})
        self._close(case, "approved", actor.browse(), [], [(t, None) for t in tiers])
        if case.forged:
            return  # that says it all
        evidence = {"how": how, "levels": tiers.mapped("level"), "users": actor.ids}
        high = case.seen.risk in ("high", "critical")
        case.found.append(("bypass", "critical" if high else "error", evidence))

    @api.model
    def _step_direct(self, cases, now):
        """Approved without having waited: right where nobody had to be asked."""
        versions = self.env["monitor.approval.policy.version"]
        asked = []
        for case in cases:
            version = versions._in_force(case.policy, case.seen.seen_at)
            if self._expected(case, version):
                asked.append(case)
        if not asked:
            return
        self._step_open(asked, now)
        for case in asked:
            case.found = [one for one in case.found if one[0] != "no_approver"]
            if case.seen.is_new and case.seen.origin != "import":
                self._pass_over(case, "made")
            else:
                case.by_rule = case.seen.actor_id in case.makers
                self._step_approve([case], now)

    @api.model
    def _step_reject(self, cases, now):
        """Who made the document rejected rejected what was still open."""
        for case in cases:
            actor = case.seen.actor_id
            approval = case.approval
            open_ = self._refused_tier(case)
            open_.write(
                {
                    "state": "rejected",
                    "decided_at": case.seen.seen_at,
                    "decided_by_id": actor.id,
                }
            )
            self._cancel_tiers(approval)
            principal = self._principal_for(open_, actor, self._principals(case, actor))
            self._close(
                case, "rejected", actor, [(t, principal or actor) for t in open_], []
            )

    @api.model
    def _cancel_tiers(self, approval):
        approval.tier_ids.filtered(lambda t: t.state in ("waiting", "pending")).write(
            {"state": "cancelled"}
        )

    @api.model
    def _step_withdraw(self, cases, now):
        """Nobody asks any more: back to draft."""
        for case in cases:
            self._cancel_tiers(case.approval)
            self._end(case, "cancelled", "withdrawn")

    @api.model
    def _step_orphan(self, cases, now):
        """The record is gone; what was known of it stays."""
        for case in cases:
            self._cancel_tiers(case.approval)
            self._end(case, "orphaned", "orphaned")
            case.approval.exception_ids._settle(now)

    @api.model
    def _end(self, case, state, kind):
        seen, approval = case.seen, case.approval
        approval._stop_clock(seen.seen_at, case.desk.book)
        case.desk.closed |= approval
        approval.write({"state": state})
        event = approval._event(
            kind, seen.seen_at, actor=seen.actor_id.id, origin=seen.origin, act=seen.act
        )
        case.desk.events.append(event)

    @api.model
    def _quietly(self):
        return self.env["monitor.approval"].with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True
        )
