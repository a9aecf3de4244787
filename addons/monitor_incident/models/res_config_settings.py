from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .monitor_incident_advance import KEPT_DAYS, MAX_DAYS, PARAMETER
from .monitor_incident_deadlines import DEFAULTS, PREFIX
from .monitor_incident_escalation import POLICY_PARAMETER

MAX_MINUTES = 365 * 24 * 60


def _minutes(label, name, severity, index):
    return fields.Integer(
        string=label,
        config_parameter=f"{PREFIX}{name}_{severity}",
        default=DEFAULTS[severity][index],
    )


def _days(label, what):
    return fields.Integer(
        string=label, config_parameter=PARAMETER % what, default=KEPT_DAYS[what][1]
    )


class ResConfigSettings(models.TransientModel):
    """The block *Incidents* of the settings."""

    _inherit = "res.config.settings"

    monitor_respond_critical = _minutes("Respond, critical", "respond", "critical", 0)
    monitor_respond_error = _minutes("Respond, error", "respond", "error", 0)
    monitor_respond_warning = _minutes("Respond, warning", "respond", "warning", 0)
    monitor_resolve_critical = _minutes("Resolve, critical", "resolve", "critical", 1)
    monitor_resolve_error = _minutes("Resolve, error", "resolve", "error", 1)
    monitor_resolve_warning = _minutes("Resolve, warning", "resolve", "warning", 1)
    monitor_critical_by_clock = fields.Boolean(
        string="Critical incidents by the clock",
        compute="_compute_monitor_critical_by_clock",
        inverse="_inverse_monitor_critical_by_clock",
        readonly=False,
    )
    monitor_escalation_policy_id = fields.Many2one(
        comodel_name="monitor.escalation.policy",
        string="Escalation policy",
        config_parameter=POLICY_PARAMETER,
    )
    monitor_incident_days = _days("Keep incidents (days)", "incident")
    monitor_alert_days = _days("Keep alerts (days)", "alert")

    @api.depends("company_id")
    def _compute_monitor_critical_by_clock(self):
        value = self.env["monitor.incident"].sudo()._critical_by_clock()
        self.monitor_critical_by_clock = value

    # Off must be stored: Odoo deletes a parameter set to False, and none means on.
    def _inverse_monitor_critical_by_clock(self):
        for settings in self:
            value = str(settings.monitor_critical_by_clock)
            self.env["ir.config_parameter"].set_param(
                f"{PREFIX}critical_by_clock", value
            )

    @api.constrains(
        *(f"monitor_{name}_{s}" for name in ("respond", "resolve") for s in DEFAULTS)
    )
    def _check_monitor_deadlines(self):
        for settings in self:
            for severity in DEFAULTS:
                respond = settings[f"monitor_respond_{severity}"]
                resolve = settings[f"monitor_resolve_{severity}"]
                if not 1 <= respond <= resolve <= MAX_MINUTES:
                    raise ValidationError(
                        self.env._(
                            "Deadlines are one minute at least and a year at most, and "
                            "nothing is to be resolved before somebody responds."
                        )
                    )

    @api.constrains(*(f"monitor_{what}_days" for what in KEPT_DAYS))
    def _check_monitor_kept_days(self):
        for settings in self:
            for what, (least, _default) in KEPT_DAYS.items():
                name = f"monitor_{what}_days"
                if not least <= settings[name] <= MAX_DAYS:
                    raise ValidationError(
                        self.env._(
                            "%(setting)s: from %(minimum)s to %(maximum)s.",
                            setting=settings._monitor_label(name),
                            minimum=least,
                            maximum=MAX_DAYS,
                        )
                    )
