from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from .rule_case import NOON, RuleCase


@tagged("post_install", "-at_install", "monitor")
class TestRuleHealth(RuleCase, TransactionCase):
    """Rules read the health that the board shows."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=(), code="orders", kind="external")

    def test_failures_in_a_row(self):
        rule = self.make_rule("consecutive_failures", threshold=3)
        self.report("orders", "failed", "failed")
        self.assertFalse(self.look(5))

        self.report("orders", "failed", start=10)
        (seen,) = self.look(15)

        self.assertEqual((seen.rule_id, seen.code), (rule.id, "failures_in_a_row"))
        self.assertEqual(seen.params["count"], 3)
        self.assertEqual(seen.since, NOON)
        self.assertEqual(seen.labels["workflow"], "orders")

    def test_late_is_backdated_and_over_when_it_ran(self):
        self.make_rule("late")
        self.flow.write(
            {
                "schedule_type": "interval",
                "interval_number": 1,
                "interval_unit": "hours",
                "grace_minutes": 6,
            }
        )
        self.report("orders", "succeeded")
        self.assertFalse(self.look(65))

        (seen,) = self.look(75)

        self.assertEqual(seen.code, "late")
        self.assertEqual(seen.since, NOON + timedelta(minutes=66))
        self.report("orders", "succeeded", start=80)
        self.assertFalse(self.look(81))

    def test_a_heartbeat_is_told_by_its_own_rule(self):
        late, missing = self.make_rule("late"), self.make_rule("heartbeat")
        beat = self.make_flow(
            steps=(),
            code="beat",
            kind="heartbeat",
            schedule_type="interval",
            interval_number=1,
            interval_unit="hours",
            grace_minutes=6,
        )
        self.report("beat", "succeeded")
        self.assertFalse(self.look(63))

        (seen,) = self.look(70)

        self.assertEqual((seen.rule_id, seen.workflow_id), (missing.id, beat.id))
        self.assertTrue(late)

    def test_waits_at_a_checkpoint(self):
        rule = self.make_rule("stalled")
        self.make_flow(steps=({"code": "paid", "deadline_minutes": 30},), code="cash")
        self.api_of(self.service).run_start("cash", "1")
        self.assertFalse(self.look(20))

        (seen,) = self.look(31)

        self.assertEqual((seen.rule_id, seen.code), (rule.id, "stalled_at"))
        self.assertEqual(seen.params["count"], 1)

    def test_a_paused_workflow_is_not_judged(self):
        self.make_rule("consecutive_failures")
        self.report("orders", "failed")
        self.assertTrue(self.look(5))

        self.flow.write({"paused": True, "pause_reason": "stocktaking"})

        self.assertFalse(self.look(6))

    def test_running_for_longer_than_the_limit(self):
        rule = self.make_rule("slow", limit_minutes=30, factor=0)
        self.api_of(self.service).run_start("orders", "1")
        self.assertFalse(self.look(29))

        (seen,) = self.look(31)

        self.assertEqual((seen.rule_id, seen.code), (rule.id, "running_long"))
        self.assertEqual(seen.since, NOON + timedelta(minutes=30))

    def test_the_user_of_a_scheduled_action_is_archived(self):
        """Told before the first run fails, not after seven days (scenario 29)."""
        rule = self.make_rule("misconfigured")
        worker = self.operator.copy({"login": "worker", "active": True})
        cron = self.make_cron(user_id=worker.id)
        self.assertFalse(self.look())
        worker.active = False

        (seen,) = self.look(1)

        self.assertEqual(seen.rule_id, rule.id)
        self.assertEqual(seen.workflow_id, self.workflow_of(cron).id)

    def test_switched_off_by_odoo(self):
        rule = self.make_rule("deactivated")
        cron = self.make_cron()
        self.look()
        workflow = self.workflow_of(cron)
        workflow.source_state = "deactivated"
        self.env.flush_all()
        self.env["monitor.health"]._refresh(workflow.ids, NOON)
        facts = self.env["monitor.rule"]._facts_of(workflow.ids)

        seen = rule._observe_health(rule, facts, NOON)

        self.assertEqual([o.code for o in seen], ["deactivated_plain"])
