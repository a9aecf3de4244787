"""What a silence would do, told while it is filled in."""

from datetime import datetime

from odoo.tests import Form, TransactionCase, tagged

from .incident_case import NOON, IncidentCase, at


@tagged("post_install", "-at_install")
class TestSilencePreview(IncidentCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.other = self.make_flow(code="other", name="Other")
        everywhere = self.make_rule(name="Everywhere")
        self.observe(
            NOON,
            self.seen(error="a"),
            self.seen(error="b"),
            self.seen(rule=everywhere, workflow=self.other),
        )

    def new(self):
        form = Form(self.env["monitor.silence"].with_user(self.operator))
        form.ends_at = at(hours=4)
        return form

    def test_it_is_live_while_it_is_filled_in(self):
        form = self.new()
        self.assertIn("Say what is muted", form.matching_line)
        form.workflow_ids.add(self.flow)
        self.assertEqual(form.matching_line, "Mutes 2 alerts now.")
        self.assertEqual(form.matching_count, 2)
        form.matchers = 'error="a"'
        self.assertEqual(form.matching_line, "Mutes 1 alert now.")
        form.matchers = 'error="c"'
        self.assertEqual(form.matching_line, "Nothing that fires now matches.")
        form.matchers = "error="
        self.assertEqual(form.matching_count, 0)
        form.matchers = "error"
        self.assertIn('Not understood from "error" on', form.matching_line)
        form.matchers = 'error=~"a|b"'
        form.starts_at = at(60)
        self.assertEqual(
            form.matching_line,
            "2 alerts that fire now match; they are not muted yet.",
        )

    def test_by_rule_and_by_team(self):
        form = self.new()
        form.rule_ids.add(self.rule)
        self.assertEqual(form.matching_count, 2)
        form = self.new()
        team = self.env["monitor.team"].create({"name": "Nobody's"})
        form.team_ids.add(team)
        self.assertEqual(form.matching_count, 0)

    def test_it_says_what_it_then_does(self):
        form = self.new()
        form.name = "Bank is down"
        form.workflow_ids.add(self.flow)
        foreseen = form.matching_count
        silence = form.save()
        listed = self.alerts.search(silence.action_open_matching()["domain"])
        self.assertEqual(len(listed), foreseen)
        self.observe(at(1))
        muted = self.alerts.search([("suppression", "=", "silence")])
        self.assertEqual(muted, listed)
        # what it mutes already is still what it matches
        self.assertEqual(silence.matching_count, foreseen)

    def test_what_is_over_or_does_not_last_yet_is_not_matched(self):
        self.rule.for_minutes = 10
        self.observe(at(1), self.seen(active=False, error="a"), self.seen(error="new"))
        form = self.new()
        form.workflow_ids.add(self.flow)
        self.assertEqual(form.matching_count, 1)

    def test_one_that_is_over_matches_nothing(self):
        form = self.new()
        form.name = "Bank is down"
        form.workflow_ids.add(self.flow)
        silence = form.save()
        silence.action_expire()
        self.set_clock(at(hours=5))
        self.env.invalidate_all()
        self.assertFalse(silence.matching_line)
        self.assertFalse(silence.matching_count)

    def test_of_another_company_it_matches_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.alerts.search([]).write({"labels": {"company": str(company.id)}})
        silence = self.env["monitor.silence"].create(
            {"name": "x", "matchers": 'a=""', "ends_at": at(60), "starts_at": NOON}
        )
        self.assertEqual(silence.matching_count, 0)
        silence.company_id = company
        self.assertEqual(silence.matching_count, 3)

    def test_the_next_windows_in_their_time_zone(self):
        self.set_clock(datetime(2026, 3, 27, 12))  # clocks change on Sunday
        form = Form(self.env["monitor.silence"].with_user(self.manager))
        form.workflow_ids.add(self.flow)
        self.assertFalse(form.next_windows)
        form.kind = "maintenance"
        self.assertFalse(form.next_windows)
        form.tz = "Europe/Paris"
        form.start_hour = 22
        form.duration_hours = 4
        form.saturday = True
        form.monday = True
        lines = [line.replace("\u202f", " ") for line in form.next_windows.split("\n")]
        self.assertEqual(
            lines,
            [
                "Sat, Mar 28, 10:00 PM – 3:00 AM",
                "Mon, Mar 30, 10:00 PM – 2:00 AM",
                "Sat, Apr 4, 10:00 PM – 2:00 AM",
            ],
        )
        self.set_clock(datetime(2026, 3, 28, 22))
        form.duration_hours = 5
        lines = [line.replace("\u202f", " ") for line in form.next_windows.split("\n")]
        self.assertEqual(lines[0], "Sat, Mar 28, now until 4:00 AM")
        form.duration_hours = 25
        self.assertFalse(form.next_windows)

    def test_a_window_that_ends_is_not_told_beyond_its_end(self):
        silence = self.env["monitor.silence"].create(
            {
                "name": "Twice",
                "kind": "maintenance",
                "matchers": 'severity="error"',
                "tz": "UTC",
                "tuesday": True,
                "starts_at": NOON,
                "ends_at": at(hours=24 * 10),
            }
        )
        self.assertEqual(len(silence.next_windows.split("\n")), 2)
        silence.active = False
        self.assertFalse(silence.next_windows)
        self.assertFalse(silence.matching_line)
