from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.monitor_core.tools import clock

from ..tools import lifecycle, snapshot
from .working_book import WorkingBook


class MonitorApprovalActs(models.AbstractModel):
    """What people do with approvals: approve, reject, ask, hand over, cancel.

    Only people decide. All acts take many approvals at once; what is refused raises
    and nothing of the act remains.
    """

    _name = "monitor.approval.acts"
    _description = "Monitor Approval: Acts"

    def approve(self, comment=None):
        """Approve, for oneself or in the name of those one stands in for.

        :param str comment: optional
        :return: ``[{"id", "state", "pending_tier"}]``; raises a ``UserError`` with the
            reason where one of them cannot be approved
        """
        return self._decide("approve", comment)

    def reject(self, comment=None):
        """Reject; a reason is asked for.

        :return: as :meth:`approve`
        """
        if not (comment or "").strip():
            raise UserError(self.env._("Say why you reject, in a sentence."))
        return self._decide("reject", comment)

    def reassign(self, user_id, comment=None):
        """Have somebody else decide in one's place.

        :param int user_id: who
        :return: as :meth:`approve`
        """
        to, now = self._colleague(user_id), clock.utcnow()
        whole, events = self._locked(), []
        for approval in whole:
            holder = self._holder_given_away(approval, to)
            approval._needs_company(to)
            levels = approval.tier_ids.filtered(
                lambda tier, holder=holder: (
                    tier.state == "pending" and holder in tier.approver_ids
                )
            )
            for tier in levels:
                outcome = lifecycle.reassign(
                    approval._as_request(), tier.level, holder.id, to.id
                )
                approval._raise_refusal(outcome.refusal)
                tier.approver_ids = [Command.unlink(holder.id), Command.link(to.id)]
            events.append(
                approval._event(
                    "reassigned",
                    now,
                    **self._act(),
                    actor=self.env.uid,
                    comment=comment,
                    values={"from": holder.id, "to": to.id},
                )
            )
            approval._ask(approval.tier_ids.filtered(lambda t: t.state == "pending"))
            approval.approver_ids = [Command.link(to.id)]
        self._record_events(events)
        self.sudo()._judge_holders(now)  # sudo: findings are made by no one's rights
        return self._answer(comment)

    def delegate(self, user_id, comment=None):
        """Have somebody decide in one's name, on these approvals only.

        :param int user_id: who
        :return: as :meth:`approve`
        """
        to, now = self._colleague(user_id), clock.utcnow()
        whole, events = self._locked(), []
        delegations = self.env["monitor.approval.delegation"].sudo()
        for approval in whole:
            approval._raise_refusal(None if approval.state == "pending" else "closed")
            if self.env.user not in approval.holder_ids:
                approval._raise_refusal("not_approver")
            if to in approval.maker_ids:
                approval._raise_refusal("own_request")
            # sudo: one's own, of one approval, checked above
            delegations.create(
                {
                    "user_id": self.env.uid,
                    "delegate_id": to.id,
                    "date_from": now,
                    "date_to": now.replace(year=now.year + 1, day=min(now.day, 28)),
                    "approval_id": approval.id,
                    "reason": comment,
                }
            )
            events.append(
                approval._event(
                    "delegated",
                    now,
                    **self._act(),
                    actor=self.env.uid,
                    comment=comment,
                    values={"to": to.id},
                )
            )
        self._record_events(events)
        return self._answer(comment)

    def cancel(self, comment=None):
        """Take back a request: who asked may, and a manager of the Monitor.

        :return: as :meth:`approve`
        """
        manager = self.env.user.has_group("monitor_core.group_monitor_manager")
        now = clock.utcnow()
        whole = self._locked()
        for approval in whole:
            if approval.mode != "decide":
                approval._raise_elsewhere()
            approval._raise_refusal(None if approval.state == "pending" else "closed")
            if not manager and approval.requester_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only who asked for “%s” can take it back.",
                        approval.display_name,
                    )
                )
        whole._end_here("cancelled", "cancelled", now, comment)
        return self._answer(comment)

    # -- Deciding --------------------------------------------------------------

    def _decide(self, verb, comment):
        self._need_person()
        whole, now = self._locked(), clock.utcnow()
        elsewhere = whole.filtered(lambda one: one.mode != "decide")
        here = whole - elsewhere
        if here:
            here._decide_here(verb, comment, now)
        for policy, approvals in elsewhere.grouped("policy_id").items():
            approvals._raise_not_asked(verb, now)
            # not as superuser: the documents' own rights decide
            policy.sudo(False)._decide_in_documents(approvals, verb, comment)
            approvals._take_at_once(now)
        return self._answer(comment)

    def _take_at_once(self, now):
        """Take in what became of the documents, instead of within a minute."""
        self.env.flush_all()
        self.env["monitor.approval.capture"]._flush()
        domain = [
            ("policy_id", "in", self.policy_id.ids),
            ("res_id", "in", self.mapped("res_id")),
        ]
        # sudo: as the scheduled action does
        self.env["monitor.approval.take"].sudo()._take(now, domain=domain)
        self.invalidate_recordset()

    def _decide_here(self, verb, comment, now):
        known = self.env["monitor.approval.delegation"]._in_force(now)
        if verb == "approve":
            self._refuse_changed()
        book, events, act = WorkingBook(self.env), [], self._act()
        done, opened = self.browse(), self.browse()
        rule = getattr(lifecycle, verb)
        for approval in self:
            persons = approval._principals(self.env.user, now, known)
            outcome = rule(
                approval._as_request(),
                self.env.uid,
                frozenset((persons - self.env.user).ids),
            )
            approval._raise_refusal(outcome.refusal)
            event = approval._sign(outcome, verb, comment, now, book)
            events.append(event | act)
            if outcome.request.state != "pending":
                done |= approval
            elif outcome.passed:
                opened |= approval
        self._record_events(events)
        opened._open_tiers(now, book)
        for state, members in (
            ("approved", done.filtered(lambda one: one._all_passed())),
            ("rejected", done.filtered(lambda one: not one._all_passed())),
        ):
            members._decided(state, now, book)
        self._judge_rounds(now)

    def _sign(self, outcome, verb, comment, now, book):
        """Write what an act does to a tier; return its event."""
        signature, user = outcome.signature, self.env.user
        tier = self.tier_ids.filtered(lambda one: one.level == outcome.level)
        stood_in = signature.principal != signature.actor and signature.principal
        passed = outcome.level in outcome.passed
        values = {
            "signatures": [
                *(tier.signatures or []),
                [signature.actor, signature.principal],
            ]
        }
        if passed or verb == "reject":
            values |= {
                "state": "approved" if passed else "rejected",
                "decided_at": now,
                "decided_by_id": user.id,
                "on_behalf_of_id": stood_in,
            }
        tier.write(values)
        if verb == "reject":
            self.tier_ids.filtered(lambda t: t.state in ("waiting", "pending")).write(
                {"state": "cancelled"}
            )
        self.write(
            {
                "decided_by_id": user.id,
                "on_behalf_of_id": stood_in,
                "in_window": self._in_window(user, now, book),
                **({"comment": comment} if comment else {}),
            }
        )
        spent = self._elapsed(now, book)
        return self._event(
            "approved" if verb == "approve" else "rejected",
            now,
            actor=user.id,
            on_behalf_of=stood_in,
            tier=outcome.level,
            role=tier.role,
            comment=comment,
            in_window=self.in_window,
            elapsed_seconds=spent["elapsed_hours"] * 3600,
            working_seconds=spent["working_hours"] * 3600,
            calendar_id=self.calendar_id.id,
        )

    def _all_passed(self):
        return all(tier.state in ("approved", "skipped") for tier in self.tier_ids)

    def _decided(self, state, now, book=None):
        """End these rounds; the action of the policy runs as who decided."""
        if not self:
            return
        self._stop_clock(now, book)
        self._release()
        kept = self._snapshots_now() if state == "approved" else {}
        for approval in self:
            approval.write({"state": state, **kept.get(approval, {})})
        for policy, approvals in self.grouped("policy_id").items():
            action = policy.sudo()[f"{state}_action_id"]
            # as the person: what follows is done by her, with her rights
            if action:
                action.with_user(self.env.user).sudo(False).with_context(
                    active_model=policy.model,
                    active_ids=approvals.mapped("res_id"),
                    active_id=approvals[:1].res_id,
                ).run()

    def _snapshots_now(self):
        """Return ``{approval: values}``: the material fields of the documents now."""
        found, documents = {}, self.env["monitor.approval.document"]
        for policy, approvals in self.grouped("policy_id").items():
            seen = policy._material_values(approvals.mapped("res_id"))
            documents._know(approvals, seen)
            for approval in approvals:
                values, amount = seen[approval.res_id]
                values = {**values, "#amount": amount}
                text = snapshot.canonical(values)
                found[approval] = {
                    "snapshot": values,
                    "snapshot_digest": snapshot.digest(text),
                }
        return found

    def _end_here(self, state, kind, now, comment=None):
        self._stop_clock(now)
        self._release()
        self.tier_ids.filtered(lambda t: t.state in ("waiting", "pending")).write(
            {"state": "cancelled"}
        )
        self.write({"state": state})
        self._record_events(
            [
                one._event(
                    kind, now, actor=self.env.uid, comment=comment, **self._act()
                )
                for one in self
            ]
        )

    # -- Helpers ---------------------------------------------------------------

    def _locked(self):
        """Return these with all rights, locked: of two who decide, one is told so.

        The caller must be able to see them, and checks what she may do.
        """
        self.check_access("read")
        ids = sorted(self.ids)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id FROM monitor_approval WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [ids],
        )
        # sudo: approvals change by acts, which check who acts
        return self.sudo().browse(ids)

    def _answer(self, comment=None):
        whole = self.sudo()  # sudo: what became of one's own act
        if comment:
            whole.write({"comment": comment})
        return [
            {"id": one.id, "state": one.state, "pending_tier": one.tier or False}
            for one in whole
        ]

    @api.model
    def _act(self):
        """Return what all facts of this act have in common."""
        origin = self.env["monitor.approval.capture"]._origin()
        self.env.cr.execute("SELECT pg_current_xact_id()::text")
        return {"origin": origin, "act": self.env.cr.fetchone()[0]}

    def _holder_given_away(self, approval, to):
        """Return in whose place somebody else is put: one's own, a manager's choice.

        A manager of the Monitor does not put herself there.
        """
        approval._raise_refusal(None if approval.state == "pending" else "closed")
        user = self.env.user
        if user in approval.holder_ids:
            return user
        persons = approval._principals(user, clock.utcnow()) & approval.holder_ids
        if persons:
            return persons.sorted("id")[:1]
        manager = user.has_group("monitor_core.group_monitor_manager")
        if manager and approval.holder_ids:
            approval._raise_own_choice(to)
            return approval.holder_ids.sorted("id")[:1]
        approval._raise_refusal("not_approver")
        raise AssertionError("the line above raises")
