import os
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import config, mute_logger

from ..models import monitor_config
from ..models.monitor_config import Switches
from .common import MonitorCase

GOOD_KEY = "q0Vw7Jr3mXk1Zt9bLc5Hn8Dy2Gf6Ps4A"
SWITCHES = (
    "monitor_enabled",
    "monitor_capture_cron",
    "monitor_capture_automation",
    "monitor_capture_server_action",
)


@tagged("post_install", "-at_install", "monitor")
class TestSettings(MonitorCase, TransactionCase):
    """No setting is without effect, and what is shown is what is stored."""

    def save(self, **values):
        self.env["res.config.settings"].create(values).execute()

    def shown(self, name):
        return self.env["res.config.settings"].create({})[name]

    def runs_of(self, source):
        self.env.cr.flush()
        return self.env["monitor.run"].search_count(
            [("source_ref", "=", f"{source._name},{source.id}")]
        )

    def execute_all(self):
        """Execute one source of each kind; return which of them were recorded."""
        cron, rule = self.make_cron(), self.make_automation()
        action = self.env["ir.actions.server"].create(
            {
                "name": "By hand",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": "pass",
            }
        )
        self.env["res.partner"].create({"name": "Ana"})
        action.run()
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        sources = {"cron": cron, "automation": rule, "server_action": action}
        return {name for name, source in sources.items() if self.runs_of(source)}

    def test_everything_is_recorded_at_first(self):
        self.assertEqual(self.execute_all(), {"cron", "automation", "server_action"})

    def test_each_source_can_be_switched_off_alone(self):
        for name in ("cron", "automation", "server_action"):
            with self.subTest(name):
                self.save(**{f"monitor_capture_{name}": False})
                self.assertEqual(
                    self.execute_all(), {"cron", "automation", "server_action"} - {name}
                )
                self.save(**{f"monitor_capture_{name}": True})

    def test_the_global_switch_stops_all_recording(self):
        self.save(monitor_enabled=False)

        self.assertEqual(self.execute_all(), set())

    def test_reports_from_outside_are_stored_all_the_same(self):
        flow = self.make_flow(steps=())
        self.save(monitor_enabled=False)

        api = self.api_of(self.service)
        api.run_start("order-to-cash", "SO1")
        api.run_finish("order-to-cash", "SO1", "succeeded")

        self.assertEqual(flow.run_ids.state, "succeeded")

    def test_the_global_switch_stops_the_tick(self):
        self.tick(self.now() - timedelta(hours=1))
        before = self.env["monitor.tick"]._get().last_tick_at
        self.save(monitor_enabled=False)

        with patch.object(self.env.registry["ir.cron"], "_commit_progress"):
            self.env["monitor.tick"]._cron_tick()
            self.assertEqual(self.env["monitor.tick"]._get().last_tick_at, before)

            self.save(monitor_enabled=True)
            self.env["monitor.tick"]._cron_tick()
            self.assertGreater(self.env["monitor.tick"]._get().last_tick_at, before)

    def test_the_board_says_that_a_source_is_not_watched(self):
        cron = self.make_cron()
        self.tick()
        self.save(monitor_capture_cron=False)

        self.tick()

        self.assertEqual(self.workflow_of(cron).health, "unknown")

    def test_the_board_says_at_once_that_nothing_is_watched(self):
        cron = self.make_cron()
        self.tick()

        self.save(monitor_enabled=False)

        self.assertEqual(self.workflow_of(cron).health, "unknown")

    def test_a_switch_that_is_off_stays_off(self):
        for name in SWITCHES:
            with self.subTest(name):
                self.assertTrue(self.shown(name))
                self.save(**{name: False})
                self.assertFalse(self.shown(name))
                self.save(monitor_run_retention_days=30)  # saving another one
                self.assertFalse(self.shown(name))
                self.save(**{name: True})
                self.assertTrue(self.shown(name))

    def test_a_parameter_changed_by_hand_counts_at_once(self):
        self.env["ir.config_parameter"].set_param("monitor_core.capture_cron", "0")

        self.assertFalse(self.shown("monitor_capture_cron"))
        self.assertNotIn("cron", self.execute_all())

    def test_a_parameter_without_sense_keeps_the_default(self):
        set_param = self.env["ir.config_parameter"].set_param
        with mute_logger("odoo.addons.monitor_core.models.monitor_config"):
            set_param("monitor_core.context_limit_kb", "lots")
            set_param("monitor_core.default_criticality", "huge")
            switches = self.env["monitor.config"]._switches()

        self.assertEqual(switches.context_limit_kb, 16)
        self.assertEqual(switches.default_criticality, "medium")

    def test_the_default_grace_decides_when_late_begins(self):
        now = self.now()
        cron = self.make_cron(nextcall=now)
        self.save(monitor_default_grace_minutes=240)

        self.tick(now + timedelta(minutes=239))
        self.assertEqual(self.workflow_of(cron).health, "new")

        self.tick(now + timedelta(minutes=241))
        self.assertEqual(self.workflow_of(cron).health, "late")

    def test_a_changed_grace_is_judged_by_the_next_tick(self):
        now = self.now()
        cron = self.make_cron(nextcall=now)
        self.tick(now + timedelta(hours=3))
        self.assertEqual(self.workflow_of(cron).health, "late")

        self.save(monitor_default_grace_minutes=240)
        self.tick(now + timedelta(hours=3, minutes=1))

        self.assertEqual(self.workflow_of(cron).health, "new")

    def test_the_default_criticality_is_that_of_workflows_found_later(self):
        self.save(monitor_default_criticality="high")
        cron = self.make_cron()

        self.tick()

        self.assertEqual(self.workflow_of(cron).criticality, "high")

    def test_the_context_limit_decides_what_is_refused(self):
        self.make_flow(steps=())
        api = self.api_of(self.service)
        values = {"context": {"text": "a b " * 2000}}
        self.save(monitor_context_limit_kb=4)

        with self.assertRaisesRegex(ValidationError, "values.context: at most 4 kB"):
            api.run_start("order-to-cash", "SO1", values)

        self.save(monitor_context_limit_kb=8)
        self.assertTrue(api.run_start("order-to-cash", "SO1", values))

    def test_runs_are_kept_as_long_as_the_setting_says(self):
        flow, now = self.make_flow(steps=()), self.now()
        api = self.api_of(self.service)
        for days in (12, 11, 9):
            moment = fields.Datetime.to_string(now - timedelta(days=days))
            api.run_start("order-to-cash", f"{days}", {"occurred_at": moment})
            api.run_finish("order-to-cash", f"{days}", "succeeded")
        self.tick()
        self.save(monitor_run_retention_days=10)

        self.env["monitor.retention"]._gc_runs()

        self.env.invalidate_all()
        self.assertEqual(flow.run_ids.mapped("correlation_id"), ["9"])

    def test_numbers_without_sense_are_refused(self):
        for name, value in (
            ("monitor_default_grace_minutes", -1),
            ("monitor_context_limit_kb", 0),
            ("monitor_context_limit_kb", -4),
            ("monitor_run_retention_days", 0),
            ("monitor_run_retention_days", -30),
            ("monitor_default_grace_minutes", 43_201),
            ("monitor_context_limit_kb", 1025),
            ("monitor_run_retention_days", 3651),
            ("monitor_run_retention_days", 99_999_999),
            ("monitor_event_short_days", 0),
            ("monitor_event_short_days", 367),
            ("monitor_event_standard_days", 29),
            ("monitor_event_standard_days", 3661),
            ("monitor_event_long_days", 365),
            ("monitor_event_long_days", 36526),
        ):
            with self.subTest(f"{name} {value}"), self.assertRaises(ValidationError):
                self.save(**{name: value})

    def test_what_is_refused_comes_with_the_range(self):
        with self.assertRaisesRegex(ValidationError, r"Keep runs.* from 1 to 3650"):
            self.save(monitor_run_retention_days=3651)

        self.save(monitor_run_retention_days=3650)
        self.save(monitor_run_retention_days=1)

    def stored(self, name, text):
        """Return what the setting ``name`` is when ``text`` was stored by hand."""
        self.env["ir.config_parameter"].set_param(f"monitor_core.{name}", text)
        self.env.flush_all()
        with mute_logger("odoo.addons.monitor_core.models.monitor_config"):
            return getattr(self.env["monitor.config"]._switches(), name)

    def test_a_number_of_an_addon(self):
        stored = self.env["ir.config_parameter"].sudo()
        number = self.env["monitor.config"].with_user(self.nobody)._number
        for text, expected in (
            (None, 7),
            ("", 7),
            ("many", 7),
            ("²", 7),
            ("-4", 7),
            (" 12 ", 12),
            ("0", 2),
            ("9" * 30, 90),
        ):
            with self.subTest(text):
                stored.set_param("monitor.test", text)
                self.assertEqual(number("monitor.test", 7, 2, 90), expected)

    def test_an_absurd_stored_number_does_no_harm(self):
        for name, text, expected in (
            ("run_retention_days", "99999999", 3650),
            ("run_retention_days", "9" * 5000, 3650),
            ("run_retention_days", "0", 90),
            ("run_retention_days", "-1", 90),
            ("run_retention_days", "²", 90),
            ("context_limit_kb", "0", 16),
            ("context_limit_kb", "99999999", 1024),
            ("default_grace_minutes", "99999999", 43_200),
            ("default_grace_minutes", "0", 0),
        ):
            with self.subTest(f"{name} {text[:9]}"):
                self.assertEqual(self.stored(name, text), expected)

    def test_runs_are_cleaned_up_whatever_is_stored(self):
        flow = self.make_flow(steps=())
        api = self.api_of(self.service)
        api.run_start("order-to-cash", "SO1")
        api.run_finish("order-to-cash", "SO1", "succeeded")
        self.stored("run_retention_days", "99999999")

        self.env["monitor.retention"]._gc_runs()

        self.assertTrue(flow.run_ids.exists())

    def test_a_refused_number_comes_with_its_limits(self):
        with self.assertRaisesRegex(
            ValidationError, "Keep events, short .days.: from 1 to 366"
        ):
            self.save(monitor_event_short_days=0)

    def test_what_is_kept_longer_is_not_kept_for_a_shorter_time(self):
        for values in (
            {"monitor_event_short_days": 300, "monitor_event_standard_days": 200},
            {"monitor_event_standard_days": 900, "monitor_event_long_days": 800},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, "cannot be more than"),
            ):
                self.save(**values)

    def test_a_parameter_out_of_range_deletes_nothing(self):
        set_param = self.env["ir.config_parameter"].set_param
        with mute_logger("odoo.addons.monitor_core.models.monitor_config"):
            set_param("monitor_core.event_standard_days", "0")
            set_param("monitor_core.event_long_days", "1")
            set_param("monitor_core.run_retention_days", "0")
            switches = self.env["monitor.config"]._switches()

        self.assertEqual(switches.event_standard_days, 400)
        self.assertEqual(switches.event_long_days, 2555)
        self.assertEqual(switches.run_retention_days, 90)

    def test_what_a_thread_read_before_the_commit_is_forgotten_after_it(self):
        settings = self.env["monitor.config"]
        self.save(monitor_enabled=False)
        self.env.registry.clear_cache("stable")
        with patch.object(monitor_config, "parse_switches", lambda stored: Switches()):
            self.assertTrue(settings._switches().enabled)  # as of another snapshot

        self.env.cr.postcommit.run()

        self.assertFalse(settings._switches().enabled)

    def test_who_may_change_settings(self):
        for name in ("nobody", "manager", "auditor", "service"):
            settings = self.env["res.config.settings"].with_user(getattr(self, name))
            with self.subTest(name), self.assertRaises(UserError):
                settings.create({"monitor_enabled": False}).execute()

        self.assertTrue(self.shown("monitor_enabled"))

    def with_key(self, conf, env):
        """Show the settings with a key in odoo.conf and one in the environment."""
        environment = {"MONITOR_SECRET_KEY": env} if env else {}
        with (
            patch.dict(config.options, {"monitor_secret_key": conf}),
            patch.dict(os.environ, environment),
        ):
            if not env:
                os.environ.pop("MONITOR_SECRET_KEY", None)
            settings = self.env["res.config.settings"].create({})
            return settings.monitor_secret_key_state, settings.monitor_secret_key_hint

    def test_the_state_of_the_secret_key(self):
        for conf, env, expected in (
            (None, None, "missing"),
            ("  ", None, "missing"),
            ("changeme", None, "weak"),
            (None, "x" * 40, "weak"),
            (GOOD_KEY, None, "ready"),
            (None, GOOD_KEY, "ready"),
            (GOOD_KEY, "changeme", "ready"),
        ):
            with self.subTest(conf=conf, env=env):
                self.assertEqual(self.with_key(conf, env)[0], expected)

    def test_a_missing_key_comes_with_the_line_to_add(self):
        _state, hint = self.with_key(None, None)

        self.assertRegex(hint, r"^monitor_secret_key = [\w-]{43}$")

    def test_a_good_key_is_never_shown(self):
        self.assertFalse(self.with_key(GOOD_KEY, None)[1])
