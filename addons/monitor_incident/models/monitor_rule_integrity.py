import ast

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

#: A change of these is a new question to all that the rule looks at.
QUESTION = {
    "active", "kind", "company_id", "workflow_ids", "workflow_kind", "tag_ids",
    "team_ids", "min_criticality", "threshold", "window_minutes", "rate_percent",
    "limit_minutes", "factor", "direction", "model_id", "domain", "date_field_id",
    "age", "age_unit", "key_path", "slo_target", "slo_days", "for_minutes",
    "recover_successes", "recover_minutes",
}  # fmt: skip
YEAR = 366 * 24 * 60
#: Field: the least and the most that makes sense, and that times can be counted with.
LIMITS = {
    "threshold": (0, 1_000_000_000),
    "limit_minutes": (0, YEAR),
    "factor": (0, 1000),
    "age": (0, 100_000),
    "for_minutes": (0, YEAR),
    "recover_successes": (0, 1000),
    "recover_minutes": (0, YEAR),
    "group_wait_seconds": (0, 24 * 60 * 60),
    "respond_minutes": (0, YEAR),
    "resolve_minutes": (0, YEAR),
    "window_minutes": (1, 31 * 24 * 60),
    "group_interval_minutes": (1, YEAR),
    "repeat_interval_minutes": (1, YEAR),
}


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
        if vals.get("active") is False or {"kind", "model_id"} & vals.keys():
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
        """What a rule says no more is over: the next tick ends its alerts."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_alert SET next_check_at = first_seen_at"
            " WHERE rule_id = ANY(%s) AND state <> 'resolved'",
            [self.ids],
        )
        self.env["monitor.alert"].invalidate_model(["next_check_at"], flush=False)

    @api.constrains(*LIMITS)
    def _check_numbers(self):
        for rule in self:
            for name, (least, most) in LIMITS.items():
                if not least <= rule[name] <= most:  # nor what is no number
                    label = rule._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._(
                            "%(field)s: between %(least)s and %(most)s.",
                            field=label,
                            least=least,
                            most=most,
                        )
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

    @api.constrains("server_action_id")
    def _check_server_action(self):
        for rule in self:
            rule.server_action_id._monitor_check_author()

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

    def _check_domain(self):
        """Refuse a domain that cannot be searched, while its author is there."""
        if self.model not in self.env:
            return
        # As whoever writes it (Odoo checks constraints as superuser): a rule must not
        # tell what its author may not read.
        records = self.env[self.model].with_user(self.env.user)
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(records)
            records.check_access("read")
            records._search(domain)
        except AccessError:
            raise ValidationError(
                self.env._("You may not read what “%s” looks at.", self.name)
            ) from None
        except (
            ValueError, SyntaxError, TypeError, KeyError, OverflowError,
            NotImplementedError,
        ) as error:  # fmt: skip
            raise ValidationError(
                self.env._(
                    "The filter of “%(rule)s” cannot be used: %(error)s",
                    rule=self.name,
                    error=str(error)[:200],
                )
            ) from None
