from datetime import timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .rule_case import RuleCase

LOG = "odoo.addons.monitor_incident.models.monitor_rule_evaluation"


@tagged("post_install", "-at_install", "monitor")
class TestRuleFailures(RuleCase, TransactionCase):
    """Each failure counts once, by kind of error."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=(), code="orders", kind="external")
        self.look()

    def test_failures_are_counted_once_by_kind_of_error(self):
        rule = self.make_rule("failure")
        self.report("orders", "failed", "failed")

        (seen,) = self.look(5)

        self.assertEqual((seen.rule_id, seen.count), (rule.id, 2))
        self.assertEqual(seen.workflow_id, self.flow.id)
        self.assertEqual(seen.params["error"], "no stock")
        runs = self.flow.run_ids.sorted("id")
        self.assertEqual(seen.run_ids[:2], (runs[0].id, runs[-1].id))
        self.assertFalse(self.look(6))

    def test_a_success_ends_it(self):
        self.make_rule("failure")
        self.report("orders", "failed")
        (seen,) = self.look(5)
        self.open_alert(seen)
        self.look(6)
        self.assertFalse(self.seen)

        self.report("orders", "succeeded", start=10)
        self.assertFalse(self.look(15))

        self.assertEqual([o.fingerprint for o in self.seen], [seen.fingerprint])

    def test_what_was_well_again_before_the_look_is_over_at_the_next(self):
        self.make_rule("failure")
        self.report("orders", "failed", "succeeded")
        (seen,) = self.look(2)
        self.open_alert(seen)

        self.assertFalse(self.look(3))

        self.assertEqual([o.fingerprint for o in self.seen], [seen.fingerprint])
        self.look(4)
        self.assertFalse(self.flow.rules_check_at)

    def test_what_is_told_late_and_was_well_since_is_history(self):
        self.make_rule("failure")
        for told, raised in ((10, True), (16, False)):
            with self.subTest(told):
                self.report("orders", "failed", "succeeded", start=told * 100)
                self.env.cr.execute(
                    "UPDATE monitor_event_data SET recorded_at = occurred_at + %s"
                    " WHERE kind = 'failed'",
                    [timedelta(minutes=told)],
                )
                self.assertEqual(bool(self.look(told * 100 + 20)), raised)

    def test_what_is_told_late_and_is_so_still_is_news(self):
        self.make_rule("failure")
        self.report("orders", "succeeded", "failed")
        self.env.cr.execute(
            "UPDATE monitor_event_data SET recorded_at = occurred_at + interval '1 day'"
        )
        self.assertTrue(self.look(2))

    def test_a_rule_may_ask_for_several_successes(self):
        self.make_rule("failure", recover_successes=2)
        self.report("orders", "failed")
        (seen,) = self.look(5)
        self.open_alert(seen)
        self.report("orders", "succeeded", start=10)
        self.look(15)
        self.assertFalse(self.seen)

        self.report("orders", "succeeded", start=20)
        self.look(25)

        self.assertEqual([o.fingerprint for o in self.seen], [seen.fingerprint])

    def test_a_rule_that_breaks_stops_no_other(self):
        """Each failure is counted once for all, whichever rule breaks."""
        good, bad = self.make_rule("failure"), self.make_rule("failure", factor=2)
        failed = type(good)._failed

        def broken(rule, *args):
            if rule == bad:
                raise OverflowError("too far")
            return failed(rule, *args)

        self.report("orders", "failed", "failed")
        with patch.object(type(good), "_failed", broken), mute_logger(LOG):
            (seen,) = self.look(5)
        self.assertEqual((seen.rule_id, seen.count), (good.id, 2))
        self.assertIn("too far", bad.last_error)
        self.look(6)
        self.assertTrue(bad.last_error, "nothing failed, so it was not asked")

        self.report("orders", "failed", start=10)
        self.assertEqual({o.count for o in self.look(15)}, {1})
        self.assertFalse(bad.last_error)

    def open_alert(self, seen):
        return self.env["monitor.alert"].create(
            {
                "rule_id": seen.rule_id,
                "workflow_id": seen.workflow_id,
                "fingerprint": seen.fingerprint,
                "labels": dict(seen.labels),
                "severity": "error",
                "first_seen_at": self.now(),
                "last_seen_at": self.now(),
            }
        )

    def test_a_rule_that_refuses_is_no_failure(self):
        rule = self.make_automation(code="raise UserError('no')")
        self.make_rule("failure")
        self.look()
        workflow = self.workflow_of(rule)
        self.env.cr.execute(
            """
            INSERT INTO monitor_event_data
                (recorded_at, occurred_at, workflow_id, kind, quantity, outcome_class,
                 run_state, source)
            VALUES (%(at)s, %(at)s, %(id)s, 'failed', 1, 'business_error', 'failed',
                    'x')
            """,
            {"at": self.now(), "id": workflow.id},
        )

        self.assertFalse(self.look(1))

    def test_only_where_the_rule_looks(self):
        self.make_rule("failure", workflow_kind="cron")
        other = self.make_flow(steps=(), code="other", kind="external")
        rule = self.make_rule("failure", workflow_ids=other.ids)
        self.report("orders", "failed")
        self.report("other", "failed")

        (seen,) = self.look(5)

        self.assertEqual((seen.rule_id, seen.workflow_id), (rule.id, other.id))

    def test_tag_team_and_criticality(self):
        tag = self.env["monitor.tag"].create({"name": "Month end"})
        team = self.env["monitor.team"].create({"name": "Finance"})
        rules = (
            self.make_rule("failure", tag_ids=tag.ids)
            + self.make_rule("failure", team_ids=team.ids)
            + self.make_rule("failure", min_criticality="high")
        )
        self.report("orders", "failed")
        self.assertFalse(self.look(5))

        self.flow.write(
            {"tag_ids": tag.ids, "team_id": team.id, "criticality": "critical"}
        )
        self.report("orders", "failed", start=10)

        self.assertEqual({o.rule_id for o in self.look(15)}, set(rules.ids))
