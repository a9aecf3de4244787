from odoo import fields, models


class MonitorTeam(models.Model):
    _inherit = "monitor.team"

    rotation_ids = fields.One2many(
        comodel_name="monitor.oncall.rotation",
        inverse_name="team_id",
        string="On Call",
    )
    escalation_policy_id = fields.Many2one(
        comodel_name="monitor.escalation.policy",
        help="Of incidents of this team whose rule names none.",
    )
