from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)


@tagged("post_install", "-at_install", "monitor")
class TestHeartbeat(MonitorCase, TransactionCase):
    """A heartbeat whose silence is a failure, reported by RPC."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.beat = self.make_flow(
            steps=(),
            code="beat",
            kind="heartbeat",
            schedule_type="interval",
            interval_unit="days",
            grace_minutes=60,
        )
        self.api = self.api_of(self.service)

    def health(self, hours):
        self.tick(NOON + timedelta(hours=hours))
        return self.beat.health

    def test_late_within_the_grace_then_failing(self):
        self.api.run_start("beat", "1")
        self.api.run_finish("beat", "1", "succeeded")

        self.assertEqual(self.health(23), "healthy")
        self.assertEqual(self.health(24.5), "late")
        self.assertEqual(self.health(25.5), "failing")

    def test_a_start_has_the_grace_to_end(self):
        self.api.run_start("beat", "1")

        self.assertEqual(self.health(0.9), "new")
        self.assertEqual(self.health(1.1), "failing")
        self.assertEqual(self.beat.health_since, NOON + timedelta(hours=1))

    def test_an_end_whose_start_is_not_known_has_no_duration(self):
        self.api.run_start("beat", "1")
        run = self.env["monitor.run"].search([("workflow_id", "=", self.beat.id)])

        run._finish("succeeded", None, NOON + timedelta(hours=1), measured=False)

        self.env.cr.execute(
            "SELECT duration_ms FROM monitor_run WHERE id = %s "
            "UNION ALL SELECT duration_ms FROM monitor_event_data "
            "WHERE run_id = %s AND kind = 'succeeded'",
            [run.id, run.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(None,), (None,)])
