from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

UNANSWERED_AFTER = timedelta(hours=72)  # as long as Healthchecks waits
UNANSWERED_MESSAGE = "No end was reported within 72 hours of the start."
LOST_MESSAGE = (
    "The worker stopped before the run ended: it was killed, restarted or ran out of "
    "memory or time."
)


class MonitorRunLost(models.AbstractModel):
    """Runs that nobody will end any more are closed as lost."""

    _name = "monitor.run.lost"
    _description = "Monitor Run: the lost ones"

    @api.model
    def _close_lost(self, now):
        """Close runs that nobody will end any more; return the workflow ids."""
        rows = self._lose_scheduled(now) + self._lose_unanswered(now)
        self.invalidate_model(flush=False)
        lost = self.browse(row[0] for row in rows)
        lost._record_end("lost", "error", now)
        return lost.workflow_id.ids

    @api.model
    def _lose_unanswered(self, now):
        """Close reported runs whose sender never came back.

        A flow says by the deadlines of its steps how long it may wait: years, if need
        be. An end that comes after all still counts.
        """
        return self.env.execute_query(
            SQL(
                """
                UPDATE monitor_run r
                   SET state = 'lost', outcome_class = 'lost', finished_at = %(now)s,
                       error_type = 'Lost', error_message = %(message)s
                 WHERE state = 'running' AND source_ref IS NULL
                   AND workflow_id IS NOT NULL AND started_at < %(before)s
                   AND NOT EXISTS (SELECT 1 FROM monitor_flow_step s
                                    WHERE s.workflow_id = r.workflow_id)
             RETURNING id
                """,
                now=now,
                before=now - UNANSWERED_AFTER,
                message=UNANSWERED_MESSAGE,
            )
        )

    @api.model
    def _lose_scheduled(self, now):
        """Close scheduled runs whose worker is gone.

        A running scheduled action holds its database connection, so a run is lost when
        the session that wrote its start no longer exists, or when the same scheduled
        action has started anew since (Odoo never runs one twice at a time).
        """
        return self.env.execute_query(
            SQL(
                """
                UPDATE monitor_run r
                   SET state = 'lost', outcome_class = 'lost', finished_at = %(now)s,
                       duration_ms = (extract(epoch FROM %(now)s - started_at)
                                      * 1000)::bigint,
                       error_type = 'Lost', error_message = %(message)s
                 WHERE state = 'running' AND backend_pid IS NOT NULL
                   AND (NOT EXISTS (
                            SELECT 1 FROM pg_stat_activity a
                             WHERE a.pid = r.backend_pid
                               AND (a.backend_start IS NULL
                                    OR a.backend_start::text = r.backend_start))
                        OR EXISTS (
                            SELECT 1 FROM monitor_run later
                             WHERE later.source_ref = r.source_ref
                               AND later.workflow_id = r.workflow_id
                               AND later.id > r.id))
             RETURNING id
                """,
                now=now,
                message=LOST_MESSAGE,
            )
        )
