from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from .rule_case import NOON, RuleCase


@tagged("post_install", "-at_install", "monitor")
class TestRuleMonitor(RuleCase, TransactionCase):
    """Who was blind says so, and blames nobody (scenario 31)."""

    def setUp(self):
        super().setUp()
        self.row = self.env["monitor.tick"]._get()

    def tick_at(self, minutes):
        self.seen.clear()
        moment = NOON + timedelta(minutes=minutes)
        self.set_clock(moment)
        self.tick(moment)
        return self.active()

    def make_due(self):
        flow = self.make_flow(
            steps=(),
            code="hourly",
            kind="external",
            schedule_type="interval",
            interval_number=1,
            interval_unit="hours",
            grace_minutes=6,
        )
        self.report("hourly", "succeeded")
        return flow

    def test_an_outage_is_one_thing(self):
        outage, late = self.make_rule("outage"), self.make_rule("late")
        self.make_due()
        self.assertFalse(self.tick_at(1))

        (seen,) = self.tick_at(8 * 60)

        self.assertEqual((seen.rule_id, seen.code), (outage.id, "outage"))
        self.assertEqual(seen.params["duration"], timedelta(minutes=8 * 60 - 1))
        self.assertEqual(seen.since, NOON + timedelta(minutes=1))
        for minutes in range(1, 30):
            self.assertEqual(
                {o.rule_id for o in self.tick_at(8 * 60 + minutes)}, {outage.id}
            )
        # who has not come by then is late
        self.assertEqual({o.rule_id for o in self.tick_at(8 * 60 + 30)}, {late.id})

    def test_at_its_first_look_it_blames_nobody(self):
        self.make_rule("outage")
        late = self.make_rule("late")
        self.make_due()
        self.row.write({"last_tick_at": False, "off_at": False})
        for minutes in range(30):
            self.assertFalse(self.tick_at(8 * 60 + minutes))

        self.assertEqual({o.rule_id for o in self.tick_at(8 * 60 + 30)}, {late.id})

    def test_what_was_late_before_an_outage_is_not_over_because_of_it(self):
        self.make_rule("late")
        flow = self.make_due()
        (late,) = [one for minutes in range(1, 68) for one in self.tick_at(minutes)]
        self.env["monitor.alert"].create(
            {
                "rule_id": late.rule_id,
                "workflow_id": late.workflow_id,
                "fingerprint": late.fingerprint,
                "labels": dict(late.labels),
                "severity": "error",
                "first_seen_at": self.now(),
                "last_seen_at": self.now(),
            }
        )
        flow.rules_due = True  # as after each review
        for minutes in range(8 * 60, 8 * 60 + 40):
            self.tick_at(minutes)
            self.assertFalse([one for one in self.seen if not one.active])

    def test_slow_ticks_do_not_put_off_for_ever_what_is_late(self):
        late = self.make_rule("late")
        self.make_due()
        told = [
            minutes
            for minutes in range(64, 180, 4)
            if late.id in {o.rule_id for o in self.tick_at(minutes)}
        ]
        self.assertTrue(told)

    def test_what_comes_within_half_an_hour_was_never_late(self):
        self.make_rule("late")
        self.make_due()
        self.tick_at(1)
        self.tick_at(8 * 60)
        self.report("hourly", "succeeded", start=8 * 60 + 5)
        for minutes in range(8 * 60 + 6, 8 * 60 + 40):
            self.assertFalse(self.tick_at(minutes))

    def test_switched_off_is_no_outage(self):
        self.make_rule("outage")
        self.tick_at(1)
        self.row.off_at = NOON + timedelta(minutes=479)
        self.assertFalse(self.tick_at(480))

    def test_a_short_gap_is_none(self):
        self.make_rule("outage", limit_minutes=10)
        self.tick_at(1)
        self.assertFalse(self.tick_at(9))
        for minutes in range(10, 15):
            self.tick_at(minutes)
        self.assertTrue(self.tick_at(26))

    def test_the_monitor_itself(self):
        rule = self.make_rule("defect")
        self.assertFalse(self.tick_at(1))
        self.row.error = "statistics: something broke"

        (seen,) = self.tick_at(2)

        self.assertEqual(seen.rule_id, rule.id)
        self.assertIn("something broke", seen.params["error"])
