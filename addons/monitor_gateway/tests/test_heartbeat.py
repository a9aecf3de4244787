from datetime import datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from .heartbeat_case import OTHER, RID, HeartbeatCase

NOON = datetime(2026, 1, 5, 12)
CANARY = "hunter2-canary"


@tagged("post_install", "-at_install", "monitor")
class TestHeartbeat(HeartbeatCase, TransactionCase):
    """What a job reports becomes runs, events and pings."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.heartbeat = self.make_heartbeat()

    def at(self, **delta):
        self.set_clock(NOON + timedelta(**delta))

    # Making one

    def test_once_a_day_with_an_hour_of_grace(self):
        self.assertEqual(self.heartbeat.schedule_text, "every day")
        self.assertEqual(self.heartbeat.grace_minutes, 60)
        self.assertEqual(self.heartbeat.next_expected_at, NOON + timedelta(days=1))

    def test_a_schedule_that_is_given_stays(self):
        hourly = self.make_heartbeat(
            code="hourly", schedule_type="cron", cron_expression="0 * * * *"
        )

        self.assertEqual(hourly.schedule_text, "every hour")

    def test_it_has_an_address_of_its_own(self):
        other = self.make_heartbeat(code="other")
        copy = self.heartbeat.copy({"code": "copy"})

        addresses = (self.heartbeat + other + copy).mapped("ping_uuid")

        self.assertEqual(len(set(addresses)), 3)
        self.assertNotIn(False, addresses)
        self.assertEqual(self.heartbeat.ping_slug, "backup")
        self.assertEqual(copy.ping_slug, "copy")

    def test_other_workflows_have_none(self):
        flow = self.make_flow()

        self.assertFalse(flow.ping_uuid)
        self.assertFalse(flow.ping_slug)
        self.assertFalse(flow.ping_url)
        self.assertEqual(flow.schedule_type, "none")

    def test_a_name_that_fits_no_address_is_refused(self):
        for name in ("Backup", "a b", "x" * 101):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.heartbeat.ping_slug = name

    def test_snippets_have_its_address(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.test")
        url = f"https://odoo.test/monitor/ping/{self.heartbeat.ping_uuid}"

        self.assertEqual(self.heartbeat.ping_url, url)
        for kind in ("crontab", "curl", "python", "powershell"):
            self.assertIn(url, self.heartbeat[f"ping_{kind}"])
        key = self.env.company.monitor_ping_key
        self.assertEqual(
            self.heartbeat.ping_slug_url, f"https://odoo.test/monitor/ping/{key}/backup"
        )

    def test_a_list_shows_the_address_of_each(self):
        both = self.heartbeat + self.make_heartbeat(code="other")

        addresses = [row["ping_url"] for row in both.read(["ping_url"])]

        self.assertEqual(len(set(addresses)), 2)

    def test_companies_have_different_keys(self):
        other = self.env["res.company"].create({"name": "Other"})
        key = other.monitor_ping_key

        self.assertNotIn(key, (False, self.env.company.monitor_ping_key))
        other._rotate_monitor_ping_key()
        self.assertNotIn(other.monitor_ping_key, (False, key))

    # Runs

    def test_a_run_is_measured_from_start_to_success(self):
        self.receive(self.heartbeat, "/start")
        self.at(minutes=5)
        self.receive(self.heartbeat, "/0")

        run = self.runs_of(self.heartbeat)
        self.assertRecordValues(
            run,
            [{"state": "succeeded", "duration_ms": 300_000, "started_at": NOON}],
        )
        self.assertFalse(run.user_id)
        self.assertEqual(
            self.events_of(self.heartbeat).mapped("kind"), ["started", "succeeded"]
        )
        pings = self.pings_of(self.heartbeat)
        self.assertEqual(pings.run_id, run)
        self.assertEqual(pings.mapped("duration_ms"), [0, 300_000])
        self.assertEqual(pings.mapped("exit_status"), [False, "0"])

    def test_a_success_without_start_has_no_duration(self):
        self.receive(self.heartbeat)

        run = self.runs_of(self.heartbeat)
        self.assertEqual(run.state, "succeeded")
        self.env.cr.execute(
            "SELECT duration_ms FROM monitor_run WHERE id = %s", [run.id]
        )
        self.assertEqual(self.env.cr.fetchone(), (None,))
        self.assertEqual(self.events_of(self.heartbeat).mapped("kind"), ["succeeded"])

    def test_a_failure_tells_the_last_line(self):
        self.receive(self.heartbeat, "/fail", body=b"Dumping\nNo space left\n\n")

        run = self.runs_of(self.heartbeat)
        self.assertEqual((run.state, run.error_message), ("failed", "No space left"))
        self.assertEqual(self.events_of(self.heartbeat).kind, "failed")

    def test_an_exit_status_tells_itself(self):
        self.receive(self.heartbeat, "/3")

        self.assertEqual(self.runs_of(self.heartbeat).error_message, "Exit status 3")

    def test_overlapping_runs_are_told_apart(self):
        self.receive(self.heartbeat, "/start", RID)
        self.at(minutes=1)
        self.receive(self.heartbeat, "/start", OTHER)
        self.at(minutes=3)
        self.receive(self.heartbeat, "", RID)
        self.at(minutes=10)
        self.receive(self.heartbeat, "/fail", OTHER)

        self.assertRecordValues(
            self.runs_of(self.heartbeat),
            [
                {"correlation_id": RID, "state": "succeeded", "duration_ms": 180_000},
                {"correlation_id": OTHER, "state": "failed", "duration_ms": 540_000},
            ],
        )

    def test_a_client_that_tries_again_makes_no_second_run(self):
        for _try in range(2):
            self.receive(self.heartbeat, "/start", RID)
        for _try in range(2):
            self.receive(self.heartbeat, "", RID)
        self.receive(self.heartbeat, "/start", RID)  # delayed on its way

        self.assertEqual(self.runs_of(self.heartbeat).mapped("state"), ["succeeded"])
        self.assertEqual(len(self.pings_of(self.heartbeat)), 5)

    def test_a_run_id_that_never_changes_still_makes_runs(self):
        for hours in (0, 1, 2):
            self.at(hours=hours)
            self.receive(self.heartbeat, "/start", RID)
            self.at(hours=hours, minutes=5)
            self.receive(self.heartbeat, "", RID)

        self.assertEqual(
            self.runs_of(self.heartbeat).mapped("duration_ms"), [300_000] * 3
        )

    def test_a_second_start_takes_the_place_of_the_first(self):
        self.receive(self.heartbeat, "/start")
        self.at(minutes=1)
        self.receive(self.heartbeat, "/start")
        self.receive(self.heartbeat)

        self.assertEqual(
            self.runs_of(self.heartbeat).mapped("state"), ["cancelled", "succeeded"]
        )

    def test_a_log_changes_nothing(self):
        self.receive(self.heartbeat, "/log", body=b"half done")
        self.receive(self.heartbeat, "/start")
        self.receive(self.heartbeat, "/log")

        run = self.runs_of(self.heartbeat)
        self.assertEqual(run.state, "running")
        events = self.events_of(self.heartbeat)
        self.assertEqual(events.mapped("kind"), ["log", "started", "log"])
        self.assertEqual(events.mapped("run_id"), run)
        self.assertEqual(events.mapped("source"), ["ping"] * 3)
        self.assertEqual(self.pings_of(self.heartbeat)[2].run_id, run)

    # What is kept

    def test_no_secret_is_kept(self):
        body = f"login ok\npassword={CANARY}\nfailed: token={CANARY}".encode()
        self.receive(self.heartbeat, "/fail", body=body)
        self.receive(self.heartbeat, body=b"x" * 90_000 + b"\n" + body)

        for kept in self.pings_of(self.heartbeat):
            self.assertNotIn(CANARY, kept.body)
            self.assertIn("login ok", kept.body)
        self.assertNotIn(CANARY, self.runs_of(self.heartbeat)[0].error_message)

    def test_a_long_body_is_kept_whole(self):
        lines = "\n".join(f"line {number} of the log" for number in range(4000))
        self.receive(self.heartbeat, body=lines.encode())

        kept = self.pings_of(self.heartbeat)
        self.assertEqual(kept.body, lines)
        self.assertEqual(kept.body_size, len(lines))
        self.assertEqual(kept.preview, "line 3999 of the log")

    def test_any_bytes_are_kept_as_text(self):
        self.receive(self.heartbeat, body=b"\xff\0 caf\xc3\xa9")

        self.assertEqual(self.pings_of(self.heartbeat).body, "\ufffd\ufffd café")

    def test_the_tick_keeps_the_last_hundred(self):
        other = self.make_heartbeat(code="other")
        self.receive(other)
        for _ping in range(103):
            self.receive(self.heartbeat, "/log")
        newest = self.pings_of(self.heartbeat)[3:]

        self.tick()

        self.assertEqual(self.pings_of(self.heartbeat), newest)
        self.assertEqual(len(self.pings_of(other)), 1)

    def test_the_nightly_job_trims_what_no_tick_saw(self):
        for _ping in range(101):
            self.receive(self.heartbeat, "/log")
        self.at(days=1)

        self.env["monitor.ping"]._trim_recent(NOON + timedelta(days=1))
        self.assertEqual(len(self.pings_of(self.heartbeat)), 101)
        self.env["monitor.ping"]._gc_pings()
        self.assertEqual(len(self.pings_of(self.heartbeat)), 100)

    def test_what_a_deleted_heartbeat_received_goes_with_it(self):
        self.receive(self.heartbeat)
        ids = self.pings_of(self.heartbeat).ids

        self.heartbeat.unlink()

        self.env.cr.execute("SELECT 1 FROM monitor_ping WHERE id = ANY(%s)", [ids])
        self.assertFalse(self.env.cr.fetchall())
