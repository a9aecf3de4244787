from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from .rule_case import RuleCase


@tagged("post_install", "-at_install", "monitor")
class TestRulePreview(RuleCase, TransactionCase):
    """What a rule would have raised, before it is switched on."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=(), code="orders", kind="external")
        self.report("orders", "succeeded", "failed", "failed", "succeeded", "failed")
        self.look(10)

    def preview(self, rule, **values):
        preview = self.env["monitor.rule.preview"].create(
            {"rule_id": rule.id, **values}
        )
        preview._look()
        return preview

    def test_failures_in_a_row(self):
        rule = self.make_rule("consecutive_failures", threshold=2, active=False)

        preview = self.preview(rule)

        self.assertEqual((preview.count, preview.workflow_count), (1, 1))
        self.assertEqual(preview.line_ids.count, 2)
        self.assertEqual(preview.line_ids.workflow_id, self.flow)

    def test_a_rate(self):
        rule = self.make_rule("failure_rate", rate_percent=65, threshold=3)
        self.assertEqual(self.preview(rule).count, 1)

    def test_each_kind_has_an_answer(self):
        partner = self.env["ir.model"]._get("res.partner")
        date = self.env["ir.model.fields"]._get("res.partner", "create_date")
        for kind, _label in self.env["monitor.rule"]._fields["kind"].selection:
            rule = self.make_rule(
                kind, model_id=partner.id, date_field_id=date.id, active=False
            )
            with self.subTest(kind):
                preview = self.preview(rule)
                told = kind in ("late", "heartbeat", "stalled", "deactivated")
                told |= kind in ("misconfigured", "outage", "defect", "backlog")
                told |= kind in ("record_age", "duplicate", "volume")
                self.assertEqual(bool(preview.remark), told)

    def test_days_are_limited(self):
        rule = self.make_rule("failure")
        with self.assertRaises(UserError):
            self.preview(rule, days=1000)

    def test_only_managers_look(self):
        rule = self.make_rule("failure")
        with self.assertRaises(AccessError):
            rule.with_user(self.operator).action_preview()
        action = rule.with_user(self.manager).action_preview()
        self.assertEqual(action["res_model"], "monitor.rule.preview")
