from odoo import api, models
from odoo.tools import SQL

from ..tools.observation import Observation
from .monitor_rule_evaluation import FACTS


class MonitorRuleFailure(models.AbstractModel):
    """Rules about each failure, by kind of error."""

    _name = "monitor.rule.failure"
    _description = "Monitor Rules: Each Failure"

    @api.model
    def _observe_failures(self, failures, rules):
        """Return what these rules say of failures, one observation a kind of error.

        :param failures: ``[(facts of the workflow, row)]``, see :meth:`_new_failures`
        """
        return [
            rule._failed(workflow, row)
            for workflow, row in failures
            for rule in rules._applying_to(workflow, {"failure"})
        ]

    @api.model
    def _new_failures(self, now):
        """Return what failed since the last look: each failure once, for all rules."""
        rows = self.env["monitor.rule.failures"]._fold_new_events(now)
        if not rows:
            return []
        facts = self._facts_of({row["workflow_id"] for row in rows})
        return [
            (facts[row["workflow_id"]], row)
            for row in rows
            if row["workflow_id"] in facts
        ]

    def _failed(self, workflow, row):
        company = row["company_id"]
        labels = {"error": row["error"]}
        if company:
            labels["company"] = str(company)
        runs = [row["first_run"], row["last_run"], *(row["samples"] or [])]
        return Observation(
            rule_id=self.id,
            labels=self._labels(workflow, **labels),
            active=True,
            since=row["since"],
            count=row["count"],
            code="failed" if row["message"] else "failed_plain",
            params={"error": row["message"]} if row["message"] else {},
            workflow_id=workflow["id"],
            company_id=company or workflow["company_id"],
            run_ids=tuple(run for run in runs if run),
        )

    @api.model
    def _facts_of(self, workflow_ids):
        """Return ``{id: facts}`` of these workflows."""
        query = SQL(f"{FACTS} WHERE w.id IN %s", tuple(workflow_ids))
        return {row["id"]: row for row in self.env.execute_query_dict(query)}
