from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from .rule_case import NOON, RuleCase


@tagged("post_install", "-at_install", "monitor")
class TestRuleWindows(RuleCase, TransactionCase):
    """Rules about what happened within a window."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=(), code="orders", kind="external")

    def test_the_rate_of_failures_over_enough_runs(self):
        rule = self.make_rule(
            "failure_rate", rate_percent=25, window_minutes=60, threshold=4
        )
        self.report("orders", "failed", "succeeded")
        self.assertFalse(self.look(3))
        self.report("orders", "succeeded", "succeeded", start=5)

        (seen,) = self.look(10)

        self.assertEqual((seen.rule_id, seen.value), (rule.id, 25.0))
        self.assertEqual((seen.params["bad"], seen.params["total"]), (1, 4))

    def test_it_is_over_when_the_window_has_passed_although_nothing_happens(self):
        rule = self.make_rule("failure_rate", rate_percent=50, threshold=1)
        self.report("orders", "failed")
        (seen,) = self.look(3)
        self.env["monitor.alert"].create(
            {
                "rule_id": rule.id,
                "workflow_id": self.flow.id,
                "fingerprint": seen.fingerprint,
                "labels": dict(seen.labels),
                "severity": "error",
                "first_seen_at": NOON,
                "last_seen_at": NOON,
            }
        )
        self.assertTrue(self.look(8))

        self.assertFalse(self.look(70))

        self.assertEqual([o.fingerprint for o in self.seen], [seen.fingerprint])

    def test_the_error_budget_burns(self):
        """99.5 %: 7.2 % of errors in an hour and in five minutes (scenario 47)."""
        rule = self.make_rule("slo_burn", slo_target=99.5, threshold=10)
        self.report("orders", *["succeeded"] * 27, "failed", "failed", "failed")

        (seen,) = self.look(30)

        self.assertEqual((seen.rule_id, seen.code), (rule.id, "slo_burn"))
        self.assertEqual(seen.labels["severity"], "error")
        self.assertAlmostEqual(seen.value, 20, 0)

    def test_one_of_two_at_night_is_no_burn(self):
        self.make_rule("slo_burn", slo_target=99.5, threshold=10)
        self.report("orders", "succeeded", "failed")
        self.assertFalse(self.look(3))

    def test_the_same_twice(self):
        rule = self.make_rule("duplicate", key_path="order", window_minutes=30)
        self.report("orders", "succeeded", context={"order": "S1"})
        self.report("orders", "succeeded", start=5, context={"order": "S2"})
        self.assertFalse(self.look(6))
        self.report("orders", "succeeded", start=10, context={"order": "S1"})

        (seen,) = self.look(11)

        self.assertEqual((seen.rule_id, seen.params["key"]), (rule.id, "S1"))
        self.assertEqual(seen.params["count"], 2)
        self.assertFalse(self.look(35))

    def test_the_same_key_in_two_companies_is_no_duplicate(self):
        self.make_rule("duplicate", key_path="order", window_minutes=30)
        self.report("orders", "succeeded", context={"order": "S1"})
        self.report("orders", "succeeded", start=5, context={"order": "S1"})
        other = self.env["res.company"].create({"name": "Beta"})
        first, second = self.flow.run_ids.sorted("id")
        self.env.cr.execute(
            "UPDATE monitor_run SET company_id = %s WHERE id = %s",
            [other.id, second.id],
        )
        self.assertFalse(self.look(6))
        self.env.cr.execute(
            "UPDATE monitor_run SET company_id = %s WHERE id = %s", [other.id, first.id]
        )
        self.flow.rules_due = True
        (seen,) = self.look(7)
        self.assertEqual(seen.company_id, other.id)

    def test_an_hour_with_too_few_runs(self):
        rule = self.make_rule("volume", threshold=10, factor=3)
        for week in range(1, 7):
            self.env.cr.execute(
                "INSERT INTO monitor_rollup (workflow_id, hour, succeeded, partial,"
                " failed, lost, business_errors) VALUES (%s, %s, 40, 0, 0, 0, 0)",
                [self.flow.id, NOON - timedelta(weeks=week, hours=-1)],
            )
        self.assertFalse(self.look(60))

        (seen,) = self.look(126)

        self.assertEqual((seen.rule_id, seen.code), (rule.id, "volume_few"))
        self.assertEqual((seen.params["count"], seen.params["usual"]), (0, 40))
