from odoo import api, fields, models

from ..tools import clock, histogram
from .columns import BigInteger
from .histogram_sql import create_routines

SINCE = "least(e.occurred_at, e.recorded_at) >= %(since)s"
FOLD = f"""
    WITH fresh AS (
        SELECT e.workflow_id, e.run_state,
               date_trunc('hour', least(e.occurred_at, e.recorded_at)) AS hour,
               e.outcome_class, e.kind, e.quantity, e.duration_ms,
               {histogram.SQL_BUCKET.format("e.duration_ms")} AS bucket
          FROM monitor_event_data e
         WHERE {{condition}} AND e.workflow_id IS NOT NULL AND e.quantity <> 0
           AND e.kind IN ('succeeded', 'failed', 'lost', 'skipped')
    ), counted AS (
        SELECT workflow_id, hour,
               sum(quantity) FILTER (WHERE run_state = 'succeeded') AS succeeded,
               sum(quantity) FILTER (WHERE run_state = 'failed'
                   AND outcome_class = 'business_error') AS business_errors,
               sum(quantity) FILTER (WHERE run_state = 'failed'
                   AND outcome_class IS DISTINCT FROM 'business_error') AS failed,
               sum(quantity) FILTER (WHERE run_state = 'partial'
                   AND kind <> 'failed') AS partial,
               sum(quantity) FILTER (WHERE run_state = 'partial'
                   AND kind = 'failed') AS partial_failed,
               sum(quantity) FILTER (WHERE run_state = 'lost') AS lost,
               sum(quantity) FILTER (WHERE kind = 'skipped') AS skipped,
               sum(duration_ms * quantity) AS duration_sum,
               max(duration_ms) FILTER (WHERE quantity > 0) AS duration_max
          FROM fresh GROUP BY workflow_id, hour
    ), hist AS (
        SELECT workflow_id, hour, jsonb_object_agg(bucket, n) AS histogram
          FROM (SELECT workflow_id, hour, bucket, sum(quantity) AS n FROM fresh
                 WHERE duration_ms IS NOT NULL
                 GROUP BY workflow_id, hour, bucket HAVING sum(quantity) <> 0) buckets
         GROUP BY workflow_id, hour
    ), folded AS (
    INSERT INTO monitor_rollup AS old
        (workflow_id, hour, succeeded, business_errors, failed, partial, lost, skipped,
         duration_sum, duration_max, histogram)
    SELECT workflow_id, hour, coalesce(succeeded, 0), coalesce(business_errors, 0),
           coalesce(failed, 0) + coalesce(partial_failed, 0), coalesce(partial, 0),
           coalesce(lost, 0), coalesce(skipped, 0), coalesce(duration_sum, 0),
           coalesce(duration_max, 0), coalesce(histogram, '{{{{}}}}'::jsonb)
      FROM counted LEFT JOIN hist USING (workflow_id, hour)
    ON CONFLICT (workflow_id, hour) DO UPDATE SET
        succeeded = old.succeeded + EXCLUDED.succeeded,
        business_errors = old.business_errors + EXCLUDED.business_errors,
        failed = old.failed + EXCLUDED.failed,
        partial = old.partial + EXCLUDED.partial,
        lost = old.lost + EXCLUDED.lost,
        skipped = old.skipped + EXCLUDED.skipped,
        duration_sum = old.duration_sum + EXCLUDED.duration_sum,
        duration_max = greatest(old.duration_max, EXCLUDED.duration_max),
        histogram = monitor_histogram_sum(ARRAY[old.histogram, EXCLUDED.histogram])
    RETURNING workflow_id, hour)
    SELECT array_agg(DISTINCT workflow_id), array_agg(DISTINCT hour) FROM folded
"""
# Where a run turned out otherwise than first reported, its former outcome was taken
# back by an event of quantity -1: only the longest run cannot be subtracted.
TAKEN = """
    (SELECT DISTINCT e.workflow_id,
            date_trunc('hour', least(e.occurred_at, e.recorded_at)) AS hour
       FROM monitor_event_data e WHERE {condition} AND e.quantity < 0) taken
"""
TAKEN_BACK = (
    f"""
    UPDATE monitor_rollup rollup SET duration_max = coalesce((
        SELECT max(r.duration_ms / r.run_count) FROM monitor_run r
         WHERE r.workflow_id = rollup.workflow_id AND r.finished_at >= rollup.hour
           AND r.finished_at < rollup.hour + interval '1 hour'), 0)
      FROM {TAKEN}
     WHERE rollup.workflow_id = taken.workflow_id AND rollup.hour = taken.hour
    """,
    f"""
    DELETE FROM monitor_rollup rollup USING {TAKEN}
     WHERE rollup.workflow_id = taken.workflow_id AND rollup.hour = taken.hour
       AND succeeded + business_errors + failed + partial + lost + skipped = 0
    """,
)


FORGET = """
    WITH forgotten AS (
        DELETE FROM monitor_rollup WHERE hour >= %s RETURNING workflow_id, hour)
    SELECT array_agg(DISTINCT workflow_id), array_agg(DISTINCT hour) FROM forgotten
"""


class MonitorRollup(models.Model):
    """Runs of one workflow in one hour: counts by outcome and a duration histogram.

    Folded from events by the tick alone, so nothing else ever waits for these rows. A
    rebuild from events gives the same numbers.
    """

    _name = "monitor.rollup"
    _description = "Monitor Rollup"
    _inherit = ["monitor.event.fold"]
    _snapshot_field = "snapshot"
    _log_access = False
    _order = "hour desc"
    _rec_name = "hour"

    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow", required=True, ondelete="cascade"
    )
    hour = fields.Datetime(required=True, help="Start of the hour, UTC.")
    succeeded = fields.Integer()
    business_errors = fields.Integer(help="Refused by a business rule.")
    failed = fields.Integer(help="Technical faults, time-outs and partial failures.")
    partial = fields.Integer(help="Ended with work left, without an error.")
    lost = fields.Integer()
    skipped = fields.Integer()
    duration_sum = fields.Float(string="Total Duration (ms)")
    duration_max = BigInteger(string="Longest (ms)", aggregator="max")
    histogram = fields.Json(help="{bucket: count}, see tools/histogram.py")

    _hour_uniq = models.UniqueIndex("(workflow_id, hour)")
    # Serves what works on all workflows at a time: days, retention, rebuild.
    _hour_idx = models.Index("(hour)")

    def init(self):
        create_routines(self.env.cr)

    @api.model
    def _rebuild(self):
        """Compute rollups anew from the stored events.

        Those of a time whose events are deleted stay: they are all that is left of it.
        """
        since = self.env["monitor.retention"]._complete_since(clock.utcnow())
        self.env.cr.execute(FORGET, [since])
        forgotten = self.env.cr.fetchone()
        workflow_ids = self._fold_up_to_now(SINCE, {"since": since})
        self.env["monitor.rollup.day"]._follow(*forgotten)
        return workflow_ids

    @api.model
    def _fold(self, condition, params):
        """Add up outcomes and durations; have the workflows reviewed."""
        self.env.cr.execute(FOLD.format(condition=condition), params)
        workflow_ids, hours = self.env.cr.fetchone()
        for correction in TAKEN_BACK:
            self.env.cr.execute(correction.format(condition=condition), params)
        self.invalidate_model(flush=False)
        self.env["monitor.rollup.day"]._follow(workflow_ids, hours)
        self.env["monitor.health"]._mark_changed(workflow_ids)
        return workflow_ids or []
