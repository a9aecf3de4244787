from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.tools import clock

from ..tools.escalation import MAX_REPEATS


class MonitorEscalationPolicy(models.Model):
    """Who is told when nobody does anything, level by level."""

    _name = "monitor.escalation.policy"
    _description = "Monitor Escalation Policy"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")
    level_ids = fields.One2many(
        comodel_name="monitor.escalation.level", inverse_name="policy_id", copy=True
    )
    repeat_count = fields.Integer(
        default=0, help="How often all levels begin anew, 5 times at most."
    )
    unacknowledge_minutes = fields.Integer(
        default=30,
        help="A critical incident that was acknowledged and then not touched for so "
        "many working minutes is new again. 0: never.",
    )
    pause_minutes = fields.Integer(
        string="Pause Before Repeating (min)",
        default=60,
        help="Working minutes from the last level until all begin anew.",
    )
    critical_by_clock = fields.Boolean(
        string="Critical Ones by the Clock",
        default=True,
        help="Critical incidents wait for nobody's working hours.",
    )
    warning = fields.Char(compute="_compute_warning")

    _repeat_range = models.Constraint(
        f"CHECK (repeat_count BETWEEN 0 AND {MAX_REPEATS})",
        f"All levels are repeated {MAX_REPEATS} times at most.",
    )
    _unacknowledge_positive = models.Constraint(
        "CHECK (unacknowledge_minutes >= 0)", "Minutes cannot be negative."
    )

    @api.depends("level_ids.target", "level_ids.user_ids", "level_ids.group_id")
    def _compute_warning(self):
        now = clock.utcnow()
        for policy in self:
            unreachable = [
                number
                for number, level in enumerate(policy.level_ids, 1)
                if not level._could_tell(now)
            ]
            text = self.env._(
                "Nobody can be reached by level %s: its people are archived, on leave, "
                "without e-mail address or may not see incidents.",
                ", ".join(map(str, unreachable)),
            )
            policy.warning = text if unreachable else False

    @api.constrains("active", "level_ids")
    def _check_reaches_somebody(self):
        now = clock.utcnow()
        for policy in self.filtered("active"):
            if not any(level._could_tell(now) for level in policy.level_ids):
                raise ValidationError(
                    self.env._(
                        "“%s” would tell nobody: add a level that reaches somebody, or "
                        "archive the policy.",
                        policy.name,
                    )
                )

    def _snapshot(self):
        """Return the policy as plain values: later edits do not disturb an incident."""
        self.ensure_one()
        return {
            "policy_id": self.id,
            "repeat": self.repeat_count,
            "pause": self.pause_minutes,
            "unacknowledge": self.unacknowledge_minutes,
            "critical_by_clock": self.critical_by_clock,
            "levels": [level._to_plain() for level in self.level_ids],
        }
