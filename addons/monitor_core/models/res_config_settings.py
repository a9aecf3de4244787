from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import secret_key
from ..tools.scales import CRITICALITIES
from .monitor_config import PREFIX, RANGES


class ResConfigSettings(models.TransientModel):
    """The block *Monitor* of the settings."""

    _inherit = "res.config.settings"

    monitor_enabled = fields.Boolean(
        string="Monitor this database",
        compute="_compute_monitor_switches",
        inverse="_inverse_monitor_enabled",
        readonly=False,
    )
    monitor_capture_cron = fields.Boolean(
        string="Scheduled actions",
        compute="_compute_monitor_switches",
        inverse="_inverse_monitor_capture_cron",
        readonly=False,
    )
    monitor_capture_automation = fields.Boolean(
        string="Automation rules and webhooks",
        compute="_compute_monitor_switches",
        inverse="_inverse_monitor_capture_automation",
        readonly=False,
    )
    monitor_capture_server_action = fields.Boolean(
        string="Server actions",
        compute="_compute_monitor_switches",
        inverse="_inverse_monitor_capture_server_action",
        readonly=False,
    )
    monitor_default_grace_minutes = fields.Integer(
        string="Default grace (minutes)",
        config_parameter="monitor_core.default_grace_minutes",
        help="How late is not late yet, where a workflow does not say. 0: a tenth of "
        "the interval, 5 minutes at least and 1 hour at most.",
    )
    monitor_default_criticality = fields.Selection(
        selection=CRITICALITIES,
        string="Default criticality",
        config_parameter="monitor_core.default_criticality",
        default="medium",
    )
    monitor_context_limit_kb = fields.Integer(
        string="Largest context (kB)",
        config_parameter="monitor_core.context_limit_kb",
        default=16,
        help="What other systems may send along with a report.",
    )
    monitor_run_retention_days = fields.Integer(
        string="Keep runs (days)",
        config_parameter="monitor_core.run_retention_days",
        default=90,
    )
    monitor_secret_key_state = fields.Selection(
        selection=[("missing", "Missing"), ("weak", "Too weak"), ("ready", "Ready")],
        string="Secret key",
        compute="_compute_monitor_secret_key",
    )
    monitor_secret_key_hint = fields.Char(compute="_compute_monitor_secret_key")

    _SWITCHES = (
        "enabled",
        "capture_cron",
        "capture_automation",
        "capture_server_action",
    )

    @api.depends("company_id")
    def _compute_monitor_switches(self):
        switches = self.env["monitor.config"]._switches()
        for settings in self:
            for name in self._SWITCHES:
                settings[f"monitor_{name}"] = getattr(switches, name)

    # A switch that is off must be stored: Odoo deletes a parameter set to False, and
    # a missing one means on.
    def _set_monitor_switch(self, name):
        value = str(self[f"monitor_{name}"])
        self.env["ir.config_parameter"].set_param(PREFIX + name, value)

    def _inverse_monitor_enabled(self):
        self._set_monitor_switch("enabled")

    def _inverse_monitor_capture_cron(self):
        self._set_monitor_switch("capture_cron")

    def _inverse_monitor_capture_automation(self):
        self._set_monitor_switch("capture_automation")

    def _inverse_monitor_capture_server_action(self):
        self._set_monitor_switch("capture_server_action")

    @api.constrains(*(f"monitor_{name}" for name in RANGES))
    def _check_monitor_ranges(self):
        for settings in self:
            for name, (minimum, maximum) in RANGES.items():
                field = settings._fields[f"monitor_{name}"]
                if not minimum <= settings[field.name] <= maximum:
                    raise ValidationError(
                        self.env._(
                            "%(setting)s: from %(minimum)s to %(maximum)s.",
                            setting=field._description_string(self.env),
                            minimum=minimum,
                            maximum=maximum,
                        )
                    )

    def set_values(self):
        result = super().set_values()
        self.env["monitor.config"]._settings_changed()
        return result

    @api.depends("company_id")
    def _compute_monitor_secret_key(self):
        state = secret_key.key_state(self.env["monitor.config"]._secret_key())
        for settings in self:
            settings.monitor_secret_key_state = state
            settings.monitor_secret_key_hint = (
                False if state == "ready" else secret_key.hint()
            )
