import math
import secrets
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from odoo.addons.monitor_core.models.columns import BigInteger, LooseMany2one
from odoo.addons.monitor_core.tools import redaction

from ..tools import ping

KEPT = 100  # pings per heartbeat
RECENT = timedelta(minutes=10)  # what the tick trims; the rest is for the nightly job
PIECE = 8_192  # characters redacted at a time: half of what redaction looks at
PREVIEW = 120
MAKING_LOCK = 0x4D4F4E50  # advisory lock "MONP": heartbeats are made one by one
MAX_MADE = "monitor_gateway.max_made_heartbeats"  # by pings, in a company
DEFAULT_MAX_MADE = 100
NO_RID = "ping-"  # begins the correlation id of runs whose start gave no run id
SIGNALS = [
    ("success", "Success"),
    ("start", "Start"),
    ("fail", "Failure"),
    ("log", "Log"),
]
GIVEN_UP = "A newer run took its place, and no end was reported."
PRIVILEGED = "monitor_core.group_monitor_operator,monitor_core.group_monitor_auditor"


class TooManyHeartbeats(Exception):
    """The pings of a company have made as many heartbeats as they may."""


class MonitorPing(models.Model):
    """One sign of life of a heartbeat, with what the job printed.

    The last 100 of each heartbeat are kept; the runs they told of stay longer.
    """

    _name = "monitor.ping"
    _description = "Heartbeat Ping"
    _log_access = False
    _order = "id desc"
    _rec_name = "signal"

    workflow_id = LooseMany2one(
        comodel_name="monitor.workflow", string="Heartbeat", readonly=True
    )
    run_id = LooseMany2one(comodel_name="monitor.run", readonly=True)
    recorded_at = fields.Datetime(string="Received", readonly=True, required=True)
    signal = fields.Selection(selection=SIGNALS, readonly=True, required=True)
    exit_status = fields.Char(readonly=True, help="As the job gave it, if it did.")
    rid = fields.Char(string="Run ID", readonly=True)
    duration_ms = BigInteger(string="Duration (ms)", readonly=True, aggregator="avg")
    method = fields.Char(readonly=True)
    remote_address = fields.Char(string="From", readonly=True, groups=PRIVILEGED)
    user_agent = fields.Char(readonly=True, groups=PRIVILEGED)
    body = fields.Text(readonly=True, groups=PRIVILEGED, help="Redacted.")
    body_size = fields.Integer(
        string="Size (bytes)", readonly=True, aggregator=None, help="As it was sent."
    )
    preview = fields.Char(
        string="What it printed", compute="_compute_preview", groups=PRIVILEGED
    )

    _workflow_idx = models.Index("(workflow_id, id DESC)")
    _recent_idx = models.Index("(recorded_at)")

    @api.depends("body")
    def _compute_preview(self):
        for record in self:
            lines = (record.body or "").strip().splitlines()
            record.preview = lines[-1][:PREVIEW] if lines else False

    # Addresses

    @api.model
    def _addressed(self, target):
        """Return the heartbeats that ``target`` addresses; by name maybe several."""
        heartbeats = self.env["monitor.workflow"]
        if not target:
            return heartbeats
        domain = [("kind", "=", "heartbeat")]
        if target.uuid:
            return heartbeats.search([*domain, ("ping_uuid", "=", target.uuid)])
        company = self._company_of(target.key)
        if not company:
            return heartbeats
        return heartbeats.search(
            [
                *domain,
                ("ping_slug", "=", target.slug),
                ("company_id", "in", [company.id, False]),
            ]
        )

    @api.model
    def _company_of(self, key):
        return self.env["res.company"].search([("monitor_ping_key", "=", key)])

    @api.model
    def _create_heartbeat(self, target):
        """Make the heartbeat that a job asks for by name; none for a wrong key.

        :raises TooManyHeartbeats: when pings have made as many as the company allows
        """
        heartbeats = self.env["monitor.workflow"]
        company = target and target.slug and self._company_of(target.key)
        if not company:
            return heartbeats
        if self._wait_for_turn(target.slug, company) >= (self._max_made() or math.inf):
            raise TooManyHeartbeats
        # Of no user: the job is none, and the chatter names OdooBot.
        return heartbeats.with_user(SUPERUSER_ID).create(
            {
                "name": target.slug,
                "code": heartbeats._free_heartbeat_code(target.slug),
                "ping_slug": target.slug,
                "kind": "heartbeat",
                "made_by_ping": True,
                "company_id": company.id,
            }
        )

    @api.model
    def _max_made(self):
        """Return how many heartbeats the pings of a company may make; 0: any number."""
        return self.env["monitor.config"]._number(MAX_MADE, DEFAULT_MAX_MADE)

    @api.model
    def _wait_for_turn(self, name, company):
        """Let other pings finish that make heartbeats; then look afresh.

        Our transaction does not see what was committed since it began: if another
        ping made the heartbeat meanwhile, Odoo runs this one again, and it finds it.

        :return: how many heartbeats the pings of the company have made up to now
        """
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s)", MAKING_LOCK))
        known = SQL(
            "SELECT count(*) FROM monitor_workflow WHERE code = %s OR ping_slug = %s",
            name,
            name,
        )
        made = SQL(
            "SELECT count(*) FROM monitor_workflow "
            "WHERE made_by_ping AND company_id = %s",
            company.id,
        )
        with self.env.registry.cursor() as fresh:
            fresh.execute(known)
            (committed,) = fresh.fetchone()
            fresh.execute(made)
            (count,) = fresh.fetchone()
        ((seen,),) = self.env.execute_query(known)
        if committed != seen:
            raise ConcurrencyError(f"heartbeat {name} was just made")
        return count

    # Receiving

    @api.model
    def _receive(self, heartbeat, target, rid, sent, now):
        """Record a ping and what it tells about a run."""
        text = self._redact(ping.readable(sent["body"]))
        open_runs, same = self._known_runs(heartbeat, rid, now)
        plan = ping.plan(target.signal, rid, open_runs, same, now)
        run = self._follow(heartbeat, plan, target, text, now)
        self._store(
            {
                "workflow_id": heartbeat.id,
                "run_id": run.id or None,
                "recorded_at": now,
                "rid": rid,
                "duration_ms": run.duration_ms if plan.measured else None,
                **self._told(target, sent, text),
            }
        )

    @api.model
    def _follow(self, heartbeat, plan, target, text, now):
        """Do to the runs what is planned; return the one that the ping tells of."""
        runs = self.env["monitor.run"]
        for run in runs.browse(plan.give_up):
            run._finish("cancelled", GIVEN_UP, now)
        run, values = runs.browse(plan.about or []), self._values(now)
        if plan.create:
            run = self._create_run(heartbeat, target.signal, plan.rid, values)
        if target.signal == "log":
            heartbeat._add_reported_event(run, "log", values, workflow=heartbeat)
        elif plan.end or (plan.create and target.signal != "start"):
            error = None
            if target.signal == "fail":
                error = ping.error_line(text, target.exit_status)
            outcome = ping.OUTCOMES[target.signal]
            run._finish(outcome, error, now, measured=plan.measured)
        return run

    @api.model
    def _known_runs(self, heartbeat, rid, now):
        """Return the runs under way, locked against a second ping, and that of ``rid``.

        Who reports at the same time waits; if it changed what we see, Odoo tries again.
        """
        self.env["monitor.run"].flush_model()
        self.env.cr.execute(
            """
            SELECT id, correlation_id, started_at, state, finished_at FROM monitor_run
             WHERE workflow_id = %s AND source_ref IS NULL
               AND (state IN ('running', 'stalled') OR correlation_id = %s)
             ORDER BY started_at, id FOR UPDATE
            """,
            [heartbeat.id, rid],
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        answer_within = heartbeat._answer_within()
        known = [
            ping.Run(
                id=run_id,
                rid=None if correlation_id.startswith(NO_RID) else correlation_id,
                started_at=started_at,
                overdue=now >= started_at + answer_within,
                state=state,
                ended_at=finished_at,
            )
            for run_id, correlation_id, started_at, state, finished_at in rows
        ]
        same = next((run for run in known if rid and run.rid == rid), None)
        return [run for run in known if run.state in ("running", "stalled")], same

    @api.model
    def _values(self, now):
        """Return what runs and events are made of; who pings has no account."""
        return {
            **dict.fromkeys(("traceparent", "context", "model", "record_id")),
            "now": now,
            "occurred_at": now,
            "user_id": None,
            "company_id": None,
            "source": "ping",
        }

    @api.model
    def _create_run(self, heartbeat, signal, rid, values):
        correlation_id = rid or NO_RID + secrets.token_hex(16)
        if signal == "start":
            return heartbeat._create_reported_run(heartbeat, correlation_id, values)
        return heartbeat._insert_reported_run(
            heartbeat._reported_columns(heartbeat, correlation_id, values)
        )

    @api.model
    def _told(self, target, sent, text):
        """Return what is kept of the request itself."""
        status = target.exit_status
        return {
            "signal": target.signal,
            "exit_status": None if status is None else str(status),
            "method": sent["method"],
            "remote_address": sent["remote_address"],
            "user_agent": self._redact(sent["user_agent"]),
            "body": text or None,
            "body_size": len(sent["body"]),
        }

    @api.model
    def _redact(self, text):
        """Return a long text redacted, in pieces: redaction bounds its input."""
        policy = self.env["monitor.config"]._redaction()
        return "".join(
            redaction.redact_text(piece, policy) for piece in ping.pieces(text, PIECE)
        )

    @api.model
    def _store(self, columns):
        self.env.cr.execute(
            SQL(
                "INSERT INTO monitor_ping (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
        )

    # Retention

    @api.model
    def _trim_recent(self, now):
        """Keep the last pings of each heartbeat that lately got one.

        In the tick and not while receiving: two pings at once would delete the same
        rows, and one of them had to be done again.
        """
        self._trim(SQL("recorded_at > %s", now - RECENT))

    @api.autovacuum
    def _gc_pings(self):
        """Trim all of them, also where no tick ran for a while."""
        self._trim(SQL("TRUE"))

    @api.model
    def _trim(self, condition):
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM monitor_ping WHERE id IN (
                    SELECT old.id
                      FROM (SELECT DISTINCT workflow_id FROM monitor_ping WHERE %s) w,
                           LATERAL (SELECT id FROM monitor_ping p
                                     WHERE p.workflow_id = w.workflow_id
                                     ORDER BY id DESC OFFSET %s) old)
                """,
                condition,
                KEPT,
            )
        )
        self.invalidate_model(flush=False)
