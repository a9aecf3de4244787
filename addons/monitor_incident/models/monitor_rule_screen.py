from odoo import fields, models


class MonitorRuleScreen(models.AbstractModel):
    """What the screens of a rule need."""

    _name = "monitor.rule.screen"
    _description = "Monitor Rules: Screens"

    firing_count = fields.Integer(compute="_compute_firing_count")

    def _compute_firing_count(self):
        counts = dict(
            self.env["monitor.alert"]._read_group(
                [("rule_id", "in", self.ids), ("state", "=", "firing")],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.firing_count = counts.get(rule, 0)

    def action_open_alerts(self):
        """Open the alerts of this rule, those that fire first."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Alerts of “%s”", self.name),
            "res_model": "monitor.alert",
            "view_mode": "list,form",
            "domain": [("rule_id", "=", self.id)],
        }

    def action_preview(self):
        """Open what this rule would have raised in the last days."""
        self.ensure_one()
        preview = self.env["monitor.rule.preview"].create({"rule_id": self.id})
        preview._look()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What “%s” would have raised", self.name),
            "res_model": "monitor.rule.preview",
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }
