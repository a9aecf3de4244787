from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.monitor_core.tools.span import current_span

from ..tools import lifecycle, texts

#: What runs by itself, whoever it runs as.
MACHINES = ("ir.cron", "base.automation")


class MonitorApprovalChecks(models.AbstractModel):
    """What is asked before somebody decides; what fails raises in plain words."""

    _name = "monitor.approval.checks"
    _description = "Monitor Approval: Checks"

    @api.model
    def _need_person(self):
        """Raise where no person acts: nothing approves by itself."""
        context = self.env.context  # automation rules leave their mark there
        from_cron = context.get("cron_id") or "__action_done" in context
        from_cron = from_cron or self.env.user._is_superuser()
        if from_cron or self._acted_by_machine():
            raise AccessError(
                self.env._(
                    "Only people approve and reject. A scheduled action, an automation "
                    "rule or an assistant can ask and remind."
                )
            )

    @api.model
    def _acted_by_machine(self):
        span = current_span.get()
        while span is not None:
            if span.source and span.source[0] in MACHINES:
                return True
            span = span.parent
        return False

    def _raise_not_asked(self, verb, now):
        """Raise where the user may not decide on these; their own app asks as well."""
        known = self.env["monitor.approval.delegation"]._in_force(now)
        take = self.env["monitor.approval.take"].sudo()  # sudo: rules of the policy
        for approval in self:
            persons = approval._principals(self.env.user, now, known)
            others = frozenset((persons - self.env.user).ids)
            rule = getattr(lifecycle, verb)
            refusal = rule(approval._as_request(), self.env.uid, others).refusal
            if refusal == "not_approver":
                turn = approval.tier_ids.filtered(lambda tier: tier.state == "pending")
                if any(take._may_as_well(tier, self.env.user) for tier in turn):
                    refusal = None
            approval._raise_refusal(refusal)

    def _raise_refusal(self, refusal):
        if refusal:
            # Marked for extraction where it stands (tools/texts.py)
            sentence = self.env._(texts.REFUSALS[refusal])  # pylint: disable=translation-not-lazy
            raise UserError(texts.filled(sentence, {"what": self.display_name}))

    def _raise_own_choice(self, user):
        if user == self.env.user:
            raise UserError(
                self.env._(
                    "You can have others decide on “%s”, not yourself: somebody who is "
                    "asked or another manager can hand it to you.",
                    self.display_name,
                )
            )

    def _raise_elsewhere(self):
        raise UserError(
            self.env._(
                "“%s” is decided in the document itself: open it there.",
                self.display_name,
            )
        )

    def _refuse_changed(self):
        """Raise where a document is not what it was asked for: nobody looked at that.

        What changed is taken in within a minute, with the tiers it needs now.
        """
        documents = self.env["monitor.approval.document"].sudo()  # sudo: ours
        for policy, approvals in self.grouped("policy_id").items():
            now = policy._material_values(approvals.mapped("res_id"))
            for one in documents.search(
                [("policy_id", "=", policy.id), ("res_id", "in", list(now))]
            ):
                values, amount = now[one.res_id]
                if values == (one.values or {}) and not round(amount - one.amount, 6):
                    continue
                changed = approvals.filtered(lambda a, one=one: a.res_id == one.res_id)
                raise UserError(
                    self.env._(
                        "“%s” changed since it was asked for. Look at it again in a "
                        "minute, then decide.",
                        changed[0].display_name,
                    )
                )

    def _needs_company(self, user):
        # sudo: which companies a colleague works in
        if self.company_id and self.company_id not in user.sudo().company_ids:
            raise UserError(
                self.env._(
                    "%(who)s does not work in %(company)s.",
                    who=user.name,
                    company=self.company_id.name,
                )
            )

    def _colleague(self, user_id):
        # sudo: whether a colleague can be asked
        user = self.env["res.users"].sudo().browse(int(user_id or 0)).exists()
        if not user or not user.active or user.share:
            raise UserError(self.env._("Choose a colleague who works here."))
        return user.with_env(self.env)
