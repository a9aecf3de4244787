from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged

from .rule_case import RuleCase


@tagged("post_install", "-at_install", "monitor")
class TestRuleIntegrity(RuleCase, TransactionCase):
    """What a rule may ask, who may make one, and what a change does."""

    def test_a_rule_tells_nothing_that_its_author_may_not_read(self):
        rules = self.env["monitor.rule"].with_user(self.manager)
        model = self.env["ir.model"]
        values = {
            "name": "Secrets",
            "kind": "backlog",
            "domain": "[('value', '=like', 'h%')]",
            "model_id": model._get("ir.config_parameter").id,
        }
        with self.assertRaisesRegex(ValidationError, "may not read"):
            rules.create(values)
        self.assertTrue(self.env["monitor.rule"].create(values))

    def test_the_monitor_runs_nothing_for_whom_may_not_run_it(self):
        incident = self.env["ir.model"]._get("monitor.incident").id
        actions = self.env["ir.actions.server"]
        values = {"model_id": incident, "state": "code", "code": "pass"}
        system = self.env.ref("base.group_system")
        refused = actions.create(
            {**values, "name": "Admins", "group_ids": system.ids}
        ) + actions.create(
            {
                "name": "Users", "state": "code", "code": "pass",
                "model_id": self.env["ir.model"]._get("res.users").id,
            }
        )  # fmt: skip
        allowed = actions.create({**values, "name": "Ours"})
        rule = self.make_rule("failure").with_user(self.manager)
        level = self.env["monitor.escalation.policy"].with_user(self.manager)
        for action in refused:
            with self.subTest(action.name):
                with self.assertRaisesRegex(ValidationError, "Ask an administrator"):
                    rule.server_action_id = action
                with self.assertRaisesRegex(ValidationError, "Ask an administrator"):
                    level.create(
                        {
                            "name": "x",
                            "level_ids": [
                                (0, 0, {"target": "owner", "server_action_id": a.id})
                                for a in action
                            ],
                        }
                    )
        rule.server_action_id = allowed
        self.assertEqual(rule.server_action_id, allowed)

    def test_what_makes_no_sense_is_refused_in_plain_words(self):
        partner = self.env["ir.model"]._get("res.partner")
        name = self.env["ir.model.fields"]._get("res.partner", "name")
        for kind, values, message in (
            ("failure", {"threshold": -1}, "between 0"),
            ("failure_rate", {"rate_percent": 0}, "more than 0"),
            ("failure_rate", {"window_minutes": 0}, "between 1"),
            ("failure_rate", {"window_minutes": 10**6}, "and 44640"),
            ("slow", {"limit_minutes": 1e15}, "Limit"),
            ("slow", {"limit_minutes": float("nan")}, "Limit"),
            ("slow", {"factor": 1e300}, "Factor"),
            ("slo_burn", {"slo_target": 100}, "between 0 and 100"),
            ("slo_burn", {"slo_days": 400}, "1 to 90"),
            ("volume", {"factor": 1}, "more than 1"),
            ("backlog", {}, "Choose the records"),
            ("backlog", {"model_id": partner.id, "domain": "[("}, "filter"),
            ("backlog", {"model_id": partner.id, "domain": "[('no', '=', 1)]"}, "no"),
            ("backlog", {"model_id": partner.id, "domain": "exit()"}, "filter"),
            ("record_age", {"model_id": partner.id}, "Choose the date"),
            (
                "record_age",
                {
                    "model_id": self.env["ir.model"]._get("res.users").id,
                    "date_field_id": name.id,
                },
                "no stored field",
            ),
        ):
            with self.subTest(kind=kind, **values):
                with self.assertRaisesRegex(ValidationError, message):
                    self.make_rule(kind, **values)

    def test_only_managers_make_rules(self):
        values = {"name": "x", "kind": "failure"}
        for user in (self.viewer, self.operator, self.auditor, self.service):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["monitor.rule"].with_user(user).create(values)
        self.env["monitor.rule"].with_user(self.manager).create(values)

    def test_a_change_is_looked_at_by_the_next_tick(self):
        flow = self.make_flow(steps=(), code="orders", kind="external")
        rule = self.make_rule("consecutive_failures", threshold=5)
        self.report("orders", "failed", "failed")
        self.assertFalse(self.look(5))
        self.assertFalse(flow.rules_due)

        rule.threshold = 2

        self.assertTrue(self.look(6))

    def test_the_rules_that_are_shipped_can_all_be_evaluated(self):
        rules = self.env["monitor.rule"].with_context(active_test=False).search([])
        shipped = rules.filtered(lambda r: r.get_external_id().get(r.id))
        self.assertGreater(len(shipped), 15)
        shipped.active = True

        self.look()

        self.assertFalse(shipped.filtered("last_error").mapped("last_error"))
