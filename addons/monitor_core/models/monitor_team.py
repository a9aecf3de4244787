from odoo import fields, models


class MonitorTeam(models.Model):
    """People who look after workflows together, with a leader and working hours."""

    _name = "monitor.team"
    _description = "Monitor Team"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    leader_id = fields.Many2one(
        comodel_name="res.users",
        domain=[("share", "=", False)],
        help="Stands in for a manager where no HR application is installed.",
    )
    member_ids = fields.Many2many(
        comodel_name="res.users",
        string="Members",
        domain=[("share", "=", False)],
    )
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        help="Deadlines in working hours are counted in these. Empty: the company's.",
    )
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")
    workflow_ids = fields.One2many(
        comodel_name="monitor.workflow", inverse_name="team_id", string="Workflows"
    )
    workflow_count = fields.Integer(compute="_compute_workflow_count")

    def _compute_workflow_count(self):
        counts = dict(
            self.env["monitor.workflow"]._read_group(
                [("team_id", "in", self.ids)], ["team_id"], ["__count"]
            )
        )
        for team in self:
            team.workflow_count = counts.get(team, 0)
