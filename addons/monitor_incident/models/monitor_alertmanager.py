from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.tools import address_token, payload, redaction
from odoo.addons.monitor_core.tools.scales import SEVERITIES

from ..tools import alertmanager

MANAGERS = "monitor_core.group_monitor_manager"


class MonitorAlertmanager(models.Model):
    """A door for the alerts of one Prometheus Alertmanager."""

    _name = "monitor.alertmanager"
    _description = "Monitor Alertmanager Receiver"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: address_token.new(),
        groups=MANAGERS,
        help="Part of the address: whoever knows it may send alerts.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
        help="Empty: the incidents are visible in all companies.",
    )
    team_id = fields.Many2one(
        comodel_name="monitor.team",
        string="Responsible Team",
        help="Incidents belong to this team; without one, to the managers.",
    )
    incident_severity = fields.Selection(
        selection=SEVERITIES,
        required=True,
        default="error",
        string="Open Incidents From",
        help="Alerts at least this severe open an incident, others are only listed.",
    )
    default_severity = fields.Selection(
        selection=SEVERITIES,
        required=True,
        default="warning",
        help="Of alerts whose label severity is missing or not known.",
    )
    severity_map = fields.Text(
        string="Severities",
        help="A line for each word that your rules write into the label severity and "
        "that is not known by itself: “P1 = critical”. Known are info, warning, error, "
        "critical, page, high, medium, low and the like.",
    )
    url = fields.Char(string="Address", compute="_compute_url", groups=MANAGERS)
    snippet = fields.Text(
        string="For alertmanager.yml", compute="_compute_url", groups=MANAGERS
    )
    last_call_at = fields.Datetime(string="Last Message", readonly=True, copy=False)
    call_count = fields.Integer(string="Messages", readonly=True, copy=False)
    alert_count = fields.Integer(string="Alerts Received", readonly=True, copy=False)
    truncated_count = fields.Integer(
        string="Alerts Left Out",
        readonly=True,
        copy=False,
        help="What Alertmanager left out because of max_alerts.",
    )
    open_alert_count = fields.Integer(
        string="Open Alerts", compute="_compute_open_alert_count"
    )

    _token_uniq = models.UniqueIndex("(token)")

    @api.depends("token", "name")
    def _compute_url(self):
        # sudo: everybody's links begin with it
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        for receiver in self:
            receiver.url = f"{base}/monitor/alertmanager/{receiver.token}"
            receiver.snippet = alertmanager.snippet(receiver.url, receiver.name or "")

    def _compute_open_alert_count(self):
        groups = self.env["monitor.alert"]._read_group(
            [("alertmanager_id", "in", self.ids), ("state", "!=", "resolved")],
            ["alertmanager_id"],
            ["__count"],
        )
        counts = {receiver.id: count for receiver, count in groups}
        for receiver in self:
            receiver.open_alert_count = counts.get(receiver.id, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_ends_alerts(self):
        """Through a receiver that is deleted nobody says anything more."""
        self.env["monitor.alert"]._end([("alertmanager_id", "in", self.ids)])

    @api.constrains("severity_map")
    def _check_severity_map(self):
        for receiver in self:
            try:
                alertmanager.parse_severities(receiver.severity_map or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Severities: “%s” is not understood. Write lines like "
                        "“P1 = critical”; the severities are info, warning, error and "
                        "critical.",
                        error,
                    )
                ) from None

    def action_rotate_token(self):
        """Give a new address; the old one is unknown from now on."""
        for receiver in self:
            receiver.token = address_token.new()
        return True

    def action_open_alerts(self):
        """Show what came in by this door."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Alerts from %s", self.name),
            "res_model": "monitor.alert",
            "view_mode": "list,form",
            "domain": [("alertmanager_id", "=", self.id)],
        }

    @api.model
    def _addressed(self, token):
        """Return the receiver at that address, or none."""
        if not address_token.is_token(token):
            return self.browse()
        receiver = self.search([("token", "=", token)])
        known = address_token.is_same(receiver.token, token)
        return receiver if known else self.browse()

    def _source(self):
        """Return what tells its alerts from those of others."""
        self.ensure_one()
        return f"alertmanager:{self.id}"

    def _receive(self, body, now):
        """Take one message; the same again changes nothing but the figures.

        :param body: the parsed JSON
        :return: how many alerts it had
        :raises alertmanager.BadNotification: when it is no message of Alertmanager
        """
        self.ensure_one()
        message = alertmanager.parse(
            body,
            now,
            alertmanager.parse_severities(self.severity_map or ""),
            self.default_severity,
        )
        alerts = [self._clean(alert) for alert in message.alerts]
        # First, so that of two messages at once one is done again, with all it then
        # sees: both would open the incident of the group.
        self._count(len(alerts), message.truncated, now)
        self.env["monitor.alert"]._take_external(self, alerts, message.group_key, now)
        return len(alerts)

    def _clean(self, alert):
        """Return an alert without secrets: what it says was written by somebody."""
        policy = self.env["monitor.config"]._redaction()

        def clean(texts):
            return redaction.redact(
                {
                    payload.storable_text(key): payload.storable_text(text)
                    for key, text in texts.items()
                },
                policy,
            )

        return replace(
            alert,
            key=payload.storable_text(alert.key),
            labels=clean(alert.labels),
            annotations=clean(alert.annotations),
            title=redaction.redact_text(payload.storable_text(alert.title), policy),
        )

    def _count(self, alerts, truncated, now):
        """Add up what came; of two messages at once Odoo repeats one."""
        self.flush_recordset()
        self.env.cr.execute(
            """
            UPDATE monitor_alertmanager
               SET last_call_at = %s, call_count = coalesce(call_count, 0) + 1,
                   alert_count = coalesce(alert_count, 0) + %s,
                   truncated_count = coalesce(truncated_count, 0) + %s
             WHERE id = %s
            """,
            [now, alerts, truncated, self.id],
        )
        self.invalidate_recordset(flush=False)
