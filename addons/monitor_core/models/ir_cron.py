import json
import logging
from contextvars import ContextVar

from odoo import SUPERUSER_ID, api, models

from odoo.addons.base.models.ir_cron import (
    MIN_FAILURE_COUNT_BEFORE_DEACTIVATION,
    CompletionStatus,
)

from ..tools import clock
from ..tools.span import current_span
from .monitor_recorder import note_self_error_apart, quiet, wake_tick, write_runs
from .recorder_sql import call_guarded, to_json

_logger = logging.getLogger(__name__)

# The scheduled execution that this thread is in the middle of.
current_execution: ContextVar = ContextVar("monitor_cron_execution", default=None)

NO_ERROR = dict.fromkeys(
    ("error_type", "error_message", "fingerprint", "traceback"), None
)


class Execution:
    """What is known of one scheduled execution (all loops of one ``_run_job``)."""

    def __init__(self, job):
        self.job = job
        self.span = None  # set with the first loop, when this job is recorded
        self.started = False
        self.record_count = 0
        self.sql_count = 0
        self.error = None  # columns of the last error
        self.hidden = []  # (message, exception) that Odoo logged and swallowed
        self.state = None  # set once the end is written

    def late_ms(self, started_at):
        """Return how long after it was due it starts; None where it was not.

        What goes on with the rest of a queue was not late: it is due all the time.
        """
        due = self.job["nextcall"]
        if self.job["remaining"] or due > started_at:
            return None
        return round((started_at - due).total_seconds() * 1000)

    def note_hidden(self, message, error):
        """Remember an error that Odoo will not report."""
        self.hidden.append((message, error))


