from odoo import api, models

from odoo.addons.monitor_core.models.monitor_health import REFUSING

SAMPLES = 5
# Failures that became known, by workflow, kind of error and company. A rule of Odoo
# that refuses is a rule at work: its business errors are none. What is told late, of a
# time since when the workflow ran well, is history.
FRESH_FAILURES = f"""
    SELECT e.workflow_id, coalesce(r.fingerprint, '') AS error, e.company_id,
           sum(e.quantity)::int AS count,
           min(least(e.occurred_at, e.recorded_at)) AS since,
           min(e.run_id) AS first_run, max(e.run_id) AS last_run,
           (array_agg(DISTINCT e.run_id))[1:{SAMPLES}] AS samples,
           (array_agg(r.error_message ORDER BY e.id DESC))[1] AS message
      FROM monitor_event_data e
      JOIN monitor_workflow w ON w.id = e.workflow_id
      LEFT JOIN monitor_run r ON r.id = e.run_id
     WHERE {{condition}} AND e.kind IN ('failed', 'lost') AND e.quantity > 0
       AND coalesce(r.state, e.run_state) IS DISTINCT FROM 'succeeded'
       AND NOT (e.outcome_class = 'business_error' AND {REFUSING})
       AND (e.recorded_at - e.occurred_at > interval '15 minutes'
            AND coalesce(w.consecutive_failures, 0) = 0
            AND w.last_success_at > e.occurred_at) IS NOT TRUE
     GROUP BY e.workflow_id, coalesce(r.fingerprint, ''), e.company_id
"""
#: What failed before the rules were installed counts while it is not well again.
STILL_FAILING = """
    w.health = 'failing' AND e.recorded_at > coalesce(w.last_success_at, '-infinity')
    AND e.recorded_at > %(since)s
"""


class MonitorRuleFailures(models.AbstractModel):
    """Failures since the last tick, each counted exactly once."""

    _name = "monitor.rule.failures"
    _description = "Monitor Rules: Failures"
    _inherit = "monitor.event.fold"

    _snapshot_field = "alert_snapshot"

    @api.model
    def _fold(self, condition, params):
        self.env.cr.execute(FRESH_FAILURES.format(condition=condition), params)
        return self.env.cr.dictfetchall()

    @api.model
    def _fold_all(self, now):
        since = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return self._fold_up_to_now(STILL_FAILING, {"since": since})

    @api.model
    def _rebuild(self):
        """After a restore elsewhere, alerts are as they were; go on from here."""
        return self._fold_up_to_now("FALSE", {})
