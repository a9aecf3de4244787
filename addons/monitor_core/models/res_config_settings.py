from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import secret_key
from ..tools.scales import CRITICALITIES
from .monitor_config import NEVER_FOLLOWED, PREFIX, RANGES


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
    monitor_event_short_days = fields.Integer(
        string="Keep events, short (days)",
        config_parameter="monitor_core.event_short_days",
        default=30,
        help="What is of no use after a few weeks.",
    )
    monitor_event_standard_days = fields.Integer(
        string="Keep events, standard (days)",
        config_parameter="monitor_core.event_standard_days",
        default=400,
        help="What went well: a year, so that a season can be compared with the last.",
    )
    monitor_event_long_days = fields.Integer(
        string="Keep events, long (days)",
        config_parameter="monitor_core.event_long_days",
        default=2555,
        help="Failures, what is under legal hold, and statistics: seven years.",
    )
    monitor_enrichment_count = fields.Integer(
        compute="_compute_monitor_enrichment_count"
    )
    monitor_redact_keys = fields.Char(
        string="Further secret fields", config_parameter="monitor_core.redact_keys"
    )
    monitor_redact_never = fields.Char(
        string="Fields that only look secret",
        config_parameter="monitor_core.redact_never",
    )
    monitor_keep_emails = fields.Boolean(
        string="E-mail addresses", config_parameter="monitor_core.keep_emails"
    )
    monitor_keep_phones = fields.Boolean(
        string="Phone numbers", config_parameter="monitor_core.keep_phones"
    )
    monitor_keep_ibans = fields.Boolean(
        string="Account numbers (IBAN)", config_parameter="monitor_core.keep_ibans"
    )
    monitor_keep_cards = fields.Boolean(
        string="Card numbers", config_parameter="monitor_core.keep_cards"
    )
    monitor_followed_model_ids = fields.Many2many(
        comodel_name="ir.model",
        string="Changes are kept of",
        compute="_compute_monitor_followed_model_ids",
        inverse="_inverse_monitor_followed_model_ids",
        readonly=False,
        domain=[
            ("transient", "=", False),
            ("abstract", "=", False),
            ("model", "not in", sorted(NEVER_FOLLOWED)),
        ],
    )
    monitor_calls_per_key = fields.Integer(
        string="Calls of one API key",
        compute="_compute_monitor_calls",
        inverse="_inverse_monitor_calls_per_key",
        readonly=False,
    )
    monitor_calls_per_token = fields.Integer(
        string="Calls of one secret address",
        compute="_compute_monitor_calls",
        inverse="_inverse_monitor_calls_per_token",
        readonly=False,
    )
    monitor_calls_per_address = fields.Integer(
        string="Calls of unknown callers",
        compute="_compute_monitor_calls",
        inverse="_inverse_monitor_calls_per_address",
        readonly=False,
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
    _CALLS = ("calls_per_key", "calls_per_token", "calls_per_address")
    # Longer ones last; each keeps at least what the one before keeps.
    _EVENT_RETENTIONS = (
        "monitor_event_short_days",
        "monitor_event_standard_days",
        "monitor_event_long_days",
    )

    @api.depends("company_id")
    def _compute_monitor_switches(self):
        switches = self.env["monitor.config"]._switches()
        for settings in self:
            for name in self._SWITCHES:
                settings[f"monitor_{name}"] = getattr(switches, name)

    @api.depends("company_id")
    def _compute_monitor_followed_model_ids(self):
        names = self.env["monitor.config"]._followed_models()
        # sudo: whoever may open the settings may see them
        followed = self.env["ir.model"].sudo().search([("model", "in", list(names))])
        self.monitor_followed_model_ids = followed

    def _inverse_monitor_followed_model_ids(self):
        for settings in self:
            names = ",".join(settings.monitor_followed_model_ids.mapped("model"))
            self.env["ir.config_parameter"].set_param(PREFIX + "followed_models", names)
        self.env.registry.clear_cache("stable", "templates")  # forms have a button

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

    @api.depends("company_id")
    def _compute_monitor_calls(self):
        switches = self.env["monitor.config"]._switches()
        for settings in self:
            for name in self._CALLS:
                settings[f"monitor_{name}"] = getattr(switches, name)

    # 0, which means no limit, must be stored: ``config_parameter`` deletes it. Checked
    # here, because a constraint comes later and sees what is computed anew.
    def _set_monitor_calls(self, name):
        self._check_monitor_range(name)
        self._set_monitor_switch(name)

    def _inverse_monitor_calls_per_key(self):
        self._set_monitor_calls("calls_per_key")

    def _inverse_monitor_calls_per_token(self):
        self._set_monitor_calls("calls_per_token")

    def _inverse_monitor_calls_per_address(self):
        self._set_monitor_calls("calls_per_address")

    @api.constrains(*(f"monitor_{name}" for name in RANGES.keys() - set(_CALLS)))
    def _check_monitor_ranges(self):
        for name in RANGES.keys() - set(self._CALLS):
            self._check_monitor_range(name)

    def _check_monitor_range(self, name):
        minimum, maximum = RANGES[name]
        for settings in self:
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

    @api.constrains(*_EVENT_RETENTIONS)
    def _check_monitor_event_retentions(self):
        for settings in self:
            for shorter, longer in pairwise(self._EVENT_RETENTIONS):
                if settings[shorter] > settings[longer]:
                    raise ValidationError(
                        self.env._(
                            "“%(shorter)s” cannot be more than “%(longer)s”.",
                            shorter=settings._monitor_label(shorter),
                            longer=settings._monitor_label(longer),
                        )
                    )

    def _monitor_label(self, name):
        return self._fields[name]._description_string(self.env)

    def set_values(self):
        result = super().set_values()
        self.env["monitor.config"]._settings_changed()
        return result

    def _compute_monitor_enrichment_count(self):
        # sudo: who changes the settings may not be a manager of the Monitor
        rules = self.env["monitor.enrichment"].sudo()
        self.monitor_enrichment_count = rules.search_count([])

    @api.depends("company_id")
    def _compute_monitor_secret_key(self):
        state = secret_key.key_state(self.env["monitor.config"]._secret_key())
        for settings in self:
            settings.monitor_secret_key_state = state
            settings.monitor_secret_key_hint = (
                False if state == "ready" else secret_key.hint()
            )
