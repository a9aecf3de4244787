from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.monitor_core.tools import clock

from ..tools import definition
from ..tools.definition import Definition, Term, TierRule
from ..tools.working_clock import allowance

#: Fields that are taken over as they are: where the document tells what.
SOURCES = (
    "model",
    "adapter",
    "domain",
    "pending_domain",
    "approved_domain",
    "rejected_domain",
    "requester_path",
    "beneficiary_path",
    "department_path",
    "amount_path",
    "currency_path",
    "date_path",
)
#: Says that a version is made later; an object, so that nobody outside can say it.
LATER = object()
TERMS = ("warn", "due", "escalate")
#: What only this file writes.
NUMBERED = {"version", "version_ids"}
LONGEST = timedelta(days=3660)


class MonitorApprovalPolicyVersioning(models.AbstractModel):
    """Each change of a policy makes a version, from a moment on, never before."""

    _name = "monitor.approval.policy.versioning"
    _description = "Monitor Approval Policy: Versions"

    version = fields.Integer(readonly=True, copy=False, default=0)
    version_ids = fields.One2many(
        comodel_name="monitor.approval.policy.version",
        inverse_name="policy_id",
        string="Versions",
        readonly=True,
    )
    effective_from = fields.Datetime(
        string="Changes Apply From",
        copy=False,
        help="Empty: at once. Never to what was requested before.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # its lines, made meanwhile, make no versions of their own
        vals_list = [
            {name: value for name, value in vals.items() if name not in NUMBERED}
            for vals in vals_list
        ]
        quiet = self.with_context(monitor_version_later=LATER)
        policies = super(MonitorApprovalPolicyVersioning, quiet).create(vals_list)
        policies = policies.with_env(self.env)
        policies._note_version()
        policies._make_workflow()
        return policies

    def write(self, vals):
        numbered = self.env.context.get("monitor_version_later") is LATER
        if vals.keys() & NUMBERED and not numbered:
            raise UserError(
                self.env._("Versions are numbered by themselves, as a policy changes.")
            )
        quiet = self.with_context(monitor_version_later=LATER)
        result = super(MonitorApprovalPolicyVersioning, quiet).write(vals)
        if vals.keys() - {"version", "workflow_id"}:
            self._note_version()
        return result

    @api.ondelete(at_uninstall=False)
    def _keep_as_evidence(self):
        """Refuse while somebody relies on what it says."""
        # sudo: also approvals of companies the user does not see
        approvals = self.env["monitor.approval"].sudo()
        if approvals.search_count([("policy_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "There are approvals under this policy, so it stays as evidence. "
                    "Archive it instead."
                )
            )

    def unlink(self):
        result = super().unlink()
        self._forget_readings()
        return result

    @api.constrains("effective_from")
    def _check_effective_from(self):
        for policy in self:
            if policy.effective_from and policy.effective_from < clock.utcnow():
                raise ValidationError(
                    self.env._(
                        "A policy never applies to the past: choose a later day."
                    )
                )

    def _note_version(self):
        """Add a version where a policy differs from its last one."""
        if self.env.context.get("monitor_version_later") is LATER:
            return
        now = clock.utcnow().replace(microsecond=0)
        versions = self.env["monitor.approval.policy.version"].sudo()
        # sudo: versions are made by a change of the policy and in no other way
        for policy in self.exists():
            defined = policy._definition()
            policy._check_terms(defined)
            text = definition.dump(defined)
            if policy.version_ids.sorted("number")[-1:].definition == text:
                continue
            planned = policy.effective_from
            policy.with_context(monitor_version_later=LATER).version += 1
            versions.create(
                {
                    "policy_id": policy.id,
                    "number": policy.version,
                    "effective_from": max(now, planned) if planned else now,
                    "definition": text,
                }
            )
        self._forget_readings()

    def _check_terms(self, defined):
        """Raise where a time is none that somebody could wait."""
        terms = [
            getattr(part, name) for part in (defined, *defined.tiers) for name in TERMS
        ]
        for term in filter(None, terms):
            try:
                allowed = allowance(term.amount, term.unit, 8.0)
            except ValueError as error:
                raise ValidationError(str(error)) from error
            if allowed and allowed[0] > LONGEST:
                raise ValidationError(
                    self.env._("Choose times of at most ten years; -1 says never.")
                )

    def _definition(self):
        """Return the policy as it is now, as plain data."""
        self.ensure_one()
        tiers = self.tier_ids.sorted(lambda tier: (tier.level, tier.id))
        return Definition(
            mode=self.mode,
            parallel=self.parallel,
            inclusive=self.amount_bound == "ge",
            different_persons=self.different_persons,
            self_limit=_decimal(self.self_limit) or Decimal(0),
            window=self.window,
            materials=tuple(
                name.strip() for name in (self.material_paths or "").split(",") if name
            ),
            decrease_allowed=self.decrease_allowed,
            tolerance=_decimal(self.tolerance) or Decimal(0),
            risk_rules=tuple(
                (rule.risk, _decimal(rule.amount_from), rule.domain or "[]")
                for rule in self.risk_ids.sorted("id")
            ),
            tiers=tuple(_tier_rule(tier) for tier in tiers),
            sources={name: self[name] or "" for name in SOURCES}
            | ({"company": str(self.company_id.id)} if self.company_id else {}),
            **_terms(self),
        )

    def _make_workflow(self):
        """Give each policy a workflow: that is how the health board shows it."""
        # sudo: who makes a policy has its workflow made
        workflows = self.env["monitor.workflow"].sudo()
        for policy in self.filtered(lambda one: not one.workflow_id):
            policy.workflow_id = workflows.create(
                {
                    "name": policy.name,
                    "code": f"approval.{policy.model}.{policy.id}",
                    "kind": "approval",
                    "model_id": policy.model_id.id,
                    "company_id": policy.company_id.id,
                    "team_id": policy.team_id.id,
                    "process_owner_id": self._author().id,
                }
            )

    def _author(self):
        user = self.env.user
        return user.browse() if user.share or user._is_superuser() else user


def _decimal(amount):
    """Return an amount of a form as a decimal; 0 says that there is no limit."""
    return Decimal(repr(amount)) if amount else None


def _terms(record):
    return {
        name: Term(record[f"{name}_amount"], record[f"{name}_unit"]) for name in TERMS
    }


def _tier_rule(tier):
    return TierRule(
        level=tier.level,
        name=tier.with_context(lang="en_US").name or "",
        amount_from=_decimal(tier.amount_from),
        amount_to=_decimal(tier.amount_to),
        risk_from=tier.risk_from,
        department=tier.department or None,
        approver=tier.approver,
        users=tuple(sorted(tier.user_ids.ids)),
        group=tier.group_id.id or None,
        path=tier.approver_path or None,
        role=tier.role or None,
        quorum=tier.quorum,
        count=tier.quorum_count,
        domain=tier.domain or None,
        also=tier.also_group_id.id or None,
        **(_terms(tier) if tier.own_terms else {}),
    )
