from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.monitor_incident.models.monitor_rule_evaluation import FACTS
from odoo.addons.monitor_incident.tools.observation import Observation

from ..tools.scales import EXCEPTION_KINDS

EVERY = timedelta(minutes=2)
KINDS = ("approval_late", "approval_exception")
#: What was escalated, by policy and who is asked; where nobody is, that is told too.
LATE = """
    SELECT policy.workflow_id, holder.res_users_id AS user_id, approval.company_id,
           count(*) AS count, min(approval.pending_since) AS since,
           (array_agg(approval.id ORDER BY approval.pending_since, approval.id))[1]
               AS first
      FROM monitor_approval approval
      JOIN monitor_approval_policy policy ON policy.id = approval.policy_id
      LEFT JOIN monitor_approval_holder_rel holder
             ON holder.monitor_approval_id = approval.id
     WHERE approval.state = 'pending' AND approval.escalation_level > 0
     GROUP BY 1, 2, 3
"""
BREACHES = """
    SELECT policy.workflow_id, found.kind, found.company_id, count(*) AS count,
           min(found.found_at) AS since
      FROM monitor_approval_exception found
      LEFT JOIN monitor_approval_policy policy ON policy.id = found.policy_id
     WHERE found.state = 'open' AND found.severity IN ('error', 'critical')
     GROUP BY 1, 2, 3
"""


class MonitorRule(models.Model):
    """Rules about approvals: what nobody decides, and what should not have been."""

    _inherit = "monitor.rule"

    kind = fields.Selection(
        selection_add=[
            ("approval_late", "Approvals nobody decides"),
            ("approval_exception", "Breaches of an approval policy"),
        ],
        ondelete={"approval_late": "cascade", "approval_exception": "cascade"},
    )

    @api.model
    def _observers(self, failures):
        return [*super()._observers(failures), self._observe_approvals]

    @api.model
    def _observe_approvals(self, rules, _workflows, now):
        due = rules.filtered(lambda rule: rule.kind in KINDS)._due(now)
        return due._guarded(lambda rule: rule._observe_policies(), now, EVERY)

    def _observe_policies(self):
        self.env.flush_all()
        late = self.kind == "approval_late"
        rows = self.env.execute_query_dict(SQL(LATE if late else BREACHES))
        facts = self._facts_of({row["workflow_id"] for row in rows})
        seen = []
        for row in rows:
            workflow = facts.get(row["workflow_id"])
            if workflow is None or not self._why_not(workflow):
                see = self._see_late if late else self._see_breach
                seen.append(see(row, workflow))
        return seen + self._not_any_more(seen)

    @api.model
    def _facts_of(self, ids):
        """Return ``{id: facts}`` of workflows, as rules ask for them."""
        ids = tuple(id_ for id_ in ids if id_)
        if not ids:
            return {}
        query = SQL(f"{FACTS} WHERE w.id IN %s", ids)
        return {row["id"]: row for row in self.env.execute_query_dict(query)}

    def _see_late(self, row, workflow):
        user = self.env["res.users"].browse(row["user_id"] or [])
        about_one = row["count"] == 1
        return Observation(
            rule_id=self.id,
            labels=self._labels(workflow, key=f"user {user.id or 0}"),
            active=True,
            since=row["since"],
            value=float(row["count"]),
            code="waits_for",
            params={
                "count": row["count"],
                "who": user.name or self.env._("nobody"),
                "since": row["since"],
            },
            workflow_id=row["workflow_id"],
            company_id=row["company_id"],
            model="monitor.approval" if about_one else "res.users",
            res_id=row["first"] if about_one else user.id or None,
        )

    def _see_breach(self, row, workflow):
        company = row["company_id"] or 0
        return Observation(
            rule_id=self.id,
            labels=self._labels(workflow, key=f"{row['kind']} {company}"),
            active=True,
            since=row["since"],
            value=float(row["count"]),
            code="breaches",
            params={"count": row["count"], "what": dict(EXCEPTION_KINDS)[row["kind"]]},
            workflow_id=row["workflow_id"],
            company_id=row["company_id"],
        )

    def _not_any_more(self, seen):
        """Return that what was seen before and is not now is over."""
        known = {observation.fingerprint for observation in seen}
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT fingerprint, labels FROM monitor_alert "
                "WHERE rule_id = %s AND state <> 'resolved'",
                self.id,
            )
        )
        return [
            Observation(self.id, row["labels"], False, known_as=row["fingerprint"])
            for row in rows
            if row["fingerprint"] not in known
        ]
