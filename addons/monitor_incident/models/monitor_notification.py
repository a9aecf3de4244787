import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.fingerprint import is_retryable

from ..tools import retry
from ..tools.scales import (
    CHANNELS,
    NOTIFICATION_REASONS,
    NOTIFICATION_STATES,
    OPEN_STATES,
)
from .transactions import anew

_logger = logging.getLogger(__name__)

BATCH = 50
#: How long a claimed row is left to who claimed it.
LEASE = timedelta(minutes=5)
#: What else is tried for a person whom one channel does not reach.
FALLBACKS = ("activity", "inbox", "discuss", "sms")
UNTOLD_SHOWN = timedelta(hours=24)


class MonitorNotification(models.Model):
    """One message to one person by one channel: the log that keeps it single."""

    _name = "monitor.notification"
    _description = "Monitor Notification"
    _log_access = False
    _order = "created_at desc, id desc"

    incident_id = fields.Many2one(
        comodel_name="monitor.incident",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    step_key = fields.Char(
        required=True,
        readonly=True,
        help="Which step of which round: the same is not told twice.",
    )
    reason = fields.Selection(selection=NOTIFICATION_REASONS, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", ondelete="cascade", readonly=True
    )
    channel_id = fields.Many2one(
        comodel_name="discuss.channel",
        string="Discuss Channel",
        ondelete="cascade",
        readonly=True,
    )
    channel = fields.Selection(selection=CHANNELS, required=True, readonly=True)
    state = fields.Selection(
        selection=NOTIFICATION_STATES, required=True, default="queued", readonly=True
    )
    created_at = fields.Datetime(required=True, readonly=True)
    sent_at = fields.Datetime(readonly=True)
    attempt_count = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime(readonly=True)
    error_message = fields.Char(readonly=True)
    company_id = fields.Many2one(related="incident_id.company_id")

    _once = models.UniqueIndex(
        "(incident_id, step_key, channel, coalesce(user_id, 0), "
        "coalesce(channel_id, 0))"
    )
    _due_idx = models.Index("(next_attempt_at) WHERE next_attempt_at IS NOT NULL")
    _untold_idx = models.Index("(created_at) WHERE state = 'failed'")

    @api.model
    def _queue(self, incident, key, users, discuss_channel, channels, now, *, reason):
        """Note what is to be sent; what was noted before is not noted again.

        An activity leaves the database for nowhere: it is made at once.

        :param str reason: why they are told, a value of ``NOTIFICATION_REASONS``
        """
        targets = [(user.id, None, name) for user in users for name in channels]
        targets += [(None, channel.id, "discuss") for channel in discuss_channel]
        for user_id, channel_id, name in targets:
            target = (user_id, channel_id, name)
            noted = self._insert(incident, key, target, "queued", now, reason)
            if name == "activity" and noted:
                noted.attempt_count = 1
                noted._attempt(now)

    @api.model
    def _insert(self, incident, key, target, state, now, reason, *, error=None):
        """Note one message; return it, or nothing if it was noted before.

        :param target: ``(user id, Discuss channel id, name of the channel)``
        """
        incident.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO monitor_notification
                    (incident_id, step_key, user_id, channel_id, channel, state,
                     created_at, attempt_count, next_attempt_at, reason,
                     error_message)
                VALUES (%s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s)
                ON CONFLICT DO NOTHING RETURNING id
                """,
                incident.id,
                key,
                *target,
                state,
                now,
                now if state == "queued" else None,
                reason,
                error,
            )
        )
        return self.browse([row[0] for row in rows])

    @api.model
    def _wake_delivery(self, now):
        """Have what is due sent as soon as this transaction is committed."""
        if not self.search([("next_attempt_at", "<=", now)], limit=1):
            return
        cron = self.env.ref(
            "monitor_incident.ir_cron_monitor_deliver", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()  # sudo: whoever has somebody told

    @api.model
    def _cron_deliver(self):
        """Send what is due; a slow mail server holds up neither tick nor escalation."""
        if self.env["monitor.config"]._switches().enabled:
            self._deliver(clock.utcnow(), self.env["ir.cron"]._commit_progress)

    @api.model
    def _note_nobody(self, incident, key, now):
        """Note that a step reached nobody at all: the monitor's own state shows it."""
        error = self.env._("Nobody of this level can be reached.")
        target = (None, None, "activity")
        self._insert(incident, key, target, "failed", now, "level", error=error)

    @api.model
    def _deliver(self, now, commit=None):
        """Send what is due, batch by batch.

        A row is claimed and the claim committed before it is sent, so no two processes
        send it, and one that dies in between leaves it to be sent again after LEASE.
        """
        while claimed := anew(self.env, lambda: self._claim(now), commit):
            for notification in claimed:
                anew(self.env, lambda one=notification: one._attempt(now), commit)

    @api.model
    def _claim(self, now, limit=BATCH):
        """Return rows that are due, now claimed for this process."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE monitor_notification
                   SET state = 'sending', attempt_count = attempt_count + 1,
                       next_attempt_at = %s
                 WHERE id IN (SELECT id FROM monitor_notification
                               WHERE next_attempt_at <= %s
                               ORDER BY next_attempt_at, id
                               LIMIT %s FOR UPDATE SKIP LOCKED)
             RETURNING id
                """,
                now + LEASE,
                now,
                limit,
            )
        )
        claimed = self.browse(sorted(row[0] for row in rows))
        claimed.invalidate_recordset()
        return claimed

    def _attempt(self, now):
        """Send one; what fails is tried again later, and by another channel now."""
        self.ensure_one()
        if self._is_moot():
            self.write({"state": "suppressed", "next_attempt_at": False})
            return
        try:
            with self.env.cr.savepoint():
                self._send()
                self.write(
                    {
                        "state": "sent",
                        "sent_at": now,
                        "next_attempt_at": False,
                        "error_message": False,
                    }
                )
        except Exception as error:
            if is_retryable(error):
                raise
            self.env.invalidate_all(flush=False)
            _logger.warning("Notification %s was not sent: %s", self.id, error)
            self._failed(f"{type(error).__name__}: {error}"[:500], now)

    def _is_moot(self):
        """Whether it is not so any more: it is over or, told as over, open again."""
        state = self.incident_id.state
        if self.reason == "resolved":
            return state != "resolved"
        return state not in OPEN_STATES

    def _failed(self, error, now):
        again = retry.next_attempt(self.attempt_count, now)
        self.write(
            {"state": "failed", "error_message": error, "next_attempt_at": again}
        )
        others = self._siblings()
        if not self.user_id or "sent" in others.mapped("state"):
            return
        used = set(others.mapped("channel")) | {self.channel}
        name = next((n for n in FALLBACKS if n not in used and self._offers(n)), None)
        if name:
            args = (self.incident_id, self.step_key, (self.user_id.id, None, name))
            self._insert(*args, "queued", now, self.reason)

    def _siblings(self):
        """Return the other messages of this step to this person."""
        return self.search(
            [
                ("incident_id", "=", self.incident_id.id),
                ("step_key", "=", self.step_key),
                ("user_id", "=", self.user_id.id),
                ("id", "!=", self.id),
            ]
        )

    def _offers(self, name):
        """Whether a channel exists here for this person."""
        if name == "activity":
            return self.reason != "resolved"  # nothing is left to do
        if name == "sms":
            return "sms.sms" in self.env and bool(self.user_id.partner_id.phone)
        return True

    @api.model
    def _untold(self, now):
        """Return the incidents of which, lately, nobody could be told."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT n.incident_id FROM monitor_notification n
                  JOIN monitor_incident i ON i.id = n.incident_id AND i.state IN %s
                 WHERE n.state = 'failed' AND n.created_at > %s
                   AND NOT EXISTS (
                        SELECT 1 FROM monitor_notification s
                         WHERE s.incident_id = n.incident_id
                           AND s.created_at >= n.created_at
                           AND s.state IN ('sent', 'queued', 'sending'))
                """,
                OPEN_STATES,
                now - UNTOLD_SHOWN,
            )
        )
        return self.env["monitor.incident"].browse([row[0] for row in rows])
