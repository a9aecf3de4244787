import logging
from datetime import datetime, timedelta

from psycopg2.errors import LockNotAvailable

from odoo import api, models
from odoo.tools import SQL

from ..tools import clock
from .autovacuum_batch import delete_batch
from .monitor_event import COLUMNS, RETENTION_CLASSES, TABLE
from .sql_routines import at_most

_logger = logging.getLogger(__name__)

BATCH = 10_000
# Dropping takes up to three locks one after the other, and what comes to record
# meanwhile queues behind us: nobody waits longer than 1.5 seconds.
LOCK_TIMEOUT = "500ms"
HELD = SQL("SELECT id FROM monitor_workflow WHERE legal_hold")


class MonitorRetention(models.AbstractModel):
    """Forgets events in whole months, and never what is under legal hold.

    A month is past its retention when its last moment is. Its partition is dropped:
    that takes as long for ten million rows as for one. What a drop does not reach (rows
    in the default partitions, a month that holds rows under legal hold) is deleted in
    batches by the daily clean-up.
    """

    _name = "monitor.retention"
    _description = "Monitor Retention"

    @api.model
    def _cutoffs(self, now):
        """Return ``{retention class: start of the first month that is kept}``.

        Never before the shorter class: what is kept longer is kept as well.
        """
        switches = self.env["monitor.config"]._switches()
        cutoffs, days = {}, 0
        for retention in RETENTION_CLASSES:
            days = max(days, getattr(switches, f"event_{retention}_days"))
            cutoffs[retention] = (now - timedelta(days=days)).replace(
                day=1, hour=0, minute=0, second=0, microsecond=0
            )
        return cutoffs

    @api.model
    def _complete_since(self, now):
        """Return the moment since which no event was or may have been deleted.

        An event belongs to the hour in which it happened, or was recorded if that is
        earlier: what a dropped month held is never of a later hour.
        """
        moments = []
        for retention, cutoff in self._cutoffs(now).items():
            moments.append(cutoff)
            for month in self._months(retention)[:1]:
                moments.append(datetime.strptime(month[-7:], "%Y_%m"))
        return max(moments)

    # Months: a stage of the tick

    @api.model
    def _drop_expired(self, now):
        """Drop the oldest month past its retention, one in each tick.

        Only one, because its lock on the class is held until the tick commits: two
        classes locked at once could deadlock with a transaction that records to both.
        A class whose lock is not to be had waits for the next tick.
        """
        self.env.flush_all()
        for retention, cutoff in self._cutoffs(now).items():
            months = self._months(retention, before=cutoff)
            if months and self._drop_month(retention, months[0]):
                return

    @api.model
    def _months(self, retention, before=None):
        """Return the names of the month partitions of a class, oldest first."""
        rows = self.env.execute_query(
            SQL(
                r"""
                SELECT c.relname FROM pg_inherits i
                  JOIN pg_class c ON c.oid = i.inhrelid
                 WHERE i.inhparent = %s::regclass AND c.relname ~ '_\d{4}_\d{2}$'
                 ORDER BY c.relname
                """,
                f"{TABLE}_{retention}",
            )
        )
        end = before and f"{TABLE}_{retention}_{before:%Y_%m}"
        return [name for (name,) in rows if not end or name < end]

    @api.model
    def _drop_month(self, retention, month):
        """Drop a partition unless something must stay; tell whether it is gone."""
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False):
                with at_most(cr, "lock_timeout", LOCK_TIMEOUT):
                    self._freeze_holds()
                    if self._has_to_stay(retention, month):
                        dropped = False
                    else:
                        self._detach_and_drop(retention, month)
                        dropped = True
        except LockNotAvailable:
            _logger.info("%s is in use, it is dropped by a later tick", month)
            return False
        if dropped:
            _logger.info("%s was past its retention and is dropped", month)
        return dropped

    @api.model
    def _freeze_holds(self):
        """Keep legal holds as they are until the end of the transaction.

        A hold that was set since this transaction began fails it here, and the tick
        tries again, knowing of it.
        """
        self.env.cr.execute(
            "SELECT count(*) FROM (SELECT FROM monitor_workflow FOR SHARE) held",
            log_exceptions=False,
        )

    @api.model
    def _has_to_stay(self, retention, month):
        """Whether rows under legal hold keep a month; move a batch of them to 'long'.

        In 'long' there is nowhere to move them to: the clean-up deletes the others.
        """
        if retention != "long":
            return self._move_held(month) == BATCH
        (found,) = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT 1 FROM %s WHERE workflow_id IN (%s))",
                SQL.identifier(month),
                HELD,
            )
        )
        return found[0]

    @api.model
    def _move_held(self, month):
        """Move a batch of rows under legal hold to 'long'; return how many.

        All columns stay as they are, ``xid`` too: statistics have counted these rows.
        """
        names = [name for name, _type in COLUMNS]
        self.env.cr.execute(
            SQL(
                """
                WITH moved AS (
                    DELETE FROM %(month)s WHERE ctid = ANY (ARRAY(
                        SELECT ctid FROM %(month)s
                         WHERE workflow_id IN (%(held)s) LIMIT %(batch)s))
                    RETURNING *)
                INSERT INTO %(table)s (%(columns)s) SELECT %(values)s FROM moved
                """,
                month=SQL.identifier(month),
                table=SQL.identifier(TABLE),
                held=HELD,
                batch=BATCH,
                columns=SQL(", ").join(map(SQL.identifier, names)),
                values=SQL(", ").join(
                    SQL("'long'") if name == "retention" else SQL.identifier(name)
                    for name in names
                ),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _detach_and_drop(self, retention, month):
        # Not CONCURRENTLY: that is refused in a transaction, and where there is a
        # default partition.
        cr = self.env.cr
        cr.execute(
            SQL(
                "ALTER TABLE %s DETACH PARTITION %s",
                SQL.identifier(f"{TABLE}_{retention}"),
                SQL.identifier(month),
            ),
            log_exceptions=False,
        )
        cr.execute(SQL("DROP TABLE %s", SQL.identifier(month)), log_exceptions=False)

    # Rows: the daily clean-up

    @api.autovacuum
    def _gc_events(self):
        """Delete in batches the rows past their retention that no drop removes."""
        return self._delete_events(clock.utcnow())

    @api.model
    def _delete_events(self, now, limit=BATCH):
        done = 0
        for retention, cutoff in self._cutoffs(now).items():
            tables = [f"{TABLE}_{retention}_default"]
            if retention == "long" and self.env.execute_query(HELD):
                tables += self._months(retention, before=cutoff)
            for table in tables:
                done += self._delete_rows(table, "recorded_at", cutoff, limit - done)
                if done == limit:
                    return done, True
        return done, False

    @api.autovacuum
    def _gc_rollups(self):
        """Delete in batches the statistics that are older than the longest events."""
        cutoff = self._cutoffs(clock.utcnow())["long"]
        done = self._delete_rows("monitor_rollup", "hour", cutoff, BATCH)
        # A day goes after the last of its hours went, whatever its time zone.
        whole = cutoff - timedelta(days=2)
        days = self._delete_rows("monitor_rollup_day", "day", whole, BATCH)
        for model in ("monitor.rollup", "monitor.rollup.day"):
            self.env[model].invalidate_model(flush=False)
        return done + days, BATCH in (done, days)

    @api.model
    def _delete_rows(self, table, column, cutoff, limit):
        """Delete up to ``limit`` rows from before ``cutoff``, held ones excepted."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM %(table)s WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM %(table)s t
                     WHERE %(column)s < %(cutoff)s AND NOT EXISTS (
                         SELECT 1 FROM monitor_workflow w
                          WHERE w.id = t.workflow_id AND w.legal_hold)
                     LIMIT %(limit)s))
                """,
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                cutoff=cutoff,
                limit=limit,
            )
        )
        return self.env.cr.rowcount

    @api.autovacuum
    def _gc_runs(self):
        """Delete runs past their retention, in batches, except under legal hold.

        The last run, the last success and the last failure of a workflow stay, however
        old: they are why it has its health.
        """
        days = self.env["monitor.config"]._switches().run_retention_days
        expired = SQL(
            """
            started_at < %s AND state NOT IN ('running', 'stalled')
            AND NOT EXISTS (
                SELECT 1 FROM monitor_workflow w
                 WHERE w.id = monitor_run.workflow_id AND (
                     w.legal_hold OR monitor_run.finished_at IN (
                         w.last_run_at, w.last_success_at, w.last_failure_at)))
            """,
            clock.utcnow() - timedelta(days=days),
        )
        return delete_batch(self.env, "monitor_run", expired, "started_at")
