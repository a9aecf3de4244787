import json
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error
from odoo.addons.monitor_core.tools.fingerprint import is_retryable

from ..tools import definition, observed, told
from ..tools.observed import Sight
from .desk import Desk

BATCH = 1000
UPSERT = """
    INSERT INTO monitor_approval_document
        (policy_id, res_id, state, "values", tiers, amount, editor_id, round, seen_at)
    SELECT * FROM json_to_recordset(%s) AS r(
        policy_id int, res_id int, state varchar, "values" jsonb, tiers jsonb,
        amount numeric, editor_id int, round int, seen_at timestamp)
    ON CONFLICT (policy_id, res_id) DO UPDATE
       SET state = excluded.state, "values" = excluded."values",
           tiers = excluded.tiers, amount = excluded.amount,
           editor_id = excluded.editor_id, round = excluded.round,
           seen_at = excluded.seen_at
"""


@dataclass
class Case:
    """One observation of a document, and what is known of it."""

    seen: Any  # monitor.approval.observation
    policy: Any
    known: Any  # monitor.approval.document, maybe empty
    approval: Any  # the open one, else the last one, maybe empty
    steps: tuple = ()
    #: Exceptions that follow from this step: ``[(kind, severity, evidence)]``.
    found: list = field(default_factory=list)
    version: Any = None
    desk: Any = None
    document: Any = None  # of the model of the policy
    #: Tiers of which the document names somebody else than who acted.
    forged: list = field(default_factory=list)
    #: Who asked approved at once: a rule of the documents' app lets them.
    by_rule: bool = False

    @property
    def told(self):
        """The tiers the document tells of itself; none without an adapter."""
        return told.read(self.seen.tiers)

    @property
    def amount(self):
        """The amount in company currency, exactly; ``None``: not known."""
        if not self.policy.amount_path:
            return None
        return Decimal(repr(self.seen.amount_company))

    @property
    def company(self):
        """Whose approval it is: the document's company."""
        return self.seen.company_id

    @property
    def moved(self):
        """Whether it waits, and belongs to another company than when it was asked."""
        waits = self.approval.state == "pending" and self.seen.state != "gone"
        return waits and self.approval.company_id != self.company

    @property
    def makers(self):
        """Who made the document: requester, creator, last editor, beneficiary."""
        seen = self.seen
        found = seen.requester_id | seen.creator_id | seen.beneficiary_id
        found |= self.known.editor_id
        return found.filtered(lambda user: not user._is_superuser())


