from datetime import timedelta

from odoo import api, models

from odoo.addons.monitor_core.models.monitor_health import unpack_params

from ..tools import rule_conditions
from ..tools.rule_conditions import Thresholds, Workflow


class MonitorRuleHealth(models.AbstractModel):
    """Rules about how a workflow is: failing, late, lost, stalled, slow, ..."""

    _name = "monitor.rule.health"
    _description = "Monitor Rules: Health of Workflows"

    @api.model
    def _health_kinds(self):
        return rule_conditions.KINDS

    @api.model
    def _observe_health(self, rules, workflows, now):
        held = self._kinds_held(now)
        # sudo: how many there are says nothing of them
        several = self.env["res.company"].sudo().search_count([], limit=2) > 1
        observations = []
        for row in workflows.values():
            facts = _facts(row, quote=bool(row["company_id"]) or not several)
            for rule in rules._applying_to(row, self._health_kinds() - held):
                condition = rule_conditions.condition(
                    rule.kind, facts, rule._thresholds(), now
                )
                if condition:
                    runs = rule._last_run(row)
                    observations.append(rule._observed(row, condition, run_ids=runs))
        return observations

    def _last_run(self, workflow):
        """Return the last run of what Odoo switched off: it holds the traceback."""
        if self.kind != "deactivated":
            return ()
        runs = self.env["monitor.run"].search(
            [("workflow_id", "=", workflow["id"]), ("state", "=", "failed")],
            order="finished_at DESC, id DESC",
            limit=1,
        )
        return tuple(runs.ids)

    @api.model
    def _kinds_held(self, now):
        """Return the kinds of which nothing is said now."""
        return set()

    def _thresholds(self):
        limit = timedelta(minutes=self.limit_minutes) if self.limit_minutes else None
        return Thresholds(self.threshold, limit, self.factor)


def _facts(row, quote):
    """Return what conditions need of a row of ``monitor_workflow``.

    :param quote: whether an error may be quoted; that of a run of one company, on a
        workflow of all, is not for the others
    """
    params = unpack_params(row["health_params"])
    if params.pop("company_id", None) and not quote:
        params.pop("error", None)
    return Workflow(
        kind=row["kind"],
        health=row["health"],
        reason=row["health_reason_code"] or "",
        params=params,
        since=row["health_since"],
        consecutive_failures=row["consecutive_failures"] or 0,
        last_run_at=row["last_run_at"],
        last_failure_at=row["last_failure_at"],
        last_duration_ms=row["last_duration_ms"],
        running_since=row["running_since"],
        p95_ms=row["p95_ms"],
        run_count_7d=row["run_count_7d"] or 0,
    )
