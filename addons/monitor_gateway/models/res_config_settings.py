import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.monitor_core.tools import outgoing, sealed, secret_key

from .monitor_deadman import INSECURE, URL
from .monitor_export import BOTH
from .monitor_export import PREFIX as EXPORT
from .monitor_metrics import DEFAULT_MAX_WORKFLOWS, MAX_WORKFLOWS
from .monitor_ping import MAX_MADE

# RFC 9110, 5.1 and 5.5
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: *[\x21-\x7e]([\t\x20-\x7e]*)")


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

    monitor_export_enabled = fields.Boolean(
        string="Export by OpenTelemetry", config_parameter=f"{EXPORT}enabled"
    )
    monitor_export_url = fields.Char(
        string="Collector", config_parameter=f"{EXPORT}url"
    )
    monitor_export_insecure = fields.Boolean(
        string="Allow http:// and private addresses to the collector",
        config_parameter=f"{EXPORT}insecure",
    )
    monitor_export_what = fields.Selection(
        selection=[
            (BOTH, "Runs and statistics"),
            ("runs", "Runs only"),
            ("metrics", "Statistics only"),
        ],
        string="What is sent",
        config_parameter=f"{EXPORT}what",
        default=BOTH,
    )
    monitor_export_details = fields.Boolean(
        string="With tracebacks and context", config_parameter=f"{EXPORT}details"
    )
    # Never stored here, nor read back: only sealed, see tools/sealed.py.
    monitor_export_headers = fields.Text(
        string="New headers",
        compute="_compute_monitor_export",
        inverse="_inverse_monitor_export_headers",
        readonly=False,
    )
    monitor_export_has_headers = fields.Boolean(compute="_compute_monitor_export")
    monitor_export_state = fields.Char(
        string="Export so far", compute="_compute_monitor_export"
    )
    monitor_export_last_error = fields.Char(
        string="Last error of the export", compute="_compute_monitor_export"
    )
    monitor_export_last_error_at = fields.Datetime(
        string="Export failed at", compute="_compute_monitor_export"
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
        self.monitor_deadman_last_ping_at = deadman.last_ping_at
        self._show_last_error("monitor_deadman", deadman)

    @api.constrains("monitor_metrics_max_workflows")
    def _check_monitor_metrics_max_workflows(self):
        for settings in self:
            if settings.monitor_metrics_max_workflows < 1:
                raise ValidationError(
                    self.env._("Workflows with series of their own: at least 1.")
                )

    @api.constrains("monitor_deadman_url", "monitor_deadman_insecure")
    def _check_monitor_deadman_url(self):
        for settings in self.filtered("monitor_deadman_url"):
            refused = _refusal(
                settings.monitor_deadman_url, settings.monitor_deadman_insecure
            )
            if refused:
                raise ValidationError(self.env._("Ping address: %s.", refused))

    def set_values(self):
        """Let the export ask a collector at once whose settings were changed."""
        export = self.env["monitor.export"].sudo()  # settings: for admins only
        before = export._parameters()
        result = super().set_values()
        if export._parameters() != before:
            export._try_again()
        return result

    @api.depends("company_id")
    def _compute_monitor_export(self):
        export = self.env["monitor.export"].sudo()  # settings: for admins only
        row = export.search([], limit=1)
        headers = export._parameters().get("headers")
        self.monitor_export_headers = False
        self.monitor_export_has_headers = bool(headers)
        self.monitor_export_state = row and row._in_words()
        self._show_last_error("monitor_export", row)

    def _show_last_error(self, prefix, row):
        """Fill the two fields ``<prefix>_last_error…`` from ``row``."""
        self[f"{prefix}_last_error"] = row.last_error
        self[f"{prefix}_last_error_at"] = row.last_error_at

    @api.constrains("monitor_export_url", "monitor_export_insecure")
    def _check_monitor_export_url(self):
        for settings in self.filtered("monitor_export_url"):
            refused = _refusal(
                settings.monitor_export_url, settings.monitor_export_insecure
            )
            if refused:
                raise ValidationError(self.env._("Collector: %s.", refused))

    def _inverse_monitor_export_headers(self):
        for settings in self.filtered("monitor_export_headers"):
            lines = settings.monitor_export_headers.strip().splitlines()
            if not all(map(HEADER.fullmatch, lines)):
                raise ValidationError(
                    self.env._("Headers: one a line, as in “Authorization: Bearer …”.")
                )
            key = self.env["monitor.config"]._secret_key()
            if secret_key.key_state(key) != "ready":
                raise ValidationError(
                    self.env._(
                        "Secrets are stored encrypted, with a key that is not in the "
                        "database. Add this line to odoo.conf and restart Odoo: %s",
                        secret_key.hint(),
                    )
                )
            self.env["ir.config_parameter"].set_param(
                f"{EXPORT}headers", sealed.seal("\n".join(lines), key)
            )
            self.env["monitor.export"].sudo()._try_again()  # settings: for admins only

    def action_forget_monitor_export_headers(self):
        """Delete the stored headers."""
        self.env["ir.config_parameter"].set_param(f"{EXPORT}headers", False)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_test_monitor_export(self):
        """Ask the collector whether it takes runs, and show its answer."""
        self.check_access("write")
        if not self.env.is_system():
            raise AccessError(self.env._("Only administrators may do this."))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env["monitor.export"].sudo()._test_connection(),
            },
        }

    def action_rotate_monitor_ping_key(self):
        """Give the company a new ping key; the old one is unknown from now on."""
        if not self.env.user.has_group("monitor_core.group_monitor_manager"):
            raise AccessError(
                self.env._("Only monitor managers may change a ping key.")
            )
        # sudo: managers of the Monitor need not be allowed to edit companies
        self.company_id.sudo()._rotate_monitor_ping_key()
        return {"type": "ir.actions.client", "tag": "soft_reload"}


def _refusal(url, insecure):
    """Return why ``url`` can never be called, ``None`` if it can.

    What a name resolves to is asked at each request.
    """
    try:
        outgoing.parse(url.strip(), allow_http=insecure)
    except outgoing.Refused as refused:
        return refused
    return None
