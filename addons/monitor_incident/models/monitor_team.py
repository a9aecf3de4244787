from odoo import api, fields, models


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

    @api.ondelete(at_uninstall=False)
    def _unlink_leaves_rules(self):
        """Have the rules of this team look at the workflows that it leaves."""
        # sudo: those of companies that its user may not see, too
        teams = self.sudo().with_context(active_test=False)
        teams.workflow_ids.rules_due = True
