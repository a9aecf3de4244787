import threading
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_open

from odoo.addons.monitor_core.tests.common import MonitorCase
from odoo.addons.monitor_core.tests.receiver import receiver

from ..models import monitor_deadman

LOG = "odoo.addons.monitor_gateway.models.monitor_tick"


@tagged("post_install", "-at_install", "monitor")
class TestDeadman(MonitorCase, TransactionCase):
    """Each healthy tick is told outside; nothing else is, and nothing waits for it."""

    def save(self, **values):
        self.env["res.config.settings"].create(values).execute()

    def cron_tick(self):
        """Do what the scheduled action does; return the pings it has ordered.

        In a test nothing is committed: what was to happen after the commit is kept.
        """
        ordered = []
        commit = patch.object(self.env.registry["ir.cron"], "_commit_progress")
        start = patch.object(
            monitor_deadman, "start_ping", lambda *arguments: ordered.append(arguments)
        )
        with commit, start:
            self.env["monitor.tick"]._cron_tick()
            self.assertEqual(ordered, [], "not before the commit")
            self.env.cr.postcommit.run()
        return ordered

    def deadman(self):
        self.env.invalidate_all()
        return self.env["monitor.deadman"]._get()

    # When

    def test_nobody_is_called_at_first(self):
        self.assertEqual(self.cron_tick(), [])

    def test_a_healthy_tick_is_told(self):
        self.save(monitor_deadman_url=" https://example.org/ping ")

        dbname = self.env.cr.dbname
        self.assertEqual(
            self.cron_tick(), [(dbname, "https://example.org/ping", False)]
        )

        self.save(monitor_deadman_insecure=True)
        self.assertEqual(self.cron_tick(), [(dbname, "https://example.org/ping", True)])

    def test_a_tick_that_failed_is_not(self):
        self.save(monitor_deadman_url="https://example.org/ping")

        def broken(_self, _now):
            raise ValueError("broken")

        health = type(self.env["monitor.health"])
        with (
            patch.object(health, "_refresh_due", broken),
            mute_logger("odoo.addons.monitor_core.models.monitor_tick"),
        ):
            self.assertEqual(self.cron_tick(), [])

        self.assertEqual(len(self.cron_tick()), 1)

    def test_nor_is_anything_while_monitoring_is_off(self):
        self.save(monitor_deadman_url="https://example.org/ping")
        self.cron_tick()
        self.save(monitor_enabled=False)

        self.assertEqual(self.cron_tick(), [])

    def test_a_tick_on_the_command_line_does_not_count(self):
        self.save(monitor_deadman_url="https://example.org/ping")

        with patch.object(monitor_deadman, "start_ping") as start:
            self.env["monitor.tick"]._run(self.now(), commit=lambda: None)
            self.env.cr.postcommit.run()

        start.assert_not_called()

    def test_a_defect_here_does_not_fail_the_tick(self):
        self.save(monitor_deadman_url="https://example.org/ping")

        def broken(records):
            records.env.cr.execute("SELECT nothing")

        deadman = type(self.env["monitor.deadman"])
        with (
            patch.object(deadman, "_ping_after_commit", broken),
            mute_logger("odoo.sql_db"),
            self.assertLogs(LOG, "ERROR"),
        ):
            self.cron_tick()

        state = self.env["monitor.tick"]._state(self.now())
        self.assertEqual(state["status"], "ok")

    # How

    def test_a_ping_that_is_answered(self):
        with receiver() as (url, paths):
            self.assertIsNone(monitor_deadman.send_ping(f"{url}/abc?x=1", True))

        self.assertEqual(paths, ["/abc?x=1"])

    def test_the_private_network_only_if_allowed(self):
        with receiver() as (url, paths):
            error = monitor_deadman.send_ping(url, False)
            self.assertEqual(error, "Refused: only https:// is allowed here")

            error = monitor_deadman.send_ping(url.replace("http:", "https:"), False)
            self.assertEqual(error, "Refused: 127.0.0.1 is a private address")

        self.assertEqual(paths, [])

    def test_an_answer_that_is_an_error(self):
        with receiver(status=404) as (url, _paths):
            self.assertEqual(monitor_deadman.send_ping(url, True), "HTTP 404")

    def test_redirects_are_not_followed(self):
        with receiver() as (elsewhere, followed):
            answer = {"Location": f"{elsewhere}/other"}
            with receiver(status=302, headers=answer) as (url, paths):
                self.assertIsNone(monitor_deadman.send_ping(f"{url}/a", True))

        self.assertEqual((paths, followed), (["/a"], []))

    def test_nobody_there_and_the_address_is_not_shown(self):
        with receiver() as (url, _paths):
            pass  # closed by now

        error = monitor_deadman.send_ping(f"{url}/secret-uuid", True)

        self.assertRegex(error, "^ConnectionError: .*refused$")
        self.assertNotIn("secret-uuid", error)

        never = monitor_deadman.in_words(
            ValueError(f"bad {url}/secret"), f"{url}/secret"
        )
        self.assertNotIn("secret", never)

    def test_somebody_slow_is_not_waited_for(self):
        never = threading.Event()
        with receiver(wait=never) as (url, _paths):
            # Odoo's test suite lengthens timeouts to 10 s: ask what is asked for
            with patch.object(monitor_deadman.outgoing_http, "send") as send:
                monitor_deadman.send_ping(url, True)
            self.assertEqual(send.call_args.kwargs["timeout"], 5)
            never.set()

    def test_one_ping_at_a_time(self):
        finish, entered = threading.Event(), threading.Event()

        def slow(*_arguments):
            entered.set()
            finish.wait(30)
            return "slow"

        with (
            patch.object(monitor_deadman, "send_ping", slow),
            patch.object(monitor_deadman, "Registry", side_effect=KeyError("gone")),
            self.assertLogs(monitor_deadman.__name__, "WARNING"),
        ):
            first = monitor_deadman.start_ping("some-database", "https://x", False)
            entered.wait(30)
            second = monitor_deadman.start_ping("some-database", "https://x", False)
            finish.set()
            first.join(30)
            self.assertIsNone(second)
            third = monitor_deadman.start_ping("some-database", "https://x", False)
            third.join(30)

    def test_without_threads_the_tick_goes_on(self):
        full = patch.object(
            threading.Thread, "start", side_effect=RuntimeError("can't start")
        )
        with full, self.assertLogs(monitor_deadman.__name__, "WARNING"):
            monitor_deadman.start_ping("some-database", "https://x", False)

        self.assertNotIn("some-database", monitor_deadman._on_their_way)

    # What is seen of it

    def test_what_became_of_the_pings_is_shown(self):
        now, deadman = self.now(), self.env["monitor.deadman"]
        shown = self.env["res.config.settings"].create({})
        self.assertFalse(shown.monitor_deadman_last_ping_at)

        deadman._record(now, None)
        deadman._record(now + timedelta(minutes=1), "HTTP 404")
        deadman._record(now + timedelta(minutes=2), "HTTP 500")

        shown = self.env["res.config.settings"].create({})
        self.assertEqual(shown.monitor_deadman_last_ping_at, now)
        self.assertEqual(shown.monitor_deadman_last_error, "HTTP 500")
        self.assertEqual(
            shown.monitor_deadman_last_error_at, now + timedelta(minutes=2)
        )
        row = self.deadman()
        self.assertEqual((row.ping_count, row.error_count), (1, 2))

    def test_an_address_without_sense_is_refused(self):
        for url in ("example.org", "ftp://example.org", "http://example.org"):
            with self.subTest(url), self.assertRaisesRegex(ValidationError, "Ping"):
                self.save(monitor_deadman_url=url)

        self.save(monitor_deadman_url="http://box", monitor_deadman_insecure=True)
        self.save(monitor_deadman_url=False)
        self.assertEqual(self.cron_tick(), [])

    def test_a_copy_of_the_database_calls_nobody(self):
        self.save(monitor_deadman_url="https://example.org/ping")
        self.env["monitor.deadman"]._record(self.now(), None)
        self.env.flush_all()
        with file_open("monitor_gateway/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.registry.clear_cache("stable")
        self.env.invalidate_all()

        self.assertEqual(self.cron_tick(), [])
        self.assertFalse(self.deadman())


@tagged("post_install", "-at_install", "monitor")
class TestMetricsSetting(MonitorCase, TransactionCase):
    def test_the_limit_is_stored_and_at_least_one(self):
        self.env["res.config.settings"].create(
            {"monitor_metrics_max_workflows": 7}
        ).execute()

        self.assertEqual(self.env["monitor.metrics"]._max_workflows(), 7)
        for number in (0, -1):
            with self.subTest(number), self.assertRaises(ValidationError):
                self.env["res.config.settings"].create(
                    {"monitor_metrics_max_workflows": number}
                )
