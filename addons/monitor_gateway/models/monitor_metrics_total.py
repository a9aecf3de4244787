from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.monitor_core.models.columns import BigInteger

#: How late an event may come and still be counted. Statistics take later ones too.
SETTLED_AFTER = timedelta(hours=48)
BEGINNING = fields.Datetime.to_datetime("1970-01-01 00:00:00")
SETTLE = """
    WITH settled AS (
        SELECT * FROM monitor_rollup WHERE hour >= %(since)s AND hour < %(until)s
    ), hist AS (
        SELECT workflow_id, jsonb_object_agg(key, n) AS histogram FROM (
            SELECT workflow_id, key, sum(value::bigint) AS n FROM (
                SELECT workflow_id, histogram FROM settled
                UNION ALL
                SELECT workflow_id, histogram FROM monitor_metrics_total
                 WHERE workflow_id IN (SELECT workflow_id FROM settled)
            ) both_, jsonb_each_text(histogram)
             GROUP BY workflow_id, key) merged
         GROUP BY workflow_id
    )
    INSERT INTO monitor_metrics_total AS old
        (workflow_id, succeeded, business_errors, failed, partial, lost, skipped,
         duration_sum, histogram)
    SELECT workflow_id, coalesce(sum(succeeded), 0), coalesce(sum(business_errors), 0),
           coalesce(sum(failed), 0), coalesce(sum(partial), 0), coalesce(sum(lost), 0),
           coalesce(sum(skipped), 0), coalesce(sum(duration_sum), 0),
           coalesce((SELECT h.histogram FROM hist h
                      WHERE h.workflow_id = settled.workflow_id), '{}'::jsonb)
      FROM settled GROUP BY workflow_id
    ON CONFLICT (workflow_id) DO UPDATE SET
        succeeded = old.succeeded + EXCLUDED.succeeded,
        business_errors = old.business_errors + EXCLUDED.business_errors,
        failed = old.failed + EXCLUDED.failed,
        partial = old.partial + EXCLUDED.partial,
        lost = old.lost + EXCLUDED.lost,
        skipped = old.skipped + EXCLUDED.skipped,
        duration_sum = old.duration_sum + EXCLUDED.duration_sum,
        histogram = EXCLUDED.histogram
"""


class MonitorMetricsTotal(models.Model):
    """All runs of a workflow up to a certain hour: what its counters stand on.

    A counter that Prometheus reads must never go down, but hourly statistics may be
    deleted or counted anew. So hours of two days ago are added up here once, and a
    counter is this total plus the hours since. That also bounds what a scrape reads.
    """

    _name = "monitor.metrics.total"
    _description = "Monitor Metrics Total"
    _log_access = False
    _rec_name = "workflow_id"

    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow", required=True, ondelete="cascade"
    )
    succeeded = BigInteger()
    business_errors = BigInteger()
    failed = BigInteger()
    partial = BigInteger()
    lost = BigInteger()
    skipped = BigInteger()
    duration_sum = fields.Float(string="Total Duration (ms)")
    histogram = fields.Json()

    _workflow_uniq = models.UniqueIndex("(workflow_id)")

    @api.model
    def _since(self):
        """Return the hour from which on statistics are not in the totals yet."""
        tick = self.env["monitor.tick"].search([], limit=1)
        return tick.metrics_settled_until or BEGINNING

    @api.model
    def _settle(self, now):
        """Add the hours that are old enough to the totals; a stage of the tick."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        since, until = self._since(), hour - SETTLED_AFTER
        if until <= since:
            return
        self.env.flush_all()
        self.env.cr.execute(SETTLE, {"since": since, "until": until})
        self.env["monitor.tick"]._get().metrics_settled_until = until
        self.invalidate_model(flush=False)
