"""What a rule said of a workflow ends when it does not look at it any more."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..tools.observation import Observation
from ..tools.scales import RULE_KINDS
from .incident_case import NOON, at
from .scenario_case import ActionCase

#: These are not about workflows: they have no scope.
WITHOUT_WORKFLOW = {"backlog", "record_age", "outage", "defect"}
KINDS = [kind for kind, _label in RULE_KINDS if kind not in WITHOUT_WORKFLOW]


@tagged("post_install", "-at_install", "monitor")
class TestRuleLeaves(ActionCase, TransactionCase):
    """A workflow fails, and leaves the scope of the rules that say so."""

    def setUp(self):
        super().setUp()
        self.tag = self.env["monitor.tag"].create({"name": "Month end"})
        self.team = self.env["monitor.team"].create({"name": "Finance"})
        self.flow.write(
            {
                "tag_ids": self.tag.ids,
                "team_id": self.team.id,
                "criticality": "high",
                "company_id": self.env.company.id,
            }
        )
        self.rule.active = False
        self.ran(NOON - timedelta(minutes=1), "failed", error="no stock")
        self.look(NOON)

    def alerts_of(self, *kinds, now=NOON, **values):
        """Return alerts of rules of these kinds, as such that the workflow raised.

        That the rules are new was looked at: nothing but what follows is to be.
        """
        rules = self.env["monitor.rule"].concat(
            *(self.make_rule(name=kind, kind=kind, **values) for kind in kinds)
        )
        self.look(now)
        self.assertFalse(self.flow.rules_due)
        facts = rules._facts_of(self.flow.ids)[self.flow.id]
        self.alerts._take(
            [
                Observation(
                    rule_id=rule.id,
                    labels=rule._labels(facts),
                    active=True,
                    workflow_id=self.flow.id,
                    company_id=self.flow.company_id.id,
                )
                for rule in rules
            ],
            now,
        )
        alerts = self.alerts.search([("rule_id", "in", rules.ids)], order="rule_id")
        self.assertEqual(alerts.mapped("state"), ["firing"] * len(rules))
        return alerts

    def test_whatever_the_kind_it_ends_at_the_next_look(self):
        alerts = self.alerts_of(*KINDS, tag_ids=self.tag.ids)
        self.flow.tag_ids = [Command.clear()]
        self.look(at(1))
        for alert in alerts:
            with self.subTest(alert.rule_id.kind):
                self.assertEqual(alert.state, "resolved")
                self.assertEqual(alert.end_reason, "scope")
                self.assertEqual(alert.resolved_at, at(1))

    def test_however_it_leaves(self):
        other_team = self.env["monitor.team"].create({"name": "Sales"})
        other_tag = self.env["monitor.tag"].create({"name": "Year end"})
        other = self.env["res.company"].create({"name": "Other"})
        minute, company = 0, self.env.company
        for scope, change, reason in (
            ({}, {"paused": True, "pause_reason": "stocktaking"}, "paused"),
            ({}, {"active": False}, "archived"),
            ({"tag_ids": self.tag.ids}, {"tag_ids": other_tag.ids}, "scope"),
            ({"team_ids": self.team.ids}, {"team_id": other_team.id}, "scope"),
            ({"min_criticality": "high"}, {"criticality": "low"}, "scope"),
            ({"company_id": company.id}, {"company_id": other.id}, "scope"),
            ({"workflow_kind": "flow"}, {"kind": "external"}, "scope"),
        ):
            with self.subTest(str(change)):
                kinds = "failure", "volume", "slo_burn"
                alerts = self.alerts_of(*kinds, now=at(minute), **scope)
                before = {name: self.flow[name] for name in change}
                self.flow.write(change)
                self.look(at(minute + 1))
                self.assertEqual(alerts.mapped("state"), ["resolved"] * 3)
                self.assertEqual(alerts.mapped("end_reason"), [reason] * 3)
                alerts.rule_id.active = False
                self.flow.write(before)
                minute += 2

    def test_a_tag_or_team_that_is_deleted(self):
        of_team = self.alerts_of("failure", team_ids=self.team.ids)
        tagged_ = self.alerts_of("volume", tag_ids=self.tag.ids)
        self.tag.with_user(self.manager).unlink()
        self.look(at(1))
        self.assertEqual((tagged_.state, of_team.state), ("resolved", "firing"))
        self.team.with_user(self.manager).unlink()
        self.look(at(2))
        self.assertEqual(of_team.end_reason, "scope")

    def test_a_rule_that_looks_elsewhere(self):
        elsewhere = self.make_flow(steps=(), code="elsewhere")
        for kind in ("failure", "volume", "slo_burn"):
            alert = self.alerts_of(kind, workflow_ids=self.flow.ids)
            alert.rule_id.workflow_ids = elsewhere
            self.look(at(1))
            self.assertEqual((alert.state, alert.end_reason), ("resolved", "scope"))

    def test_a_rule_that_is_switched_off_says_so(self):
        alert = self.alerts_of("volume", recover_minutes=30)
        alert.rule_id.active = False
        self.look(at(1))
        self.assertEqual((alert.state, alert.end_reason), ("resolved", "rule"))

    def test_nothing_has_to_recover_first(self):
        """Neither minutes nor runs that are well are waited for."""
        alerts = self.alerts_of(
            *("volume", "consecutive_failures"),
            **{"tag_ids": self.tag.ids, "recover_minutes": 30, "recover_successes": 3},
        )
        self.flow.tag_ids = [Command.clear()]
        self.look(at(1))
        self.assertEqual(alerts.mapped("state"), ["resolved"] * 2)

    def test_what_stays_in_scope_stays_open(self):
        alerts = self.alerts_of("failure", "volume", tag_ids=self.tag.ids)
        self.flow.write({"criticality": "low", "company_id": False})
        self.look(at(1))
        self.assertEqual(alerts.mapped("state"), ["firing"] * 2)
        self.assertEqual(alerts.mapped("end_reason"), [False] * 2)

    def test_while_the_monitor_catches_up_too(self):
        """Nothing is said of what is late then, but a paused workflow is paused."""
        alert = self.alerts_of("late", tag_ids=self.tag.ids)
        self.env["monitor.tick"]._get().write(
            {"outage_from": at(hours=-6), "outage_to": at(0)}
        )
        self.flow.write({"paused": True, "pause_reason": "stocktaking"})
        self.look(at(1))
        self.assertEqual((alert.state, alert.end_reason), ("resolved", "paused"))

    def test_the_incident_says_that_it_did_not_recover(self):
        alert = self.alerts_of("failure", tag_ids=self.tag.ids)
        self.look(at(1))
        incident = alert.incident_id
        self.assertTrue(incident.last_notified_at)
        self.flow.write({"paused": True, "pause_reason": "stocktaking"})
        self.look(at(2))
        self.assertEqual(
            (incident.state, incident.resolution), ("resolved", "unwatched")
        )
        self.assertEqual(self.lines(incident)[-2:], ["alert_paused", "unwatched"])
        self.assertIn("Paused", incident.entry_ids.sorted("id")[-2].text)
        self.look(at(10))
        self.assertEqual(self.told(incident)[-1][1], "resolved")

    def test_what_recovered_before_it_left_has_recovered(self):
        alert = self.alerts_of(
            "consecutive_failures", tag_ids=self.tag.ids, recover_minutes=30
        )
        self.ran(at(1), "succeeded")
        self.look(at(2))
        self.assertTrue(alert.clear_since)
        self.flow.tag_ids = [Command.clear()]
        self.look(at(3))
        self.assertEqual((alert.state, alert.end_reason), ("resolved", False))

    def test_what_comes_back_is_told_again(self):
        alert = self.alerts_of("consecutive_failures", tag_ids=self.tag.ids)
        self.flow.tag_ids = [Command.clear()]
        self.look(at(1))
        self.flow.tag_ids = self.tag
        self.look(at(2))
        alerts = self.alerts.search([("rule_id", "=", alert.rule_id.id)], order="id")
        self.assertEqual(alerts.mapped("state"), ["resolved", "firing"])

    def test_a_deleted_workflow_says_so(self):
        alert = self.alerts_of("failure")
        self.set_clock(at(1))
        self.flow.unlink()
        self.assertEqual((alert.state, alert.end_reason), ("resolved", "deleted"))
