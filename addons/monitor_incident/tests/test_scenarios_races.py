"""Scenarios 33 and 46: many at once, and one that raises."""

import threading
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools.observation import Observation
from .committed_case import CommittedRuleCase
from .incident_case import NOON, at
from .scenario_case import ActionCase

MODELS = "odoo.addons.monitor_incident.models"
INTAKE = f"{MODELS}.monitor_incident_intake"


@tagged("post_install", "-at_install", "monitor")
class TestScenario33Workers(CommittedRuleCase):
    """Fifty workers, each on a connection of its own."""

    WORKERS = 50

    @mute_logger("odoo.sql_db")
    def test_33_fifty_workers_at_once(self):
        """All have begun before the first ends: one incident, and nothing is lost."""
        started = threading.Barrier(self.WORKERS)
        errors = []
        workers = [
            threading.Thread(target=self.work, args=(started, errors))
            for _number in range(self.WORKERS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(errors, [])
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            alert = env["monitor.rule"].browse(self.rule_id).alert_ids
            incident = env["monitor.incident"].search([("rule_id", "=", self.rule_id)])
            self.assertEqual((len(alert), alert.count), (1, self.WORKERS))
            self.assertEqual((len(incident), incident.count), (1, self.WORKERS))

    def work(self, started, errors):
        try:
            with self.registry_.cursor() as own:
                own.execute("SELECT 1 FROM monitor_alert LIMIT 1")  # its snapshot
                started.wait()
                while not self.take(own):
                    own.rollback()
        except Exception as error:  # a thread's own would not be seen
            started.abort()
            errors.append(error)

    def take(self, own):
        """Return whether it was taken in; a lost race is run again, as Odoo does."""
        labels = {"rule": str(self.rule_id), "severity": "error", "error": "x"}
        env = api.Environment(own, api.SUPERUSER_ID, {})
        try:
            seen = Observation(self.rule_id, labels, True, NOON, 1)
            env["monitor.alert"]._take([seen], NOON)
            env.flush_all()
            own.commit()
            return True
        except SerializationFailure:
            return False


@tagged("post_install", "-at_install", "monitor")
class TestScenario46(ActionCase, TransactionCase):
    """What raises on one record rests for an hour, is told, and stops no other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_rule(name="Defect", kind="defect", group_by="rule")
        cls.other = cls.make_flow(code="other", name="Other")

    def failing(self, method, wanted):
        """Let a method of incidents raise where ``wanted(its arguments)``."""
        model = type(self.incidents)
        true_method = getattr(model, method)

        def fail(*args):
            if wanted(*args):
                raise ZeroDivisionError("odd record")
            return true_method(*args)

        return patch.object(model, method, fail)

    def defects(self):
        return self.incidents.search([("rule_id.kind", "=", "defect")])

    @mute_logger(INTAKE)
    def test_46_one_that_cannot_be_opened(self):
        def of_flow(_model, _key, _alerts, lead):
            return lead.workflow_id == self.flow

        with self.failing("_title", of_flow):
            self.observe(NOON, self.seen(), self.seen(workflow=self.other))
        self.assertEqual(len(self.defects()), 1)
        self.assertEqual(self.other.incident_ids.state, "new")
        broken = self.alerts.search([("incident_id", "=", False)])
        self.assertEqual(broken.next_check_at, at(hours=1))
        self.observe(at(59))
        self.assertFalse(broken.incident_id)
        self.observe(at(hours=1))
        self.assertTrue(broken.incident_id)

    @mute_logger(INTAKE)
    def test_46_one_that_cannot_be_followed(self):
        self.observe(NOON, self.seen(), self.seen(workflow=self.other))

        def of_flow(incidents, _changed, _now):
            return self.flow in incidents.workflow_id

        more = self.seen(count=5), self.seen(workflow=self.other, count=5)
        with self.failing("_log_alerts", of_flow):
            self.observe(at(1), *more)
        self.assertEqual(self.flow.incident_ids.count, 1)
        self.assertEqual(self.other.incident_ids.count, 6)
        self.assertEqual(len(self.defects()), 1)
        self.observe(at(hours=1, minutes=1))
        self.assertEqual(self.flow.incident_ids.count, 6)

    @mute_logger(INTAKE)
    def test_46_one_that_could_not_be_resolved_is_later(self):
        self.observe(NOON, self.seen())
        with self.failing("_resolve_recovered", lambda *_args: True):
            self.observe(at(1), self.seen(active=False))
        incident = self.flow.incident_ids
        self.assertEqual(incident.state, "new")
        self.observe(at(59))
        self.assertEqual(incident.state, "new")
        self.observe(at(60))
        self.assertEqual((incident.state, incident.resolved_at), ("resolved", at(1)))

    @mute_logger(f"{MODELS}.monitor_alert_take")
    def test_46_one_alert_that_cannot_be_read(self):
        self.observe(NOON, self.seen(error="odd"), self.seen(error="b"))
        odd = self.alerts.search([]).filtered(lambda a: a.labels["error"] == "odd")
        odd.flips = ["no moment"]
        self.observe(
            at(1), self.seen(error="odd", count=1), self.seen(error="b", count=1)
        )
        fine = self.alerts.search([("count", "=", 2)])
        self.assertEqual(fine.labels["error"], "b")
        self.assertEqual(odd.next_check_at, at(hours=1, minutes=1))
        self.assertEqual(len(self.defects()), 1)
