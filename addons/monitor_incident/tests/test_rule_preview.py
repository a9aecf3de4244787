from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from .rule_case import NOON, RuleCase


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

    def test_it_shows_what_its_reader_may_see(self):
        other = self.env["res.company"].create({"name": "Beta"})
        self.flow.company_id = other
        partners = self.env["res.partner"].create(
            [{"name": "Theirs", "ref": "WAIT", "company_id": other.id}]
        )
        date = self.env["ir.model.fields"]._get("res.partner", "create_date")
        records = self.make_rule(
            "record_age",
            model_id=self.env["ir.model"]._get("res.partner").id,
            domain="[('ref', '=', 'WAIT')]",
            date_field_id=date.id,
            age=0,
        )
        failures = self.make_rule("failure", workflow_ids=self.flow.ids)
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            [NOON - timedelta(hours=1), partners.id],
        )
        self.env.invalidate_all()
        for rule in (records, failures):
            for user, count in ((self.env.user, True), (self.manager, False)):
                preview = (
                    self.env["monitor.rule.preview"]
                    .with_user(user)
                    .create({"rule_id": rule.id, "days": 30})
                )
                preview._look()
                with self.subTest(rule=rule.kind, user=user.name):
                    self.assertEqual(bool(preview.count), count)

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
