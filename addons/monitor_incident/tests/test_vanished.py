"""What was chosen, or said something, and is deleted or archived."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .incident_case import NOON, IncidentCase, at

EVALUATION_LOG = "odoo.addons.monitor_incident.models.monitor_rule_evaluation"


@tagged("post_install", "-at_install", "monitor")
class TestVanished(IncidentCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.other = self.make_flow(
            steps=(), code="other", technical_owner_id=self.operator.id
        )

    def silence(self, **values):
        return (
            self.env["monitor.silence"]
            .with_user(self.operator)
            .create(
                {
                    "name": "Known",
                    "starts_at": NOON,
                    "ends_at": at(hours=4),
                    **values,
                }
            )
        )

    def test_a_silence_does_not_become_one_of_everything(self):
        team = self.env["monitor.team"].create({"name": "Finance"})
        rule = self.make_rule()
        silences = (
            self.silence(workflow_ids=self.flow.ids),
            self.silence(rule_ids=rule.ids),
            self.silence(team_ids=team.ids),
        )
        self.flow.active = False
        rule.unlink()
        team.unlink()
        for silence in silences:
            matches = silence._matcher()
            self.assertFalse(matches({"workflow": "other", "rule": "1"}))
        self.assertTrue(silences[0]._matcher()({"workflow": self.flow.code}))

    def test_a_silence_follows_what_its_author_chooses_later(self):
        silence = self.silence(workflow_ids=self.flow.ids)
        silence.write({"workflow_ids": [Command.clear()], "matchers": "a=b"})
        self.assertTrue(silence._matcher()({"workflow": "other", "a": "b"}))

    def test_a_rule_does_not_become_one_of_everything(self):
        team = self.env["monitor.team"].create({"name": "Finance"})
        tag = self.env["monitor.tag"].create({"name": "Month end"})
        other = {
            "id": self.other.id, "active": True, "paused": False, "company_id": None,
            "kind": "flow", "tag_ids": [], "team_id": None, "criticality": "medium",
        }  # fmt: skip
        for values, chosen in (
            ({"workflow_ids": self.flow.ids}, self.flow),
            ({"tag_ids": tag.ids}, tag),
            ({"team_ids": team.ids}, team),
        ):
            rule = self.make_rule(**values)
            self.assertFalse(rule._looks_at(other))
            chosen.unlink()
            self.env.invalidate_all()
            self.assertFalse(rule._looks_at(other))

    def test_what_a_deleted_workflow_said_is_over(self):
        self.observe(NOON, self.seen())
        incident = self.incident_of()
        self.set_clock(at(5))
        self.flow.unlink()
        self.observe(at(6))
        self.assertEqual(incident.alert_ids.state, "resolved")
        self.assertEqual(incident.state, "resolved")

    def test_what_a_deleted_rule_said_is_over(self):
        self.observe(NOON, self.seen())
        self.rule.unlink()
        self.observe(at(1))
        self.assertEqual(self.incident_of().state, "resolved")

    def test_what_a_rule_said_before_it_asked_something_else_is_over(self):
        self.observe(NOON, self.seen())
        self.rule.kind = "late"
        self.observe(at(1))
        self.assertEqual(self.incident_of().state, "resolved")

    def test_what_came_through_a_deleted_receiver_is_over(self):
        receiver = self.env["monitor.alertmanager"].create({"name": "Prometheus"})
        self.observe(NOON, self.seen())
        alert = self.alerts.search([])
        alert.write({"source": "alertmanager", "alertmanager_id": receiver.id})
        self.set_clock(at(5))
        receiver.unlink()
        self.assertEqual(alert.state, "resolved")

    def test_whose_author_is_deleted_a_silence_stays(self):
        author = self.operator.copy({"login": "author", "active": True})
        silence = self.silence(workflow_ids=self.flow.ids)
        silence.sudo().user_id = author
        author.unlink()
        self.assertTrue(silence.exists())

    def test_one_rule_that_breaks_stops_no_other(self):
        """And what it said before is not over because of that."""
        self.make_rule(name="The Monitor", kind="defect")
        kind, flows = "consecutive_failures", self.flow.ids
        good = self.make_rule(name="Good", kind=kind, workflow_ids=flows)
        bad = self.make_rule(name="Bad", kind=kind, workflow_ids=flows, factor=2)
        self.tick(NOON)
        api = self.api_of(self.service)
        api.run_start(self.flow.code, "1")
        api.run_finish(self.flow.code, "1", "failed", "no stock")
        self.tick(at(1))
        alerts = self.alerts.search([("rule_id", "in", (good + bad).ids)])
        self.assertEqual(alerts.mapped("state"), ["firing"] * 2)
        thresholds = type(bad)._thresholds

        def broken(rule):
            if rule.factor == 2:
                raise OverflowError("too far")
            return thresholds(rule)

        with (
            patch.object(type(bad), "_thresholds", broken),
            mute_logger(EVALUATION_LOG),
        ):
            self.flow.rules_due = True
            self.tick(at(2))

        self.assertEqual(alerts.mapped("state"), ["firing"] * 2)
        self.assertIn("too far", bad.last_error)
        self.assertFalse(good.last_error)
        defect = self.alerts.search([("rule_id.kind", "=", "defect")])
        self.assertIn("Bad: OverflowError: too far", defect.summary)
