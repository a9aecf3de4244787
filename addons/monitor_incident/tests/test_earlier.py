"""The same before: how often it happened, and what resolved it."""

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from .incident_case import NOON, IncidentCase, at


@tagged("post_install", "-at_install")
class TestEarlier(IncidentCase, TransactionCase):
    def happen(self, day, note=None, resolution="fixed", told=True, **seen):
        """Have it happen on a day after :data:`NOON`, and be over an hour later."""
        start = at(hours=24 * day)
        known = self.incidents.search([])
        self.observe(start, self.seen(since=start, **seen))
        incident = self.incidents.search([]) - known
        if told:
            self.tell(at(hours=24 * day, minutes=5))
        self.set_clock(at(hours=24 * day + 1))
        if resolution == "recovered":
            seen = {**seen, "active": False}
            self.observe(at(hours=24 * day + 1), self.seen(**seen))
        else:
            incident.with_user(self.operator).resolve(note=note, resolution=resolution)
            self.observe(
                at(hours=24 * day + 1, minutes=1), self.seen(**seen, active=False)
            )
        self.observe(at(hours=24 * day + 27))
        self.assertEqual(incident.state, "closed")
        return incident

    def now_open(self, day=20, **seen):
        known = self.incidents.search([])
        start = at(hours=24 * day)
        self.observe(start, self.seen(since=start, **seen))
        return self.incidents.search([]) - known

    def test_the_first_time_nothing_is_said(self):
        incident = self.now_open()
        self.assertFalse(incident.earlier_line)

    def test_once_before_by_whom_and_with_which_note(self):
        self.happen(0, note="Renewed the\ncertificate.")
        self.assertEqual(
            self.now_open().earlier_line,
            "Happened once before, on Mar 2, 2026: fixed "
            f"({self.operator.name}), “Renewed the certificate”.",
        )

    def test_the_last_of_many_counts(self):
        first = self.happen(0, note="Renewed the certificate")
        second = self.happen(3, resolution="recovered")
        incident = self.now_open()
        self.assertEqual(
            incident.earlier_line,
            "Happened 2 times before; last on Mar 5, 2026: it recovered by itself.",
        )
        listed = self.incidents.search(incident.action_open_earlier()["domain"])
        self.assertEqual(listed, first | second)
        # what comes later is not "before"
        self.assertIn("once before", second.earlier_line)
        self.assertFalse(first.earlier_line)

    def test_it_was_over_before_anybody_was_told(self):
        self.happen(0, resolution="recovered", told=False)
        self.assertIn(
            "it was over before anybody was told.", self.now_open().earlier_line
        )

    def test_no_action_was_needed(self):
        self.happen(0, resolution="no_action", note="Planned")
        self.assertIn(
            f"no action was needed ({self.operator.name}), “Planned”.",
            self.now_open().earlier_line,
        )

    def test_another_error_is_not_the_same(self):
        self.happen(0, error="a")
        self.assertFalse(self.now_open(error="b").earlier_line)

    def test_one_that_was_merged_or_is_open_is_not_before(self):
        earlier = self.happen(0)
        incident = self.now_open()
        earlier.group_key = False  # one open incident of a group
        for state in ("merged", "acknowledged", "snoozed"):
            # without its group: only one of each may be open
            earlier.write({"state": state, "group_key": False})
            self.env.invalidate_all()
            self.assertFalse(incident.earlier_line)

    def test_without_alerts_the_same_reason_counts(self):
        values = {"title": "Late", "severity": "error"}
        first = self.incidents._open_directly("direct:1", values, NOON)
        other = self.incidents._open_directly("direct:2", values, NOON)
        for incident in first | other:
            incident.with_user(self.manager).resolve(note="Done")
        self.observe(at(hours=30))
        again = self.incidents._open_directly("direct:1", values, at(hours=40))
        self.assertIn("Happened once before", again.earlier_line)
        self.assertEqual(again._earlier(), first)

    def test_a_viewer_hears_of_hers_only(self):
        earlier = self.happen(0, note="Secret")
        incident = self.now_open()
        incident.user_id = self.viewer
        self.assertTrue(incident.earlier_line)
        self.env.invalidate_all()
        self.assertFalse(incident.with_user(self.viewer).earlier_line)
        with self.assertRaises(AccessError):
            earlier.with_user(self.viewer).read(["resolution_note"])
        earlier.user_id = self.viewer
        self.env.invalidate_all()
        self.assertIn("Secret", incident.with_user(self.viewer).earlier_line)
