from odoo import api, models


class MonitorIncident(models.Model):
    """What nobody decides goes to the manager of who is asked."""

    _inherit = "monitor.incident"

    @api.model
    def _owner_chain(self, rule, workflow, team, now, company, record=None):
        chain = super()._owner_chain(rule, workflow, team, now, company, record)
        if rule.kind != "approval_late" or not record:
            return chain
        # sudo: who is asked, whoever opens the incident
        asked = record if record._name == "res.users" else record.sudo().holder_ids
        approvers = self.env["monitor.approval.approvers"]
        managers = self.env["res.users"].union(
            *(approvers._manager_of(user) for user in asked)
        )
        people = self.env["monitor.people"]
        return people._candidates(managers, "leader", now, company) + chain
