from datetime import timedelta
from decimal import Decimal

from odoo import api, models

from ..tools import definition, findings, patterns

APPROVED = ("approved", "auto_approved")


class MonitorApprovalJudged(models.AbstractModel):
    """What should not have happened is found and noted, each breach once."""

    _name = "monitor.approval.judged"
    _description = "Monitor Approval: Judgement"

    def _judge_rounds(self, now):
        """Judge what was decided on these approvals; patterns of their deciders too."""
        found = []
        decisions = self._decisions()
        limits = self._limits()
        for approval in self:
            round_ = approval._as_round(
                decisions.get(approval.id, []),
                limits[approval.model, approval.company_id],
            )
            for finding in findings.judge(round_):
                found.append(approval._breach_of(finding))
        self.env["monitor.approval.exception"]._raise_all(found, now)
        self._judge_patterns(now)

    def _breach_of(self, finding):
        return self._breach(
            finding.kind, finding.severity, finding.evidence, finding.count
        )

    def _breach(self, kind, severity, evidence, count=1):
        """Return the values of an exception about this approval."""
        users = evidence.get("users") or []
        concerned = sorted({*users, *(evidence.get("deciders") or [])})
        return {
            "approval_id": self.id,
            "policy_id": self.policy_id.id,
            "kind": kind,
            "severity": severity,
            "evidence": evidence,
            "count": count,
            "fingerprint": f"{kind}:{self.policy_id.id}:{self.res_id}:{self.round}",
            "person_ids": concerned,
            "user_id": users[0] if users else self.requester_id.id,
            "model": self.model,
            "res_id": self.res_id,
            "record_name": self.record_name,
            "amount_company": self.amount_company,
            "company_id": self.company_id.id,
        }

    def _decisions(self):
        """Return ``{approval id: [event]}`` of who approved; one statement for all."""
        # flushed: events may have been added just now
        events = self.env["monitor.approval.event"].search(
            [("approval_id", "in", self.ids), ("kind", "in", APPROVED)], order="id"
        )
        return {
            approval.id: list(found)
            for approval, found in events.grouped("approval_id").items()
        }

    def _limits(self):
        """Return ``{(model, company): {user: limit}}`` of who decided."""
        limits = {}
        for key, approvals in self.grouped(
            lambda one: (one.model, one.company_id)
        ).items():
            tiers = approvals.tier_ids
            deciders = tiers.decided_by_id | tiers.on_behalf_of_id
            limits[key] = self.env["monitor.approval.limit"]._of(deciders, *key)
        return limits

    def _as_round(self, events, limits):
        rules = self.version_id._load()
        decisions = tuple(
            findings.Decision(
                level=event.tier,
                actor=event.actor_id.id,
                principal=(event.on_behalf_of_id or event.actor_id).id,
                act=event.act or str(event.id),
                at=event.occurred_at,
                in_window=event.in_window,
                limit=limits.get(event.on_behalf_of_id or event.actor_id),
            )
            for event in events
        )
        forged = self.exception_ids.filtered(lambda one: one.kind == "forged")
        known = {level for one in forged for level in one.evidence["levels"]}
        skipped = self.tier_ids.filtered(
            lambda tier: tier.state == "skipped" and tier.level not in known
        )
        nobody = self.state == "approved" and not decisions
        return findings.Round(
            decisions=decisions,
            skipped=() if nobody else tuple(skipped.mapped("level")),
            makers=frozenset(self.maker_ids.ids),
            amount=Decimal(repr(self.amount_company)),
            self_limit=rules.self_limit,
            risk=self.risk or "low",
            different_persons=rules.different_persons,
        )

    # -- Changed after the approval ---------------------------------------------

    def _judge_snapshot(self, values, amount, amount_company, risk, now, actor):
        """Compare a document with what was approved; what fits again is settled."""
        self.ensure_one()
        approved, others, stale = self._compared(values, amount)
        rules = self.version_id._load()
        known = self.exception_ids.filtered(
            lambda one: one.kind == "stale" and one.state != "resolved"
        )
        if not stale:
            known._settle(now)
            return
        fields_ = others + (["amount"] if amount != approved else [])
        named = actor.ids or known[:1].person_ids.ids  # the sweep knows nobody
        evidence = {
            "users": named,
            "fields": fields_,
            "amount": [approved, amount],
            "levels": self._levels_missing(rules, amount_company, risk),
        }
        severity = "critical" if risk in ("high", "critical") else "error"
        breach = self._breach("stale", severity, evidence)
        self.env["monitor.approval.exception"]._raise_all([breach], now)

    def _compared(self, values, amount):
        """Return the approved amount, other fields that differ, and whether it matters.

        :param dict values: the material fields of the document now
        """
        before = dict(self.snapshot or {})
        approved = before.pop("#amount", 0.0)
        rules = self.version_id._load()
        others = sorted(
            name
            for name in before.keys() | values.keys()
            if before.get(name) != values.get(name)
        )
        stale = findings.is_stale(
            Decimal(repr(amount)),
            Decimal(repr(approved)),
            bool(others),
            rules.tolerance,
            rules.decrease_allowed,
        )
        return approved, others, stale

    def _levels_missing(self, rules, amount_company, risk):
        """Return the tiers the document needs now and that did not approve."""
        amount = Decimal(repr(amount_company))
        wanted = definition.expected_tiers(
            rules, amount, risk or "low", self.department or None
        )
        done = set(
            self.tier_ids.filtered(lambda one: one.state == "approved").mapped("level")
        )
        return [tier.level for tier in wanted if tier.level not in done]

    def _judge_holders(self, now):
        """Look at how an approval was handed on: to and fro is told."""
        found = []
        for approval in self:
            handed = approval.event_ids.filtered(lambda one: one.kind == "reassigned")
            handed = handed.sorted("id")
            ways = [(one.values["from"], one.values["to"]) for one in handed]
            holders = [ways[0][0], *(to for _from, to in ways)] if ways else []
            returned = patterns.ping_pong(holders)
            if returned:
                evidence = {"users": sorted(set(returned)), "holders": holders}
                found.append(
                    approval._breach("ping_pong", "warning", evidence, len(returned))
                )
        self.env["monitor.approval.exception"]._raise_all(found, now)

    # -- Patterns --------------------------------------------------------------

    def _judge_patterns(self, now):
        """Look at what the deciders of these approvals did around the same time."""
        for policy, approvals in self.grouped("policy_id").items():
            deciders = approvals.decided_by_id
            if deciders:
                approvals._judge_speed(policy, deciders, now)

    def _judge_speed(self, policy, deciders, now):
        window = timedelta(minutes=max(policy.burst_minutes, 1))
        times = [moment for moment in self.mapped("decided_at") if moment]
        if not times:
            return
        events = self.env["monitor.approval.event"].search(
            [
                ("policy_id", "=", policy.id),
                ("kind", "in", APPROVED),
                ("actor_id", "in", deciders.ids),
                ("occurred_at", ">=", min(times) - window),
                ("occurred_at", "<=", max(times) + window),
            ],
            order="id",
        )
        decisions = self._pattern_facts(events)
        found = self._bursts(policy, decisions)
        busy = {approval for burst in found for approval in burst["evidence"]["ids"]}
        found += self._too_fast(policy, decisions, busy)
        self.env["monitor.approval.exception"]._raise_all(found, now)

    @api.model
    def _pattern_facts(self, events):
        since = {
            (event.approval_id.id, event.tier): event.occurred_at
            for event in self.env["monitor.approval.event"].search(
                [
                    ("approval_id", "in", events.approval_id.ids),
                    ("kind", "=", "became_actionable"),
                ]
            )
        }
        return [
            patterns.Decision(
                approval=event.approval_id.id,
                user=event.actor_id.id,
                at=event.occurred_at,
                actionable_at=self._asked_at(event, since),
                act=event.act or str(event.id),
            )
            for event in events
        ]

    @api.model
    def _asked_at(self, event, since):
        """Return when somebody was asked; ``None`` for what was never asked for."""
        asked = since.get((event.approval_id.id, event.tier))
        at_once = event.kind == "auto_approved" or asked == event.occurred_at
        return None if at_once else asked

    @api.model
    def _bursts(self, policy, decisions):
        if not policy.burst_count:
            return []
        found = []
        for burst in patterns.bursts(
            decisions, policy.burst_count, policy.burst_minutes
        ):
            ids = sorted(burst.approvals)
            evidence = {
                "users": [burst.user],
                "ids": ids,
                "begin": burst.begin.isoformat(),
                "end": burst.end.isoformat(),
            }
            key = f"mass_approval:{policy.id}:{burst.user}:{burst.begin.isoformat()}"
            found.append(
                self._pattern(policy, "mass_approval", evidence, len(ids), key)
            )
        return found

    @api.model
    def _too_fast(self, policy, decisions, busy):
        if not policy.rubber_seconds:
            return []
        found = []
        for decision in patterns.rubber_stamps(decisions, policy.rubber_seconds):
            if decision.approval in busy:
                continue
            approval = self.browse(decision.approval)
            evidence = {"users": [decision.user], "seconds": policy.rubber_seconds}
            found.append(approval._breach("rubber_stamp", "warning", evidence))
        return found

    @api.model
    def _pattern(self, policy, kind, evidence, count, fingerprint):
        """Return the values of an exception about many approvals at once."""
        return {
            "policy_id": policy.id,
            "kind": kind,
            "severity": "warning",
            "evidence": evidence,
            "count": count,
            "fingerprint": fingerprint,
            "person_ids": evidence["users"],
            "user_id": evidence["users"][0],
            "model": policy.model,
            "record_name": policy.name,
            "company_id": self.browse(evidence["ids"][:1]).company_id.id,
        }
