from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.tools import clock

from ..tools.escalation import MAX_REPEATS
from ..tools.scales import OPEN_STATES

#: People leave: whom a policy reaches is looked at again after this time.
AUDIT_EVERY = timedelta(days=1)


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
    next_audit_at = fields.Datetime(
        readonly=True, copy=False, help="When it is checked again whom it reaches."
    )

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
            numbers = policy._unreachable(now)
            text = self.env._(
                "Nobody can be reached by level %s: its people are archived, on leave, "
                "without e-mail address or may not see incidents.",
                ", ".join(map(str, numbers)),
            )
            policy.warning = text if numbers else False

    def _unreachable(self, now):
        """Return the numbers of the levels that reach nobody, 1 being the first."""
        self.ensure_one()
        return [
            number
            for number, level in enumerate(self.level_ids, 1)
            if not level._could_tell(now)
        ]

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

    def write(self, vals):
        """Have what was changed checked at once, not tomorrow."""
        if "next_audit_at" not in vals:
            vals = {**vals, "next_audit_at": False}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_ends_its_audit(self):
        """Whom a policy reaches that is gone is nobody's trouble any more."""
        # sudo: the Monitor opened that incident, and ends it
        for policy in self.sudo():
            policy._resolve_unreachable(clock.utcnow().replace(microsecond=0))

    @api.model
    def _audit(self, now):
        """Open an incident for each policy of which a level reaches nobody any more.

        It resolves by itself when all levels reach somebody again, or when the policy
        is archived. Once a day for each policy, and after a change of it.
        """
        due = ["|", ("next_audit_at", "=", False), ("next_audit_at", "<=", now)]
        for policy in self.with_context(active_test=False).search(due):
            numbers = policy._unreachable(now) if policy.active else []
            if numbers:
                policy._report_unreachable(numbers, now)
            else:
                policy._resolve_unreachable(now)
            policy.next_audit_at = now + AUDIT_EVERY

    def _report_unreachable(self, numbers, now):
        all_levels = len(numbers) == len(self.level_ids)
        title = self.env._(
            "Escalation policy “%(name)s”: level %(levels)s reaches nobody",
            name=self.name,
            levels=", ".join(map(str, numbers)),
        )
        values = {
            "title": title,
            "severity": "error" if all_levels else "warning",
            "company_id": self.company_id.id,
        }
        self.env["monitor.incident"]._open_directly(self._audit_key(), values, now)

    def _resolve_unreachable(self, now):
        known = [("group_key", "=", self._audit_key()), ("state", "in", OPEN_STATES)]
        for incident in self.env["monitor.incident"].search(known):
            incident._set_resolved(now, "recovered")
            incident._log("resolved", "recovered", {"since": now}, now=now)
            incident._plan_news(now)

    def _audit_key(self):
        return f"escalation.policy,{self.id}"

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
