import ast

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

#: A change of these is a new question to all that the rule looks at.
QUESTION = {
    "active", "kind", "company_id", "workflow_ids", "workflow_kind", "tag_ids",
    "team_ids", "min_criticality", "threshold", "window_minutes", "rate_percent",
    "limit_minutes", "factor", "direction", "model_id", "domain", "date_field_id",
    "age", "age_unit", "key_path", "slo_target", "slo_days", "for_minutes",
    "recover_successes", "recover_minutes",
}  # fmt: skip
NOT_NEGATIVE = (
    "threshold",
    "limit_minutes",
    "for_minutes",
    "recover_successes",
    "recover_minutes",
    "group_wait_seconds",
    "respond_minutes",
    "resolve_minutes",
)
POSITIVE = ("window_minutes", "group_interval_minutes", "repeat_interval_minutes")
LONGEST_WINDOW = 31 * 24 * 60


class MonitorRuleIntegrity(models.AbstractModel):
    """What a rule may ask, and what follows when somebody changes it."""

    _name = "monitor.rule.integrity"
    _description = "Monitor Rules: Integrity"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._ask_anew()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if QUESTION & vals.keys():
            self._ask_anew()
        if vals.get("active") is False:
            self._end_alerts()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_ends_alerts(self):
        self._end_alerts()

    def _ask_anew(self):
        """Have the next tick look at all that these rules may look at."""
        self.write({"next_check_at": False})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_workflow SET rules_due = true"
            " WHERE NOT coalesce(rules_due, false)"
        )
        self.env["monitor.workflow"].invalidate_model(["rules_due"], flush=False)

    def _end_alerts(self):
        """What a rule that is off says is over: the next tick ends its alerts."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_alert SET next_check_at = first_seen_at"
            " WHERE rule_id = ANY(%s) AND state <> 'resolved'",
            [self.ids],
        )
        self.env["monitor.alert"].invalidate_model(["next_check_at"], flush=False)

    @api.constrains(*NOT_NEGATIVE, *POSITIVE)
    def _check_numbers(self):
        for rule in self:
            for name in (*NOT_NEGATIVE, *POSITIVE):
                least = 1 if name in POSITIVE else 0
                if rule[name] < least:
                    label = rule._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._(
                            "%(field)s: at least %(least)s.", field=label, least=least
                        )
                    )
            if rule.window_minutes > LONGEST_WINDOW:
                raise ValidationError(
                    self.env._("Window (min): at most %s, a month.", LONGEST_WINDOW)
                )

    @api.constrains("kind", "rate_percent", "slo_target", "slo_days", "factor")
    def _check_ratios(self):
        for rule in self:
            if rule.kind == "failure_rate" and not 0 < rule.rate_percent <= 100:
                raise ValidationError(self.env._("Rate (%): more than 0, at most 100."))
            if rule.kind == "slo_burn":
                if not 0 < rule.slo_target < 100:
                    raise ValidationError(
                        self.env._("Objective (%): between 0 and 100, such as 99.5.")
                    )
                if not 1 <= rule.slo_days <= 90:
                    raise ValidationError(self.env._("Period (days): 1 to 90."))
            if rule.kind == "volume" and rule.factor <= 1:
                raise ValidationError(self.env._("Factor: more than 1, such as 3."))

    @api.constrains("kind", "model_id", "domain", "date_field_id", "age")
    def _check_records(self):
        for rule in self.filtered(lambda r: r.kind in ("backlog", "record_age")):
            if not rule.model_id:
                raise ValidationError(
                    self.env._("Choose the records that “%s” looks at.", rule.name)
                )
            rule._check_domain()
            if rule.kind == "record_age":
                rule._check_age()

    def _check_age(self):
        date_field = self.date_field_id
        if not date_field:
            raise ValidationError(
                self.env._("Choose the date from which the age counts.")
            )
        if date_field.model_id != self.model_id or not date_field.store:
            raise ValidationError(
                self.env._(
                    "“%(field)s” is no stored field of %(model)s.",
                    field=date_field.field_description,
                    model=self.model_id.name,
                )
            )
        if self.age < 0:
            raise ValidationError(self.env._("The age cannot be negative."))

    def _check_domain(self):
        """Refuse a domain that cannot be searched, while its author is there."""
        if self.model not in self.env:
            return
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(self.env[self.model])
        except (ValueError, SyntaxError, TypeError, KeyError) as error:
            raise ValidationError(
                self.env._(
                    "The filter of “%(rule)s” cannot be used: %(error)s",
                    rule=self.name,
                    error=str(error)[:200],
                )
            ) from None