class IrCron(models.Model):
    """Scheduled executions are followed from their durable start to their end."""

    _inherit = "ir.cron"

    def write(self, vals):
        """Note who switches a scheduled action on or off; Odoo does that in SQL."""
        if "active" in vals and not self.env.cr.readonly:
            self._monitor_note_switch(bool(vals["active"]))
        return super().write(vals)

    @quiet
    def _monitor_note_switch(self, active):
        """Insert an event for those that change; the tick sees it if it looks late.

        Between two ticks one may be switched on and off again, and only this event
        tells that from one which has stayed off since Odoo switched it off.
        """
        call_guarded(
            self.env.cr,
            """
            INSERT INTO monitor_event_data
                (recorded_at, occurred_at, kind, step, source, user_id)
            SELECT %(now)s, %(now)s, 'log', %(step)s, 'ir.cron,' || id, %(user)s
              FROM ir_cron
             WHERE id = ANY(%(ids)s) AND active IS DISTINCT FROM %(active)s
            """,
            {
                "now": clock.utcnow(),
                "step": "activated" if active else "archived",
                "user": self.env.uid,
                "ids": list(self._ids),
                "active": active,
            },
        )

    @classmethod
    def _process_job(cls, cron_cr, job):
        """Record what fails without being started: the third time-out in a row."""
        result = super()._process_job(cron_cr, job)
        if job["timed_out_counter"] >= 3 and not job["done"]:
            cls._monitor_not_started(
                job,
                "timeout",
                "Stopped three times before it could end, so Odoo did not start it.",
            )
        return result

    @classmethod
    def _run_job(cls, job):
        """Follow one execution; see that its run is closed whatever happens."""
        execution = Execution(job)
        token = current_execution.set(execution)
        try:
            status = super()._run_job(job)
        finally:
            current_execution.reset(token)
        cls._monitor_end(execution, status)
        return status

    def _add_progress(self, *, timed_out_counter=None):
        """Insert the run beside Odoo's progress row: ``_run_job`` commits both."""
        result = super()._add_progress(timed_out_counter=timed_out_counter)
        execution = current_execution.get()
        if execution and not execution.started and execution.job["id"] == self.id:
            execution.started = True
            self._monitor_start(execution)
        return result

    @quiet
    def _monitor_start(self, execution):
        """Write the durable start, with the session by which a lost run is found."""
        span = self.env["monitor.recorder"]._open((self._name, self.id))
        if span is None:
            return
        row = self.env["monitor.recorder"]._row(span)
        row["late_ms"] = execution.late_ms(span.started_at)
        span.run_id = call_guarded(
            self.env.cr, "SELECT monitor_start_run(%s)", [to_json(row)], fetch=True
        )
        execution.span = span

    def _callback(self, cron_name, server_action_id):
        """Catch how each loop ends; the job's own cursor is clean before and after."""
        execution = current_execution.get()
        if execution is None or execution.span is None:
            return super()._callback(cron_name, server_action_id)
        token = current_span.set(execution.span)
        sql_start = self.env.cr.sql_log_count
        error = None
        try:
            return super()._callback(cron_name, server_action_id)
        except Exception as exception:
            error = exception
            raise
        finally:
            current_span.reset(token)
            execution.sql_count += self.env.cr.sql_log_count - sql_start
            self._monitor_loop_ended(execution, error)

    @quiet
    def _monitor_loop_ended(self, execution, error):
        """Decide as ``_run_job`` does whether this was the last loop; then write it."""
        progress_id = self.env.context.get("ir_cron_progress_id")
        progress = self.env["ir.cron.progress"].sudo().browse(progress_id)
        done, remaining = progress.done, progress.remaining
        execution.record_count += done
        execution.error = error and self.env["monitor.recorder"]._describe(error)
        if error:
            state = None if done and remaining else "failed"
        elif remaining:
            state = None if done else "partial"
        else:
            state = "succeeded"
        if state:
            self._monitor_write_end(self.env, execution, state)

    @api.model
    def _monitor_write_end(self, env, execution, state):
        """Close the run in ``env``'s transaction, in a savepoint of its own."""
        values = self._monitor_end_values(env, execution, state)
        call_guarded(env.cr, "SELECT monitor_end_run(%s)", [to_json(values)])
        execution.state = values["state"]

    @api.model
    def _monitor_end_values(self, env, execution, state):
        now, span = clock.utcnow(), execution.span
        error = execution.error
        if not error and execution.hidden:
            message, exception = execution.hidden[-1]
            error = env["monitor.recorder"]._describe(exception)
            error["error_message"] = f"{message} {error['error_message']}"[:1000]
            state = "partial"
        failed = bool(error) or state == "failed"
        return {
            **(error or {**NO_ERROR, "outcome_class": "success", "severity": "info"}),
            "run_id": span.run_id,
            "state": state,
            "kind": "failed" if failed else "succeeded",
            "finished_at": now.isoformat(),
            "duration_ms": max(0, round(clock.monotonic_ms() - span.started_ms)),
            "sql_count": execution.sql_count,
            "record_count": execution.record_count,
        }

    @classmethod
    def _monitor_end(cls, execution, status):
        """Close what the loops could not close, and wake the tick after a failure."""
        try:
            if execution.span and not execution.state:
                # Stopped between two loops, by Odoo's limit of time: known only now.
                failed = status == CompletionStatus.FAILED
                with cls.pool.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["ir.cron"]._monitor_write_end(
                        env, execution, "failed" if failed else "partial"
                    )
            elif not execution.started and status == CompletionStatus.FAILED:
                cls._monitor_not_started(
                    execution.job,
                    "fault",
                    "Not started: the user this action runs as is archived.",
                )
            if execution.error:
                wake_tick(cls.pool)
        except Exception as error:
            _logger.warning(
                "Run of job %s not closed", execution.job["id"], exc_info=True
            )
            note_self_error_apart(cls.pool, "_monitor_end", error)

    @classmethod
    def _monitor_not_started(cls, job, outcome_class, message):
        """Record a failed execution of which no code has run."""
        try:
            with cls.pool.cursor() as cr:
                env = api.Environment(cr, job["user_id"], {})
                recorder = env["monitor.recorder"]
                span = recorder._open(("ir.cron", job["id"]))
                if span is None:
                    return
                row = recorder._row(span)
                row.update(
                    state="failed",
                    kind="failed",
                    severity="error",
                    outcome_class=outcome_class,
                    error_type=outcome_class,
                    error_message=message,
                    fingerprint=f"odoo-{outcome_class}",
                )
                write_runs(cr, [row])
            wake_tick(cls.pool)
        except Exception as error:
            _logger.warning("Job %s: failure not recorded", job["id"], exc_info=True)
            note_self_error_apart(cls.pool, "_monitor_not_started", error)

    @api.model
    def _update_failure_count(self, job, status):
        """Keep the evidence that Odoo erases when it switches a job off."""
        result = super()._update_failure_count(job, status)
        if (
            status == CompletionStatus.FAILED
            and job["failure_count"] + 1 >= MIN_FAILURE_COUNT_BEFORE_DEACTIVATION
        ):
            self._monitor_note_deactivation(job)
        return result

    @quiet
    def _monitor_note_deactivation(self, job):
        cr = self.env.cr
        with cr.savepoint(flush=False):
            cr.execute("SELECT active FROM ir_cron WHERE id = %s", [job["id"]])
            if cr.fetchone()[0] or not job["active"]:
                return
            first_failure = job["first_failure_date"] or clock.utcnow()
            context = {
                "failure_count": job["failure_count"] + 1,
                "first_failure_date": first_failure.isoformat(" ", "seconds"),
            }
            cr.execute(
                """
                INSERT INTO monitor_event_data
                    (recorded_at, occurred_at, kind, severity, step, source, context,
                     retention)
                VALUES (%(now)s, %(now)s, 'log', 'critical', 'deactivated', %(source)s,
                        %(context)s, 'long')
                """,
                {
                    "now": clock.utcnow(),
                    "source": f"ir.cron,{job['id']}",
                    "context": json.dumps(context),
                },
                log_exceptions=False,
            )
