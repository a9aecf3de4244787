from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .heartbeat_case import OTHER, RID, HeartbeatCase

NOON = datetime(2026, 1, 5, 12)


@tagged("post_install", "-at_install", "monitor")
class TestHeartbeatHealth(HeartbeatCase, TransactionCase):
    """The states are those of Healthchecks: new, up, grace, down, paused."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.heartbeat = self.make_heartbeat()

    def at(self, hours):
        self.moment = NOON + timedelta(hours=hours)
        self.set_clock(self.moment)

    def ping(self, hours, signal="", rid=None):
        self.at(hours)
        self.receive(self.heartbeat, signal, rid)

    def health(self, hours=None):
        """Return the health as the tick sees it ``hours`` after noon."""
        if hours is not None:
            self.at(hours)
        self.tick(self.moment)
        return self.heartbeat.health

    def test_new_until_the_first_ping(self):
        self.assertEqual(self.health(0), "new")
        self.assertEqual(self.health(24.9), "new")

    def test_one_that_never_came_is_raised(self):
        self.assertEqual(self.health(25), "late")
        self.assertEqual(self.heartbeat.health_since, NOON + timedelta(hours=25))
        self.assertIn("never", self.heartbeat.health_reason)
        self.assertEqual(self.health(500), "late")

    def test_up_then_late_then_failing(self):
        self.ping(1)

        self.assertEqual(self.health(), "healthy")
        self.assertEqual(self.health(24.9), "healthy")
        self.assertEqual(self.health(25), "late")
        self.assertEqual(self.health(25.9), "late")
        self.assertEqual(self.health(26.1), "failing")
        self.assertEqual(self.heartbeat.health_since, NOON + timedelta(hours=26))

    def test_up_again_after_the_next_ping(self):
        self.ping(1)
        self.assertEqual(self.health(30), "failing")

        self.ping(31)

        self.assertEqual(self.health(), "healthy")
        self.assertEqual(
            self.heartbeat.next_expected_at, NOON + timedelta(hours=31 + 24)
        )

    def test_down_at_once_by_a_failure(self):
        self.ping(1, "/fail")

        self.assertEqual(self.health(), "failing")
        self.ping(2, "/start")
        self.assertEqual(self.health(), "failing")
        self.ping(2.1)
        self.assertEqual(self.health(), "healthy")

    def test_an_exit_status_fails_too(self):
        self.ping(1, "/2")

        self.assertEqual(self.health(), "failing")

    def test_a_start_must_be_followed_by_its_end(self):
        self.ping(1)
        self.ping(2, "/start")

        self.assertEqual(self.health(), "healthy")
        self.assertEqual(self.health(2.9), "healthy")
        self.assertEqual(self.health(3), "failing")
        self.assertIn("no end was reported", self.heartbeat.health_reason)
        self.ping(4)
        self.assertEqual(self.health(), "healthy")

    def test_a_new_start_does_not_make_a_hung_job_well(self):
        self.ping(1, "/start")
        self.assertEqual(self.health(2), "failing")

        self.ping(3, "/start")

        self.assertEqual(self.health(), "failing")
        self.ping(3.5)
        self.assertEqual(self.health(), "healthy")
        self.assertEqual(self.health(10), "healthy")

    def test_an_end_makes_up_for_an_older_run_that_hung(self):
        self.ping(1, "/start", RID)
        self.ping(2.5, "/start", OTHER)
        self.ping(2.6, "", OTHER)

        self.assertEqual(self.health(), "healthy")
        self.assertEqual(
            self.runs_of(self.heartbeat).mapped("state"), ["cancelled", "succeeded"]
        )

    def test_a_job_that_takes_long_says_so(self):
        self.heartbeat.expected_duration_ms = 3 * 3_600_000
        self.ping(1, "/start")

        self.assertEqual(self.health(3.9), "new")
        self.assertEqual(self.health(4.9), "degraded")
        self.assertEqual(self.health(5), "failing")

    def test_a_log_and_a_start_count_for_nothing(self):
        self.ping(1, "/log")

        self.assertEqual(self.health(), "new")

    def test_paused_stays_paused(self):
        self.heartbeat.action_pause("moving house")
        self.ping(1, "/fail")

        self.assertEqual(self.health(50), "paused")
        self.ping(51)
        self.assertEqual(self.health(), "paused")
        self.heartbeat.action_resume()
        self.assertEqual(self.heartbeat.health, "healthy")

    def test_a_cron_expression_in_its_time_zone(self):
        self.heartbeat.write(
            {
                "schedule_type": "cron",
                "cron_expression": "30 2 * * *",
                "schedule_tz": "Europe/Paris",
            }
        )
        self.ping(14)  # 02:00 UTC, 03:00 in Paris

        self.assertEqual(self.health(), "healthy")
        due = datetime(2026, 1, 7, 1, 30)
        self.assertEqual(self.heartbeat.next_expected_at, due)
        self.assertEqual(self.health((due - NOON).total_seconds() / 3600), "late")

    def test_a_run_nobody_ended_in_72_hours_is_lost(self):
        self.ping(1, "/start", RID)

        self.assertEqual(self.health(73.1), "failing")
        self.assertEqual(self.runs_of(self.heartbeat).state, "lost")
        self.ping(74, "", RID)
        self.assertEqual(self.health(), "healthy")
        self.assertEqual(self.runs_of(self.heartbeat).state, "succeeded")
