from odoo import fields, models

from ..tools.scales import CHANNELS, NOTIFICATION_STATES


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
    reason = fields.Char(readonly=True)
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
    _due_idx = models.Index("(next_attempt_at) WHERE state IN ('queued', 'sending')")
