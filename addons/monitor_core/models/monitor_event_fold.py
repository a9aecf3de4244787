import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# ``fresh`` is what this transaction sees and the stored snapshot did not: exactly the
# rows committed in between, however late a transaction began or ended.
FRESH = """
    e.xid >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(e.xid, %(snapshot)s::pg_snapshot)
"""


class MonitorEventFold(models.AbstractModel):
    """Counts that the tick keeps of events, each event exactly once.

    Inherit, name the field of ``monitor.tick`` that holds the snapshot, and say in
    ``_fold`` what is counted.
    """

    _name = "monitor.event.fold"
    _description = "Monitor Event Fold"

    #: Field of ``monitor.tick``: the PostgreSQL snapshot up to which was counted.
    _snapshot_field = None

    @api.model
    def _fold_new_events(self, now):
        """Count the events committed since the last time."""
        self.env.flush_all()
        stored = self.env["monitor.tick"]._get()[self._snapshot_field]
        if not stored:
            return self._fold_all(now)
        current = self._current_snapshot()
        if self._is_foreign(stored, current):
            _logger.info("The database was restored: %s is counted anew", self._name)
            self._forget_transactions(current)
            return self._rebuild()
        return self._fold_up_to_now(FRESH, {"snapshot": stored})

    @api.model
    def _fold_all(self, now):
        """Count for the first time."""
        return self._fold_up_to_now("TRUE", {})

    @api.model
    def _fold_up_to_now(self, condition, params):
        """Count what meets ``condition``; what comes later is new the next time."""
        result = self._fold(condition, params)
        tick = self.env["monitor.tick"]._get()
        tick[self._snapshot_field] = self._current_snapshot()
        self.invalidate_model(flush=False)
        return result

    @api.model
    def _fold(self, condition, params):
        """Add the events ``e`` that meet an SQL condition to the counts."""
        raise NotImplementedError

    @api.model
    def _rebuild(self):
        """Count anew what can be; return what ``_fold`` does."""
        raise NotImplementedError

    @api.model
    def _current_snapshot(self):
        self.env.cr.execute("SELECT pg_current_snapshot()::text")
        return self.env.cr.fetchone()[0]

    @api.model
    def _is_foreign(self, stored, current):
        """Whether ``stored`` is from another server: a future that never was here."""
        return int(stored.split(":")[1]) > int(current.split(":")[1])

    @api.model
    def _forget_transactions(self, current):
        """Give rows of another server's future transactions one that is long past."""
        self.env.cr.execute(
            SQL(
                "UPDATE monitor_event_data SET xid = '0'::xid8 WHERE xid >= %s::xid8",
                current.split(":")[1],
            )
        )
