"""Silences, maintenance windows and inhibition, from the person to the alert."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged

from .incident_case import NOON, IncidentCase, at


@tagged("post_install", "-at_install")
class TestSilence(IncidentCase, TransactionCase):
    def test_that_it_is_muted_stands_in_the_timeline_once(self):
        self.observe(NOON, self.seen(count=1))
        self.make_silence()
        for minute in range(1, 6):
            self.observe(at(minute), self.seen(count=1))
        incident = self.incident_of()
        self.assertEqual(self.lines(incident).count("alert_suppressed"), 1)

    def test_nobody_mutes_companies_she_may_not_act_in(self):
        self.env["res.company"].create({"name": "Beta"})
        with self.assertRaisesRegex(ValidationError, "Choose a company"):
            self.make_silence(company_id=False)
        with self.assertRaisesRegex(ValidationError, "Choose a company"):
            self.env["monitor.inhibition"].with_user(self.manager).create(
                {"name": "x", "source_matchers": "a=b", "target_matchers": "c=d"}
            )

    def test_who_may_not_mute_for_so_long_may_not_choose_what(self):
        silence = self.make_silence(user=self.manager, ends_at=at(hours=24 * 100))
        with self.assertRaises(ValidationError):
            silence.with_user(self.operator).matchers = 'severity=~".*"'

    def test_for_how_long_who_may_mute(self):
        """Operators for 7 days; what a manager does beyond is noted, with her name."""
        week, longer = at(hours=7 * 24), at(hours=7 * 24, seconds=1)
        self.assertFalse(self.noted(self.make_silence(ends_at=week)))
        self.assertFalse(self.noted(self.make_silence(self.manager, ends_at=week)))
        with self.assertRaisesRegex(ValidationError, "for more than 7 days"):
            self.make_silence(ends_at=longer)
        with self.assertRaisesRegex(ValidationError, "for more than 7 days"):
            self.make_silence(ends_at=week).write({"ends_at": longer})

        silence = self.make_silence(self.manager, ends_at=longer)
        (note,) = self.noted(silence)
        self.assertEqual(note.author_id, self.manager.partner_id)
        for words in (self.manager.name, "(UTC)", "7 days at most"):
            self.assertIn(words, note.body)

    def test_that_a_silence_was_prolonged_is_noted(self):
        silence = self.make_silence()
        silence.with_user(self.manager).ends_at = at(hours=30 * 24)
        (note,) = self.noted(silence)
        self.assertEqual(note.author_id, self.manager.partner_id)
        silence.with_user(self.manager).name = "The bank is still down"
        self.assertEqual(self.noted(silence), note)

    def test_that_a_window_has_no_end_is_noted(self):
        (note,) = self.noted(self.make_window())
        self.assertIn("without an end", note.body)

    def test_the_timeline_names_what_mutes(self):
        self.observe(NOON, self.seen())
        self.make_silence(
            self.manager, name="Move of the bank", ends_at=at(hours=30 * 24)
        )
        self.observe(at(1))
        line = self.incident_of().entry_ids.sorted("id")[-1]
        self.assertEqual(line.text_code, "alert_suppressed")
        self.assertIn("Move of the bank", line.text)

    def noted(self, silence):
        """Return the messages that tell of a long silence."""
        return silence.message_ids.filtered(lambda m: "as a manager" in m.body)

    def test_an_inhibition_of_a_company_explains_alerts_of_that_one_alone(self):
        other = self.env["res.company"].create({"name": "Beta"})
        mine = self.env.company
        self.env["monitor.inhibition"].search([]).unlink()
        for company, muted in (
            (mine, {"mine"}),
            (other, {"theirs"}),
            (mine.browse(), {"mine", "theirs"}),
        ):
            with self.subTest(company.name or "all"):
                self.alerts.search([]).unlink()
                inhibition = self.env["monitor.inhibition"].create(
                    {
                        "name": "Down",
                        "company_id": company.id,
                        "source_matchers": "source=down",
                        "target_matchers": "source!=down",
                    }
                )
                down = {"labels": {"source": "down"}}
                self.observe(
                    NOON,
                    self.seen(error="a", company_id=mine.id, **down),
                    self.seen(error="b", company_id=other.id, **down),
                    self.seen(error="mine", company_id=mine.id),
                    self.seen(error="theirs", company_id=other.id),
                )
                found = self.alerts.search([("suppression", "=", "inhibited")])
                self.assertEqual({one.labels["error"] for one in found}, muted)
                inhibition.unlink()

    def test_who_may_not_act_in_all_companies_inhibits_in_her_own(self):
        self.env["res.company"].create({"name": "Beta"})
        values = {"name": "x", "source_matchers": "a=b", "target_matchers": "c=d"}
        mine = {**values, "company_id": self.env.company.id}
        inhibitions = self.env["monitor.inhibition"].with_user(self.manager)
        inhibition = inhibitions.create(mine)
        with self.assertRaisesRegex(ValidationError, "Choose a company"):
            inhibition.company_id = False
        for user in (self.operator, self.viewer):
            with self.assertRaises(AccessError):
                self.env["monitor.inhibition"].with_user(user).create(mine)

    def test_an_alert_from_outside_explains_none_of_another_company(self):
        other = self.env["res.company"].create({"name": "Beta"})
        self.env["monitor.inhibition"].search([]).unlink()
        self.env["monitor.inhibition"].create(
            {
                "name": "Down",
                "source_matchers": "source=down",
                "target_matchers": "source!=down",
            }
        )
        down = self.seen(labels={"source": "down"}, error="1", company_id=other.id)
        mine = self.seen(error="2", company_id=self.env.company.id)
        theirs = self.seen(error="3", company_id=other.id)
        self.observe(NOON, down, mine, theirs)
        states = {
            alert.labels["error"]: alert.state for alert in self.alerts.search([])
        }
        self.assertEqual(states, {"1": "firing", "2": "firing", "3": "suppressed"})

    def test_a_silence_of_a_told_incident_ends(self):
        self.observe(NOON, self.seen())
        self.tell(at(1))
        self.make_silence(starts_at=at(10), ends_at=at(60))
        self.observe(at(10))
        incident = self.incident_of()
        self.assertEqual(self.lines(incident)[-1], "alert_suppressed")
        self.assertFalse(incident.notify_at)
        self.observe(at(60))
        self.assertEqual(self.lines(incident)[-1], "alert_released")
        self.assertEqual(self.tell(at(60)), {incident: "released"})
        self.observe(at(61), self.seen(count=1))
        self.assertFalse(self.tell(at(61)))

    def test_a_silence_that_is_taken_back(self):
        silence = self.make_silence()
        self.observe(at(1), self.seen())
        self.set_clock(at(2))
        silence.action_expire()
        self.assertEqual(silence.status, "expired")
        self.observe(at(3))
        self.assertEqual(self.incident_of().state, "new")

    def test_a_silence_that_is_deleted(self):
        silence = self.make_silence()
        self.observe(at(1), self.seen())
        silence.with_user(self.manager).unlink()
        self.observe(at(2))
        self.assertTrue(self.incident_of())

    def test_what_is_muted(self):
        other = self.make_flow(code="other", name="Other")
        late = self.make_rule(name="Late", kind="late")
        team = self.env["monitor.team"].create({"name": "Sales"})
        self.flow.team_id = team
        for scope, muted in (
            ({"workflow_ids": self.flow.ids}, {"a", "c"}),
            ({"workflow_ids": [], "rule_ids": late.ids}, {"c"}),
            ({"rule_ids": self.rule.ids}, {"a"}),
            ({"workflow_ids": [], "team_ids": team.ids}, {"a", "c"}),
            ({"workflow_ids": [], "matchers": 'kind="failure"'}, {"a", "b"}),
            ({"matchers": 'error!="a"'}, {"c"}),
        ):
            with self.subTest(scope):
                self.alerts.search([]).unlink()
                silence = self.make_silence(user=self.manager, **scope)
                self.alerts._take(
                    [
                        self.seen(error="a"),
                        self.seen(error="b", workflow=other),
                        self.seen(error="c", rule=late),
                    ],
                    at(1),
                )
                found = self.alerts.search([("suppression", "=", "silence")])
                self.assertEqual({one.labels["error"] for one in found}, muted)
                silence.unlink()

    def test_a_silence_of_one_company_mutes_no_other(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.make_silence()
        self.observe(
            at(1), self.seen(company_id=company.id, error="x"), self.seen(error="y")
        )
        muted = self.alerts.search([("state", "=", "suppressed")])
        self.assertEqual(muted.labels["error"], "y")

    def test_a_silence_of_everything_is_refused(self):
        with self.assertRaises(ValidationError):
            self.make_silence(workflow_ids=[])

    def test_matchers_that_are_not_understood_say_why(self):
        for field in ("source_matchers", "target_matchers"):
            values = {"name": "x", "source_matchers": "a=1", "target_matchers": "b=1"}
            with self.assertRaisesRegex(ValidationError, "Not understood"):
                self.env["monitor.inhibition"].create({**values, field: "a b"})
            with self.assertRaises(ValidationError):
                self.env["monitor.inhibition"].create({**values, field: "{}"})
        with self.assertRaisesRegex(ValidationError, "repeats a group"):
            self.make_silence(matchers='a=~"(x+)+"')

    def test_who_made_it_and_what_became_of_it_is_not_written(self):
        silence = self.make_silence(user_id=self.manager.id)
        self.assertEqual(silence.user_id, self.operator)
        for name in ("last_match_at", "next_change_at", "ended_at", "reminded_at"):
            with self.assertRaises(AccessError):
                silence.write({name: NOON})
            with self.assertRaises(AccessError):
                self.make_silence(**{name: NOON})
        with self.assertRaises(AccessError):
            silence.write({"user_id": self.manager.id})
        with self.assertRaises(AccessError):
            self.make_silence(user=self.viewer)
        with self.assertRaises(AccessError):
            silence.unlink()

    def test_status_and_what_is_not_used(self):
        silence = self.make_silence(ends_at=at(hours=48), starts_at=at(10))
        for minute, status, unused in (
            (0, "pending", False),
            (10, "active", False),
            (24 * 60 + 9, "active", False),
            (24 * 60 + 10, "active", True),
            (48 * 60, "expired", False),
        ):
            self.set_clock(at(minute))
            self.env.invalidate_all()
            self.assertEqual((silence.status, silence.unused), (status, unused))

    def test_an_inhibition_that_is_switched_off_or_deleted(self):
        for end in ("archive", "unlink"):
            with self.subTest(end):
                self.alerts.search([]).unlink()
                self.incidents.search([]).unlink()
                inhibition = self.env["monitor.inhibition"].create(
                    {
                        "name": "x",
                        "source_matchers": "kind=lost",
                        "target_matchers": "kind=failure",
                    }
                )
                lost = self.make_rule(name="Lost", kind="lost")
                self.observe(NOON, self.seen(rule=lost), self.seen())
                muted = self.alerts.search([("suppression", "=", "inhibited")])
                self.assertEqual(muted.rule_id, self.rule)
                if end == "archive":
                    inhibition.active = False
                else:
                    inhibition.unlink()
                self.observe(at(1))
                self.assertEqual(muted.state, "firing")

    def test_the_shipped_inhibition_explains_what_is_late(self):
        outage = self.make_rule(name="Scheduler down", kind="outage")
        late = self.make_rule(name="Late", kind="late")
        self.observe(NOON, self.seen(rule=late), self.seen())
        self.observe(at(1), self.seen(rule=outage, workflow=False))
        muted = self.alerts.search([("state", "=", "suppressed")])
        self.assertEqual((muted.rule_id, muted.suppression), (late, "outage"))
        shipped = self.env.ref("monitor_incident.monitor_inhibition_outage")
        shipped.active = False
        self.observe(at(2))
        self.assertEqual(muted.state, "firing")
