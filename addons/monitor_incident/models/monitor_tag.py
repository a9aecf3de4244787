from odoo import api, models


class MonitorTag(models.Model):
    _inherit = "monitor.tag"

    @api.ondelete(at_uninstall=False)
    def _unlink_leaves_rules(self):
        """Have the rules of this tag look at the workflows that had it."""
        # sudo: those of companies that its user may not see lose it, too
        workflows = self.env["monitor.workflow"].sudo().with_context(active_test=False)
        workflows.search([("tag_ids", "in", self.ids)]).rules_due = True
