from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.monitor_core.tools import clock


class MonitorSilence(models.Model):
    """Mutes matching alerts for a time: by whom, why, until when."""

    _name = "monitor.silence"
    _description = "Monitor Silence"
    _inherit = ["mail.thread"]
    _order = "starts_at desc, id desc"

    name = fields.Char(string="Reason", required=True, tracking=True)
    kind = fields.Selection(
        selection=[
            ("silence", "Silence"),
            ("maintenance", "Recurring maintenance window"),
        ],
        required=True,
        default="silence",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Author",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", default=lambda self: self.env.company
    )
    workflow_ids = fields.Many2many(comodel_name="monitor.workflow", string="Workflows")
    rule_ids = fields.Many2many(comodel_name="monitor.rule", string="Rules")
    team_ids = fields.Many2many(comodel_name="monitor.team", string="Teams")
    matchers = fields.Char(
        help='As in Prometheus Alertmanager: severity=~"info|warning", workflow="x"'
    )
    starts_at = fields.Datetime(
        required=True, default=lambda self: clock.utcnow(), tracking=True
    )
    ends_at = fields.Datetime(tracking=True)
    active = fields.Boolean(default=True)

    # Recurring: on these days, from a local time, for so long
    tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone",
        default=lambda self: self.env.user.tz or "UTC",
    )
    monday = fields.Boolean()
    tuesday = fields.Boolean()
    wednesday = fields.Boolean()
    thursday = fields.Boolean()
    friday = fields.Boolean()
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    start_hour = fields.Float(default=2.0)
    duration_hours = fields.Float(default=2.0)

    last_match_at = fields.Datetime(readonly=True, copy=False)
    reminded_at = fields.Datetime(readonly=True, copy=False)
    ended_at = fields.Datetime(
        readonly=True, copy=False, help="When its end was acted upon."
    )
    next_change_at = fields.Datetime(readonly=True, copy=False, index=True)
