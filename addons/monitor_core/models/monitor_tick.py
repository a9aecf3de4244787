import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import clock
from ..tools.fingerprint import is_retryable
from .monitor_run import PRIVILEGED

_logger = logging.getLogger(__name__)

TICK_LOCK = 0x4D4F4E54  # advisory lock "MONT": one tick at a time per database
STAGE_ATTEMPTS = 3
SELF_ERROR_SHOWN = timedelta(minutes=15)
LATE_AFTER = timedelta(minutes=3)  # three missed beats of the one-minute schedule


class MonitorTick(models.Model):
    """The heartbeat of the monitor: one row that says when it last looked, and how.

    Each minute (and a second after a failure) ``_cron_tick`` brings everything that is
    derived up to date, in stages that commit one by one: a stage that fails is logged,
    counted and shown, and never keeps the others from their work.
    """

    _name = "monitor.tick"
    _description = "Monitor Tick"
    _log_access = False

    last_tick_at = fields.Datetime(readonly=True)
    duration_ms = fields.Integer(string="Duration (ms)", readonly=True)
    error = fields.Text(
        readonly=True,
        groups=PRIVILEGED,
        help="What failed in the last tick, if anything.",
    )
    problem = fields.Char(
        compute="_compute_problem",
        help="What the board says while the Monitor itself does not work.",
    )
    error_count = fields.Integer(readonly=True)
    snapshot = fields.Char(
        readonly=True,
        groups=PRIVILEGED,
        help="PostgreSQL snapshot up to which events are counted in the statistics.",
    )

    day_zones = fields.Json(
        readonly=True,
        groups=PRIVILEGED,
        help="{time zone: day from which on its statistics by day are complete}",
    )

    @api.depends("error")
    @api.depends_context("uid")
    def _compute_problem(self):
        """Say that something failed to all who read the board, what to operators."""
        may_read = self.env.user.has_groups(PRIVILEGED)
        for tick in self:
            error = tick.sudo().error  # sudo: whether there is one is no secret
            told = error if may_read else self.env._("Tell who operates it.")
            tick.problem = error and told

    @api.model
    def _stages(self):
        """Return ``[(name, method)]``, in order; extend to add work to each tick.

        A method takes ``now`` (naive UTC) and works set-based: on what changed since
        the last tick and on what is due, never on everything there is.
        """
        return [
            ("partitions", self.env["monitor.event"]._ensure_partitions),
            ("discovery", self.env["monitor.discovery"]._sync),
            ("lost runs", self.env["monitor.run"]._close_lost),
            ("checkpoints", self.env["monitor.run"]._apply_new_checkpoints),
            ("stalled runs", self.env["monitor.run"]._mark_stalled),
            ("statistics", self.env["monitor.rollup"]._fold_new_events),
            ("statistics by day", self.env["monitor.rollup.day"]._keep_zones),
            ("retention", self.env["monitor.retention"]._drop_expired),
            ("health", self.env["monitor.health"]._refresh_due),
        ]

    @api.model
    def _cron_tick(self):
        """Run one tick, committing after each stage."""
        now = clock.utcnow()
        if not self.env["monitor.config"]._switches().enabled:
            self.env["monitor.health"]._refresh_due(now)  # says that nothing is known
            return
        self._run(now, commit=self.env["ir.cron"]._commit_progress)

    @api.model
    def _run(self, now, commit=None):
        """Do all stages for the moment ``now``; ``commit`` is called after each.

        Returns the names of the stages that failed. Without ``commit`` (tests,
        command line) everything stays in the caller's transaction.
        """
        started = time.monotonic()
        failures = {}
        for name, stage in self._stages():
            error = self._run_stage(name, stage, now, commit)
            if error:
                failures[name] = f"{name}: {type(error).__name__}: {error}"[:500]
            if commit:
                commit()
        self._record(now, int((time.monotonic() - started) * 1000), failures)
        return failures

    @api.model
    def _run_stage(self, name, stage, now, commit):
        """Run one stage in a savepoint; return the exception it raised, if any.

        What lost a race against a user's change is tried again on a fresh snapshot.
        """
        cr = self.env.cr
        for attempt in range(1, STAGE_ATTEMPTS + 1):
            cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [TICK_LOCK])
            if not cr.fetchone()[0]:
                _logger.info("Another tick is at work, %r is left to it", name)
                return None
            try:
                with cr.savepoint():
                    stage(now)
                return None
            except Exception as error:
                # One broken stage must not blind the others: logged, counted, shown.
                self.env.invalidate_all(flush=False)
                if commit and is_retryable(error) and attempt < STAGE_ATTEMPTS:
                    cr.rollback()
                    continue
                _logger.exception("Monitor tick: stage %r failed", name)
                return error

    @api.model
    def _record(self, now, duration_ms, failures):
        tick = self._get()
        errors = [*failures.values(), *self._capture_errors(now)]
        tick.write(
            {
                "last_tick_at": now.replace(microsecond=0),
                "duration_ms": duration_ms,
                "error": "\n".join(errors) or False,
                "error_count": tick.error_count + len(failures),
            }
        )

    @api.model
    def _capture_errors(self, now):
        """Return what the capture path lately reported of itself, each once."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT context->>'message' FROM monitor_event_data
                 WHERE step = 'self_error' AND recorded_at > %s ORDER BY 1 LIMIT 10
                """,
                now - SELF_ERROR_SHOWN,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get(self):
        """Return the one row, made on first use."""
        return self.search([], limit=1) or self.create({})

    @api.model
    def _state(self, now):
        """Return ``{status, tick_age_seconds, ...}`` for the liveness probe.

        ``status`` is ``ok``, ``starting`` (no tick yet), ``late``, ``failing`` (a stage
        raised in the last tick, or its own table cannot be read) or ``off``.
        """
        if not self.env["monitor.config"]._switches().enabled:
            return {"status": "off", "tick_age_seconds": False}
        try:
            with self.env.cr.savepoint(flush=False):
                tick = self.search_fetch([], ["last_tick_at", "error"], limit=1)
        except psycopg2.Error:
            _logger.exception("The table of the monitor's ticks cannot be read")
            return {"status": "failing", "tick_age_seconds": False}
        if not tick.last_tick_at:
            return {"status": "starting", "tick_age_seconds": False}
        age = max(now - tick.last_tick_at, timedelta())
        status = "ok"
        if age > LATE_AFTER:
            status = "late"
        elif tick.error:
            status = "failing"
        return {"status": status, "tick_age_seconds": int(age.total_seconds())}
