from odoo import models

CRITICALITY_ORDER = {"low": 0, "medium": 1, "high": 2, "critical": 3}


class MonitorRuleScope(models.AbstractModel):
    """Which rules look at which workflow."""

    _name = "monitor.rule.scope"
    _description = "Monitor Rules: Where They Look"

    def _applying_to(self, workflow, kinds):
        """Yield the rules of these kinds that look at a workflow (a row of facts)."""
        for rule in self:
            if rule.kind in kinds and rule._looks_at(workflow):
                yield rule

    def _looks_at(self, workflow):
        return not self._why_not(workflow)

    def _why_not(self, workflow):
        """Return why it does not look at a workflow, a value of ``END_REASONS``.

        ``None`` where it does. What is read of the workflow here stands in
        ``monitor_workflow.SCOPED``: a change of it is looked at by the next tick.
        """
        if not workflow["active"]:
            return "archived"
        if workflow["paused"]:
            return "paused"
        return None if self._covers(workflow) else "scope"

    def _covers(self, workflow):
        company = self.company_id.id
        if company and workflow["company_id"] not in (company, None):
            return False
        if self.workflow_kind and workflow["kind"] != self.workflow_kind:
            return False
        if self.scoped_by and not self._in_scope(workflow):
            return False
        least = CRITICALITY_ORDER.get(self.min_criticality, 0)
        return CRITICALITY_ORDER[workflow["criticality"]] >= least

    def _in_scope(self, workflow):
        for name, ids in (
            ("workflow_ids", {workflow["id"]}),
            ("tag_ids", set(workflow["tag_ids"])),
            ("team_ids", {workflow["team_id"]}),
        ):
            scope = self._scope(name)
            if scope is not None and not scope & ids:
                return False
        return True