class MonitorApprovalTake(models.AbstractModel):
    """What was observed of documents becomes approvals, events and exceptions."""

    _name = "monitor.approval.take"
    _description = "Monitor Approval: Taking In"
    _inherit = [
        "monitor.approval.take.amend",
        "monitor.approval.take.here",
        "monitor.approval.take.steps",
        "monitor.approval.take.tiers",
    ]

    @api.model
    def _take(self, now, limit=BATCH, domain=()):
        """Take in what was observed, oldest first; return how many that were.

        The observations of one document are taken one after the other, those of
        different documents together, so that the number of SQL statements does not
        grow with the number of documents.

        :param domain: which observations; all of a document's or none
        """
        # sudo: documents and approvals of all companies; part of a scheduled action
        self = self.sudo()
        waiting = self.env["monitor.approval.observation"]
        readable = [("error", "=", False), *domain]
        observations = waiting.search(readable, limit=limit)
        observations -= self._behind_failed(observations)
        queues = defaultdict(list)
        for seen in observations:
            queues[seen.policy_id.id, seen.res_id].append(seen)
        failed = waiting
        while queues:
            wave = [queue[0] for queue in queues.values()]
            for key in self._take_guarded(wave, now):
                failed = failed.concat(*queues.pop(key))
            queues = {key: queue[1:] for key, queue in queues.items() if queue[1:]}
        self._forget(observations - failed)
        return len(observations)

    @api.model
    def _behind_failed(self, observations):
        """Hold back what comes after something that could not be taken in.

        :return: the observations that were held back
        """
        failed = observations.search(
            [("error", "!=", False), ("res_id", "in", observations.mapped("res_id"))]
        )
        keys = {(one.policy_id.id, one.res_id) for one in failed}
        behind = observations.filtered(
            lambda one: (one.policy_id.id, one.res_id) in keys
        )
        behind.error = "waits for an earlier one"
        return behind

    @api.model
    def _take_guarded(self, wave, now):
        """Take in some observations; one that cannot be keeps no other from it.

        :return: ``[(policy, record)]`` of what could not be taken in
        """
        try:
            with self.env.cr.savepoint():
                self._take_wave(wave, now)
            return []
        except Exception as error:
            if is_retryable(error):
                raise
            if len(wave) > 1:
                return [key for seen in wave for key in self._take_guarded([seen], now)]
            note_self_error(self.env, "approval_take", error)
            [seen] = wave
            key = (seen.policy_id.id, seen.res_id)
            rest = seen.search([("policy_id", "=", key[0]), ("res_id", "=", key[1])])
            rest.error = f"{type(error).__name__}: {error}"[:500]
            return [key]

    @api.model
    def _forget(self, observations):
        self.env.cr.execute(
            "DELETE FROM monitor_approval_observation WHERE id = ANY(%s)",
            [observations.ids],
        )
        observations.invalidate_recordset(flush=False)

    @api.model
    def _try_again(self):
        """Try once more what could not be taken in; its cause may be mended."""
        failed = self.env["monitor.approval.observation"].sudo()  # sudo: of all
        failed.search([("error", "!=", False)]).error = False

    @api.model
    def _take_wave(self, wave, now):
        desk = Desk(self.env)
        cases = self._cases([seen for seen in wave if seen.policy_id], desk)
        for place in range(max((len(case.steps) for case in cases), default=0)):
            todo = defaultdict(list)
            for case in cases:
                if place < len(case.steps):
                    todo[case.steps[place]].append(case)
            for step, members in todo.items():
                getattr(self, f"_step_{step}")(members, now)
            desk.finish()
        self._judge(cases, now)
        self._remember(cases)

    @api.model
    def _cases(self, wave, desk):
        known = self._known(wave)
        approvals = self._last_approvals(wave)
        cases = []
        for seen in wave:
            key = (seen.policy_id.id, seen.res_id)
            case = Case(
                seen=seen,
                policy=seen.policy_id,
                known=known.get(key, self.env["monitor.approval.document"]),
                approval=approvals.get(key, self.env["monitor.approval"]),
                desk=desk,
            )
            case.steps = self._with_growth(case, self._steps_of(case))
            cases.append(case)
        return cases

    @api.model
    def _steps_of(self, case):
        seen, known = case.seen, case.known
        if case.policy.mode == "decide":
            return self._steps_here(case)
        sight = Sight(
            state=seen.state,
            changed=bool(known) and self._is_changed(seen, known),
            tiers=bool(seen.tiers) and seen.tiers != known.tiers,
            again=case.moved or told.asked_anew(seen.tiers, known.tiers),
        )
        is_open = case.approval.state == "pending"
        return observed.follow(known.state or "none", is_open, sight)

    @api.model
    def _with_growth(self, case, steps):
        """Ask of what became approved when nobody had to, and needs somebody now."""
        seen, known = case.seen, case.known
        if case.approval or not (seen.state == known.state == "approved"):
            return steps
        if not self._is_changed(seen, known) or self._needed_before(case):
            return ()
        return ("direct",)

    @api.model
    def _needed_before(self, case):
        """Return the tiers a document needed as it was known before."""
        if case.told:
            return told.read(case.known.tiers)
        seen = case.seen
        rate = seen.amount_company / seen.amount if seen.amount else 1.0
        before = None
        if case.policy.amount_path:
            before = Decimal(repr(case.known.amount * rate))
        versions = self.env["monitor.approval.policy.version"]
        rules = versions._in_force(case.policy, seen.seen_at)._load()
        return definition.expected_tiers(
            rules, before, seen.risk or "low", seen.department
        )

    @api.model
    def _is_changed(self, seen, known):
        if seen.state == "gone":
            return False
        differs = (seen.values or {}) != (known.values or {})
        return differs or round(seen.amount - known.amount, 6) != 0

    @api.model
    def _known(self, wave):
        pairs = {(seen.policy_id.id, seen.res_id) for seen in wave}
        documents = self.env["monitor.approval.document"].search(
            [
                ("policy_id", "in", list({policy for policy, _id in pairs})),
                ("res_id", "in", [res_id for _policy, res_id in pairs]),
            ]
        )
        return {(one.policy_id.id, one.res_id): one for one in documents}

    @api.model
    def _last_approvals(self, wave):
        """Return ``{(policy, record): approval}``, the newest round of each."""
        policies = list({seen.policy_id.id for seen in wave})
        found = self.env["monitor.approval"].search(
            [
                ("policy_id", "in", policies),
                ("res_id", "in", [seen.res_id for seen in wave]),
            ],
            order="round, id",
        )
        # read at once what each step asks of each
        for name in ("tier_ids.approver_ids", "maker_ids", "holder_ids"):
            found.mapped(name)
        return {(one.policy_id.id, one.res_id): one for one in found}

    @api.model
    def _remember(self, cases):
        """Keep how the documents were seen, in one statement."""
        rows = []
        for case in cases:
            seen, known = case.seen, case.known
            if seen.state == "none" and not known and not self._is_edited(seen):
                continue
            gone = seen.state == "gone"
            if gone and not known:
                continue
            editor = known.editor_id
            if not known or self._is_changed(seen, known):
                editor = seen.actor_id or editor
            rows.append(
                {
                    "policy_id": case.policy.id,
                    "res_id": seen.res_id,
                    "state": seen.state,
                    "values": (known.values if gone else seen.values) or {},
                    "tiers": (known.tiers if gone else seen.tiers) or None,
                    "amount": known.amount if gone else seen.amount,
                    "editor_id": editor.id or None,
                    "round": case.approval.round or 0,
                    "seen_at": seen.seen_at.isoformat(),
                }
            )
        if rows:
            self.env.cr.execute(SQL(UPSERT, json.dumps(rows)))
            self.env["monitor.approval.document"].invalidate_model(flush=False)

    @api.model
    def _is_edited(self, seen):
        """Return whether somebody else than its author changed a draft."""
        return bool(seen.actor_id) and seen.actor_id != seen.creator_id

    @api.model
    def _expected(self, case, version):
        """Return the tiers that have to decide: the document's own, or a version's."""
        return case.told or definition.expected_tiers(
            version._load(), case.amount, case.seen.risk or "low", case.seen.department
        )

    @api.model
    def _judge(self, cases, now):
        """Find what should not have happened in what was taken in."""
        approvals = self.env["monitor.approval"]
        decided, found = approvals, []
        for case in cases:
            if {"approve", "direct", "tiers"} & set(case.steps) and case.approval:
                decided |= case.approval
            found += [case.approval._breach(*one) for one in case.found]
        self.env["monitor.approval.exception"]._raise_all(found, now)
        decided._judge_rounds(now)
        for case in cases:
            if "amend_after" in case.steps and case.approval.state == "approved":
                seen = case.seen
                case.approval._judge_snapshot(
                    seen.values or {},
                    seen.amount,
                    seen.amount_company,
                    seen.risk,
                    now,
                    seen.actor_id,
                )
        closed = decided.filtered(lambda one: one.state != "pending")
        closed.exception_ids.filtered(lambda one: one.kind == "no_approver")._settle(
            now
        )
