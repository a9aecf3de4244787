from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.monitor_core.tools import outgoing

from .monitor_deadman import INSECURE, URL
from .monitor_metrics import DEFAULT_MAX_WORKFLOWS, MAX_WORKFLOWS
from .monitor_ping import MAX_MADE


class ResConfigSettings(models.TransientModel):
    """The block *Gateway* of the settings."""

    _inherit = "res.config.settings"

    monitor_metrics_max_workflows = fields.Integer(
        string="Workflows with series of their own",
        config_parameter=MAX_WORKFLOWS,
        default=DEFAULT_MAX_WORKFLOWS,
    )
    monitor_deadman_url = fields.Char(string="Ping address", config_parameter=URL)
    monitor_deadman_insecure = fields.Boolean(
        string="Allow http:// and private addresses", config_parameter=INSECURE
    )
    monitor_deadman_last_ping_at = fields.Datetime(
        string="Last ping", compute="_compute_monitor_deadman"
    )
    monitor_deadman_last_error = fields.Char(
        string="Last error", compute="_compute_monitor_deadman"
    )
    monitor_deadman_last_error_at = fields.Datetime(
        string="Failed at", compute="_compute_monitor_deadman"
    )

    monitor_ping_key = fields.Char(
        related="company_id.monitor_ping_key",
        groups="monitor_core.group_monitor_operator",
    )

    monitor_max_made_heartbeats = fields.Integer(
        string="Heartbeats made by pings",
        compute="_compute_monitor_max_made_heartbeats",
        inverse="_inverse_monitor_max_made_heartbeats",
        readonly=False,
    )

    @api.depends("company_id")
    def _compute_monitor_max_made_heartbeats(self):
        # sudo: whoever may open the settings may see them
        limit = self.env["monitor.ping"].sudo()._max_made()
        self.monitor_max_made_heartbeats = limit

    def _inverse_monitor_max_made_heartbeats(self):
        """Store also 0, which means no limit; ``config_parameter`` deletes it."""
        for settings in self:
            text = str(settings.monitor_max_made_heartbeats)
            self.env["ir.config_parameter"].set_param(MAX_MADE, text)

    @api.constrains("monitor_max_made_heartbeats")
    def _check_monitor_max_made_heartbeats(self):
        for settings in self:
            if settings.monitor_max_made_heartbeats < 0:
                raise ValidationError(
                    self.env._("Heartbeats made by pings: 0 or more.")
                )

    @api.depends("company_id")
    def _compute_monitor_deadman(self):
        deadman = self.env["monitor.deadman"].sudo()._get()  # settings: for admins only
        for settings in self:
            settings.monitor_deadman_last_ping_at = deadman.last_ping_at
            settings.monitor_deadman_last_error = deadman.last_error
            settings.monitor_deadman_last_error_at = deadman.last_error_at

    @api.constrains("monitor_metrics_max_workflows")
    def _check_monitor_metrics_max_workflows(self):
        for settings in self:
            if settings.monitor_metrics_max_workflows < 1:
                raise ValidationError(
                    self.env._("Workflows with series of their own: at least 1.")
                )

    @api.constrains("monitor_deadman_url", "monitor_deadman_insecure")
    def _check_monitor_deadman_url(self):
        """Refuse what can never work; what a name resolves to is asked at each ping."""
        for settings in self.filtered("monitor_deadman_url"):
            try:
                outgoing.parse(
                    settings.monitor_deadman_url.strip(),
                    allow_http=settings.monitor_deadman_insecure,
                )
            except outgoing.Refused as refused:
                raise ValidationError(
                    self.env._("Ping address: %s.", refused)
                ) from refused

    def action_rotate_monitor_ping_key(self):
        """Give the company a new ping key; the old one is unknown from now on."""
        if not self.env.user.has_group("monitor_core.group_monitor_manager"):
            raise AccessError(
                self.env._("Only monitor managers may change a ping key.")
            )
        # sudo: managers of the Monitor need not be allowed to edit companies
        self.company_id.sudo()._rotate_monitor_ping_key()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
