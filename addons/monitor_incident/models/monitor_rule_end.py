from odoo import api, models
from odoo.tools import SQL

from ..tools.observation import Observation

#: Kinds of which a rule may ask for several good runs before it is over.
RECOVERING = ("failure", "consecutive_failures")


class MonitorRuleEnd(models.AbstractModel):
    """When what rules said of workflows is over, or not looked at any more."""

    _name = "monitor.rule.end"
    _description = "Monitor Rules: What Is Over"

    @api.model
    def _ended(self, rules, workflows, observations, broken, now):
        """Return that what was open of these workflows and is not seen is over.

        Where the rule does not look at the workflow any more, it ends whatever its
        kind, and says why. Else, of a rule that cannot be evaluated nothing is known,
        nor of what is not looked for now.
        """
        if not workflows:
            return []
        seen = {observation.fingerprint for observation in observations}
        asked = set(rules._ids)
        unseen = [
            row
            for row in self._open_alerts(list(workflows))
            if row["fingerprint"] not in seen and row["rule_id"] in asked
        ]
        kinds = self._workflow_kinds() - self._kinds_held(now)
        ended, over = [], []
        for row in unseen:
            rule, workflow = self.browse(row["rule_id"]), workflows[row["workflow_id"]]
            reason = rule._why_not(workflow)
            if reason:
                ended.append(self._over(row, since=now, end_reason=reason))
            elif rule not in broken and self._is_over(row, workflow, kinds):
                over.append(row)
        return ended + [self._over(row) for row in self._recovered(over)]

    @api.model
    def _is_over(self, row, workflow, kinds):
        """Whether it is over because it is not seen: so it is for these kinds."""
        kind = row["labels"].get("kind")
        # of each failure nothing more is known until a run is well
        well = kind == "failure" and not workflow["consecutive_failures"]
        return kind in kinds or well

    @api.model
    def _open_alerts(self, workflow_ids):
        """Return the rows of alerts of rules about these workflows that are open."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT rule_id, workflow_id, company_id, labels, fingerprint
                  FROM monitor_alert
                 WHERE state <> 'resolved' AND source = 'rule'
                   AND workflow_id = ANY(%s)
                """,
                workflow_ids,
            )
        )

    @api.model
    def _over(self, row, **more):
        """Return that what an alert (a row of :meth:`_open_alerts`) says is over."""
        return Observation(
            rule_id=row["rule_id"],
            labels=row["labels"],
            active=False,
            workflow_id=row["workflow_id"],
            company_id=row["company_id"],
            known_as=row["fingerprint"],
            **more,
        )

    @api.model
    def _recovered(self, rows):
        """Return the alerts of which enough runs in a row were well since.

        Costs a statement only where a rule asks for more than one.
        """
        asking = {
            rule.id: rule.recover_successes
            for rule in self.browse({row["rule_id"] for row in rows}).exists()
            if rule.recover_successes > 1 and rule.kind in RECOVERING
        }
        waiting = {r["workflow_id"] for r in rows if r["rule_id"] in asking}
        if not waiting:
            return rows
        successes = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT r.workflow_id, sum(r.run_count)::int
                      FROM monitor_run r JOIN monitor_workflow w ON w.id = r.workflow_id
                     WHERE r.workflow_id IN %s AND r.state = 'succeeded'
                       AND r.finished_at > coalesce(w.last_failure_at, '-infinity')
                     GROUP BY r.workflow_id
                    """,
                    tuple(waiting),
                )
            )
        )
        return [
            row
            for row in rows
            if successes.get(row["workflow_id"], 0) >= asking.get(row["rule_id"], 0)
        ]

    @api.model
    def _workflow_kinds(self):
        """Return the kinds whose alerts are over when they are not seen again."""
        return {*self._health_kinds(), *self._window_kinds()}
