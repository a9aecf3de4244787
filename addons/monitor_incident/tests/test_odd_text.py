"""Text that PostgreSQL cannot hold: NUL, and half of a surrogate pair."""

import io
import json
import zipfile
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .incident_case import NOON, at
from .scenario_case import ActionCase

ODD = "no \udcff stock\x00 \ud83d left"
LOGS = (
    "odoo.addons.monitor_incident.models.monitor_rule_evaluation",
    "odoo.addons.monitor_incident.models.monitor_incident_server_action",
    "odoo.addons.monitor_incident.models.monitor_incident_intake",
    "odoo.addons.monitor_incident.models.monitor_alert_take",
)


@tagged("post_install", "-at_install", "monitor")
class TestOddText(ActionCase, TransactionCase):
    """From what failed to the file of evidence, nothing raises and all is counted."""

    def setUp(self):
        super().setUp()
        self.make_rule(name="The Monitor", kind="defect")
        self.look(NOON)

    def evidence_of(self, incident):
        with zipfile.ZipFile(io.BytesIO(incident._evidence(at(60)))) as archive:
            return {
                name: archive.read(name).decode()
                for name in archive.namelist()
                if name.endswith(".json")
            }

    def assertNoDefect(self):
        self.assertFalse(self.alerts.search([("rule_id.kind", "=", "defect")]))
        self.assertFalse(self.env["monitor.rule"].search([("last_error", "!=", False)]))

    def test_failures_are_counted(self):
        """Reported with it in the error, the context, the workflow's own key."""
        self.make_rule(name="In a row", kind="consecutive_failures", threshold=2)
        self.make_rule(
            name="Twice", kind="duplicate", key_path="order", group_by="rule"
        )
        api = self.api_of(self.service)
        for number in range(3):
            self.set_clock(at(number))
            key, context = f"run-{number}", {"order": ODD, ODD: [ODD]}
            api.run_start(self.flow.code, key, {"context": context})
            api.run_finish(self.flow.code, key, "failed", ODD)
        self.look(at(5))
        alerts = self.alerts.search([])
        by_kind = {alert.rule_id.kind: alert for alert in alerts}
        self.assertEqual(set(by_kind), {"failure", "consecutive_failures", "duplicate"})
        self.assertEqual(by_kind["failure"].count, 3)
        for alert in alerts:
            self.assertIn("stock", alert.summary)
            self.assertNotIn("\x00", alert.summary)
            alert.incident_id.with_user(self.operator).acknowledge(ODD)
            told = self.evidence_of(alert.incident_id)
            self.assertIn("stock", "".join(told.values()))
            for text in told.values():
                json.loads(text)
        self.assertNoDefect()

    def test_a_scheduled_action_that_raises_it(self):
        cron = self.make_cron(code=f"raise UserError({ODD!r})")
        self.rule.workflow_ids |= self.env["monitor.workflow"]
        self.look(at(1))
        self.rule.workflow_ids = self.workflow_of(cron)
        with (
            mute_logger("odoo.addons.base.models.ir_cron"),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.look(self.now())
        alert = self.alerts.search([("workflow_id", "=", self.workflow_of(cron).id)])
        self.assertIn("stock", alert.summary)
        self.assertTrue(self.evidence_of(alert.incident_id))
        self.assertNoDefect()

    def test_what_a_rule_saw(self):
        """However it came there: labels, values and words are stored."""
        seen = [
            self.seen(
                error=ODD, count=2, code="failed", params={"error": ODD},
                labels={"key": ODD, ODD: "x"},
            )
            for _twice in range(2)
        ]  # fmt: skip
        self.observe(NOON, *seen)
        self.observe(at(1), *seen)
        alert = self.alerts.search([])
        self.assertEqual((len(alert), alert.count), (1, 8))
        self.assertIn("stock", alert.incident_id.title)
        self.observe(at(2), self.seen(False, error=ODD, labels={"key": ODD}))
        self.assertEqual(alert.state, "resolved")
        self.assertTrue(self.evidence_of(alert.incident_id))
        self.assertNoDefect()

    def test_a_server_action_that_raises_it(self):
        self.rule.server_action_id = self.env["ir.actions.server"].create(
            {
                "name": "Breaks",
                "model_id": self.env["ir.model"]._get("monitor.incident").id,
                "state": "code",
                "code": f"raise UserError({ODD!r})",
            }
        )
        with mute_logger(*LOGS, "odoo.addons.base.models.ir_actions"):
            self.observe(NOON, self.seen())
        incident = self.incident_of()
        line = incident.entry_ids.filtered(
            lambda one: one.text_code == "server_action_failed"
        )
        self.assertIn("stock", line.text)
        self.assertNoDefect()

    @mute_logger(*LOGS)
    def test_a_rule_that_raises_it(self):
        rule = self.make_rule(name="Odd", kind="consecutive_failures")

        def raising(_rule):
            raise ValueError(ODD)

        self.flow.rules_due = True
        with patch.object(type(rule), "_thresholds", raising):
            self.look(at(1))
        self.assertIn("stock", rule.last_error)
        defect = self.alerts.search([("rule_id.kind", "=", "defect")])
        self.assertIn("stock", defect.summary)

    @mute_logger(*LOGS)
    def test_what_cannot_be_taken_in_because_of_it(self):
        def raising(_self, *_args, **_kwargs):
            raise ValueError(ODD)

        with patch.object(type(self.incidents), "_open", raising):
            self.alerts._take([self.seen()], NOON)
        defect = self.alerts.search([("rule_id.kind", "=", "defect")])
        self.assertIn("stock", defect.summary)
