"""Scenario 47: an error budget that burns."""

from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from ..tools import burn_rate
from .incident_case import NOON, at
from .scenario_case import ActionCase

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@tagged("post_install", "-at_install", "monitor")
class TestScenario47(ActionCase, TransactionCase):
    """The burn of an error budget: 99.5 %, at least 10 events."""

    def setUp(self):
        super().setUp()
        self.rule.write({"kind": "slo_burn", "slo_target": 99.5, "threshold": 10})

    def history(self, *figures):
        """Record ``(minutes before noon, good, bad)``, and have the tick look."""
        for minutes, good, bad in figures:
            moment = NOON - timedelta(minutes=minutes)
            for state, count in (("succeeded", good), ("failed", bad)):
                if count:
                    self.ran(moment, state, count, error=state)
        self.look(NOON)
        self.look(at(seconds=30))
        return self.flow.incident_ids

    def alert_of(self, incident):
        self.assertEqual(len(incident.alert_ids), 1)
        return incident.alert_ids

    def test_47_an_hour_and_five_minutes_page(self):
        """7.2 % of errors in both: 928 and 72, of which in five minutes 116 and 9."""
        incident = self.history((30, 812, 63), (4, 116, 9))
        alert = self.alert_of(incident)
        self.assertEqual(incident.severity, self.rule.severity)
        self.assertAlmostEqual(alert.value, 14.4, 1)
        self.assertEqual(self.told(incident), [(at(seconds=30), "first")])

    def test_47_an_hour_below_does_not_page(self):
        """7.1 % in the hour; in six hours 2.4 %: no page, a ticket."""
        incident = self.history((300, 1942, 0), (40, 813, 62), (4, 116, 9))
        self.assertEqual(incident.severity, "warning")

    def test_47_the_errors_of_an_hour_ago_do_not_page(self):
        """20 % in the hour, none in the last half of it: no page, a ticket."""
        incident = self.history((45, 80, 20), (4, 10, 0))
        self.assertEqual(incident.severity, "warning")

    def test_47_nine_events_are_too_few(self):
        self.assertFalse(self.history((4, 0, 9)))
        self.ran(NOON, "failed", error="x")
        self.look(at(1))
        self.assertTrue(self.flow.incident_ids)

    def test_47_one_of_two_at_night_does_not_page(self):
        self.assertFalse(self.history((40, 1, 0), (4, 0, 1)))

    def test_47_six_hours_and_half_an_hour_page(self):
        """3 % in both, and less than 7.2 % in the last five minutes."""
        incident = self.history((300, 485, 15), (20, 97, 3), (4, 97, 3))
        alert = self.alert_of(incident)
        self.assertEqual(incident.severity, self.rule.severity)
        self.assertAlmostEqual(alert.value, 6, 1)
        self.assertEqual(self.told(incident), [(at(seconds=30), "first")])

    def test_47_three_days_and_six_hours_are_a_ticket(self):
        """0.5 % in both: a warning, not a page."""
        incident = self.history((2 * 24 * 60, 796, 4), (300, 199, 1))
        alert = self.alert_of(incident)
        self.assertEqual((incident.severity, alert.severity), ("warning", "warning"))
        self.assertAlmostEqual(alert.value, 1, 1)

    def test_47_less_is_nothing(self):
        self.assertFalse(self.history((2 * 24 * 60, 797, 3), (300, 199, 1)))

    def test_47_the_thresholds_are_those_of_the_workbook(self):
        tiers = [
            (tier.long, tier.short, round(tier.rate * 0.5, 3), tier.page)
            for tier in burn_rate.TIERS
        ]
        hour = timedelta(hours=1)
        self.assertEqual(
            tiers,
            [
                (hour, 5 * MINUTE, 7.2, True),
                (6 * hour, 30 * MINUTE, 3, True),
                (3 * DAY, 6 * hour, 0.5, False),
            ],
        )
