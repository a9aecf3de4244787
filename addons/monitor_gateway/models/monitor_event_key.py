from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import clock

KEPT = timedelta(days=7)
BATCH = 10_000


class MonitorEventKey(models.AbstractModel):
    """The keys by which a repeated event is known: a small table beside the events.

    A random index belongs here, not on ten million events; the rows are gone after
    seven days.
    """

    _name = "monitor.event.key"
    _description = "Monitor Event Key"

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS monitor_event_key (
                key uuid PRIMARY KEY, received_at timestamp NOT NULL)
            """
        )

    @api.autovacuum
    def _gc_keys(self):
        """Forget keys past their time, in batches.

        The oldest stand at the beginning of the table, so a batch is found at once and
        needs no index, which each event would pay for.
        """
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM monitor_event_key WHERE key IN (
                    SELECT key FROM monitor_event_key WHERE received_at < %s LIMIT %s)
                """,
                clock.utcnow() - KEPT,
                BATCH,
            )
        )
        done = self.env.cr.rowcount
        return done, done == BATCH
