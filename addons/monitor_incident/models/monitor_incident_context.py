import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from odoo.addons.monitor_core.models.monitor_run import PRIVILEGED
from odoo.addons.monitor_core.models.sql_routines import at_most
from odoo.addons.monitor_core.tools import payload, redaction, schedule

from ..tools import captured

_logger = logging.getLogger(__name__)

TIMEOUT = "2s"
MAX_RUNS = 10
MAX_ROWS = 20
LOG_LINES = 500  # of the newest; the table has no index by time
LOG_BEFORE = timedelta(minutes=15)
CHANGES_BEFORE = timedelta(days=1)  # where nothing ever succeeded
# Of rules; incidents that no rule opened get the first two.
PARTS = ("runs", "changes", "queues", "database", "logs")
USUAL = {"runs", "changes"}
# What waits, by model: a condition of its table (checked to be there).
QUEUES = {
    "mail.mail": ("mail_mail", "state", ("outgoing", "exception")),
    "sms.sms": ("sms_sms", "state", ("outgoing", "error")),
    "queue.job": ("queue_job", "state", ("pending", "enqueued", "started", "failed")),
}


class MonitorIncidentContext(models.AbstractModel):
    """The context an incident opened in: looked at once, kept with it."""

    _name = "monitor.incident.context"
    _description = "Monitor Incident: context"

    captured_context = fields.Json(readonly=True, copy=False, groups=PRIVILEGED)
    evidence_html = fields.Html(
        string="Context",
        compute="_compute_evidence_html",
        sanitize=True,
        groups=PRIVILEGED,
        help="What was seen when the incident opened.",
    )

    def _capture(self, now):
        """Look at what may explain each incident, by the recipe of its rule.

        Each part in a savepoint and with a time-out: what cannot be seen is told, and
        the incident opens in any case.
        """
        for incident in self:
            try:
                with self.env.cr.savepoint():
                    incident._capture_one(now)
            except Exception:
                # An incident without context is better than none.
                _logger.exception("Context of incident %s not kept", incident.id)

    def _capture_one(self, now):
        context = {"at": str(now)}
        with at_most(self.env.cr, "statement_timeout", TIMEOUT):
            for part in self._recipe():
                try:
                    with self.env.cr.savepoint():
                        context.update(getattr(self, f"_capture_{part}")(now))
                except Exception as error:
                    # Its place tells that it was tried: a time-out is a finding.
                    _logger.info("Context %r not seen", part, exc_info=True)
                    context.setdefault("failed", []).append(
                        f"{part}: {type(error).__name__}"
                    )
        policy = self.env["monitor.config"]._redaction()
        context = redaction.redact(_storable(context), policy)
        # sudo: the reader of an incident is somebody else than who opens it
        self.sudo().captured_context = captured.bounded(context)

    def _recipe(self):
        """Return the parts to look at, in order."""
        rule = self.rule_id
        if not rule:
            return [part for part in PARTS if part in USUAL]
        return [part for part in PARTS if rule[f"capture_{part}"]]

    def _since(self):
        """Return since when a change may be to blame: the last success."""
        return self.workflow_id.last_success_at or self.first_seen_at - CHANGES_BEFORE

    def _rows(self, query, **params):
        cr = self.env.cr
        cr.execute(SQL(query, **params), log_exceptions=False)
        return [
            {key: _plain(value) for key, value in row.items()}
            for row in cr.dictfetchall()
        ]

    def _capture_runs(self, now):
        """The last runs of the workflow."""
        if not self.workflow_id:
            return {}
        rows = self._rows(
            """
            SELECT id, state, started_at, duration_ms, error_message, fingerprint
              FROM monitor_run WHERE workflow_id = %(workflow)s
             ORDER BY started_at DESC, id DESC LIMIT %(limit)s
            """,
            workflow=self.workflow_id.id,
            limit=MAX_RUNS,
        )
        return {"runs": rows}

    def _capture_changes(self, now):
        """Who changed the automation, what automations changed, new module versions."""
        since = self._since()
        versions = self.env["monitor.module.version"]._changes_since(since, MAX_ROWS)
        return {
            "since": str(since),
            "edits": self._edits(since),
            "record_changes": self._record_changes(since),
            "modules": versions,
        }

    def _edits(self, since):
        """Return edits of the automation itself: Odoo keeps the last of each record."""
        edits = []
        for record in self._automation_records():
            if record.write_date and record.write_date > since:
                edits.append(
                    {
                        "model": record._name,
                        "id": record.id,
                        "name": record.display_name,
                        "at": str(record.write_date.replace(microsecond=0)),
                        "user": record.write_uid.login,
                    }
                )
        return edits

    def _automation_records(self):
        """Return the source of the workflow, with the actions it runs."""
        workflow = self.workflow_id
        if not workflow.source_model or workflow.source_model not in self.env:
            return []
        # sudo: the tick looks for everybody; operators and auditors read the outcome
        source = self.env[workflow.source_model].sudo().browse(workflow.source_id)
        source = source.exists()
        records = list(source)
        for name in ("ir_actions_server_id", "action_server_ids"):
            if source and name in source._fields:
                records.extend(source[name])
        return records

    def _record_changes(self, since):
        """Return what automations changed of the record: names of fields, no values."""
        if not self.res_id:
            return []
        return self._rows(
            """
            SELECT occurred_at AS at, operation, source_ref,
                   CASE WHEN operation = 'write' THEN ARRAY(
                        SELECT jsonb_object_keys(changes)) END AS fields
              FROM monitor_change
             WHERE model = %(model)s AND res_id = %(res_id)s AND occurred_at > %(since)s
             ORDER BY id DESC LIMIT %(limit)s
            """,
            model=self.model,
            res_id=self.res_id,
            since=since,
            limit=MAX_ROWS,
        )

    def _capture_queues(self, now):
        """How much waits: mails, texts, jobs, scheduled actions that are overdue."""
        queues = []
        for model, (table, column, states) in QUEUES.items():
            if model in self.env:
                rows = self._rows(
                    """
                    SELECT %(column)s AS state, count(*) AS number,
                           min(create_date) AS oldest
                      FROM %(table)s WHERE %(column)s IN %(states)s GROUP BY 1
                    """,
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    states=states,
                )
                queues += [{"queue": model, **row} for row in rows]
        queues += self._rows(
            """
            SELECT 'ir.cron' AS queue, 'overdue' AS state, count(*) AS number,
                   min(nextcall) AS oldest
              FROM ir_cron WHERE active AND nextcall < %(now)s HAVING count(*) > 0
            """,
            now=now,
        )
        return {"queues": queues}

    def _capture_database(self, now):
        """Who waits for whom in this database, and what takes longest."""
        # PostgreSQL shows a transaction the sessions as they were when it first looked.
        self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
        locks = self._rows(
            """
            SELECT a.pid, a.state, a.wait_event, a.query,
                   extract(epoch FROM clock_timestamp() - a.query_start)::int
                       AS seconds, pg_blocking_pids(a.pid) AS waits_for
              FROM pg_stat_activity a
             WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
               AND a.state <> 'idle'
             ORDER BY cardinality(pg_blocking_pids(a.pid)) DESC, a.query_start
             LIMIT %(limit)s
            """,
            limit=MAX_ROWS,
        )
        for row in locks:
            row["query"] = captured.normal_statement(row["query"] or "")
        return {"locks": locks, "statements": self._statements()}

    def _statements(self):
        """Return the slowest statements, where PostgreSQL counts them."""
        self.env.cr.execute("SELECT to_regclass('pg_stat_statements') IS NOT NULL")
        if not self.env.cr.fetchone()[0]:
            return []
        try:
            with self.env.cr.savepoint():
                rows = self._rows(
                    """
                    SELECT query, calls, round(mean_exec_time)::int AS mean_ms,
                           round(total_exec_time)::bigint AS total_ms
                      FROM pg_stat_statements
                     WHERE dbid = (SELECT oid FROM pg_database
                                    WHERE datname = current_database())
                     ORDER BY total_exec_time DESC LIMIT 10
                    """
                )
        except Exception:
            # The extension is there, but not loaded or not ours to read.
            _logger.info("pg_stat_statements cannot be read", exc_info=True)
            return []
        for row in rows:
            row["query"] = captured.normal_statement(row["query"] or "")
        return rows

    def _capture_logs(self, now):
        """Warnings and errors of the time, where Odoo logs to the database."""
        rows = self._rows(
            """
            SELECT create_date AS at, level, name AS logger, message FROM (
                SELECT * FROM ir_logging ORDER BY id DESC LIMIT %(lines)s) newest
             WHERE create_date >= %(since)s
               AND level IN ('WARNING', 'ERROR', 'CRITICAL')
             ORDER BY id DESC LIMIT %(limit)s
            """,
            lines=LOG_LINES,
            since=self.first_seen_at - LOG_BEFORE,
            limit=MAX_ROWS,
        )
        for row in rows:
            row["message"] = (row["message"] or "")[:500]
        return {"logs": rows}

    @api.depends("captured_context")
    @api.depends_context("lang", "tz")
    def _compute_evidence_html(self):
        for incident in self:
            context = incident.captured_context
            incident.evidence_html = (
                incident._render_context(context) if context else False
            )

    def _render_context(self, context):
        """Return the context as tables for people, in their language and zone."""

        def moment(text):
            return format_datetime(self.env, text[:19]) if text else ""

        def duration(milliseconds):
            return schedule.format_duration(milliseconds) if milliseconds else ""

        # No rule of access in it: the values are those of this one field.
        return Markup(
            self.env["ir.qweb"]._render(
                "monitor_incident.captured_context",
                {
                    "context": context,
                    "moment": moment,
                    "duration": duration,
                    "states": dict(
                        self.env["monitor.run"]
                        ._fields["state"]
                        ._description_selection(self.env)
                    ),
                },
            )
        )


def _plain(value):
    """Return a value of PostgreSQL as JSON knows it."""
    if value is None or isinstance(value, (bool, int, float, str, list)):
        return value
    return str(value)


def _storable(value):
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return payload.storable_text(value) if isinstance(value, str) else value
