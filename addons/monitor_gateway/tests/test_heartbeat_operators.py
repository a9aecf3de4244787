from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from .heartbeat_case import HeartbeatCase

ACTION = "monitor_gateway.monitor_heartbeat_action"


@tagged("post_install", "-at_install", "monitor")
class TestHeartbeatOperators(HeartbeatCase, TransactionCase):
    """What operators see and do with heartbeats, and viewers do not."""

    def setUp(self):
        super().setUp()
        self.heartbeat = self.make_heartbeat()
        self.other = self.make_heartbeat(code="other", name="Other")

    def test_who_has_the_menu(self):
        menu = self.env.ref("monitor_gateway.monitor_menu_heartbeat")
        self.assertEqual(menu.parent_id, self.env.ref("monitor_core.monitor_menu_root"))
        for name, sees in (
            ("viewer", True),
            ("operator", True),
            ("auditor", True),
            ("nobody", False),
        ):
            with self.subTest(name):
                menus = self.env["ir.ui.menu"].with_user(getattr(self, name))
                self.assertEqual(menu.id in menus._visible_menu_ids(), sees)

    def test_when_it_is_expected_in_words(self):
        self.assertEqual(self.heartbeat.ping_rhythm, "every day, 1 h of grace")
        self.heartbeat.write({"interval_unit": "hours", "grace_minutes": 15})
        self.assertEqual(self.heartbeat.ping_rhythm, "every hour, 15 min of grace")
        self.heartbeat.schedule_type = "none"
        self.assertFalse(self.heartbeat.ping_rhythm)

    def test_a_viewer_reads_the_list_and_no_address(self):
        self.env["monitor.tick"]._run(self.now())
        view = self.env.ref("monitor_gateway.monitor_heartbeat_view_list")
        for name, sees in (("viewer", False), ("auditor", False), ("operator", True)):
            workflows = self.env["monitor.workflow"].with_user(getattr(self, name))
            arch = workflows.get_view(view.id, "list")["arch"]
            with self.subTest(name):
                self.assertEqual("ping_url" in arch, sees)
                self.assertEqual("action_resume" in arch, sees)
                self.assertTrue(workflows.search_read([], ["ping_rhythm"]))

    def test_operators_pause_and_resume_many(self):
        both = self.heartbeat + self.other
        pause = self.env["monitor.workflow.pause"].with_user(self.operator)
        pause = pause.with_context(active_model=both._name, active_ids=both.ids)
        pause.create({"reason": "Moving"}).action_pause()
        self.assertEqual(both.mapped("health"), ["paused", "paused"])

        both.with_user(self.operator).action_resume()
        self.assertEqual(both.mapped("paused"), [False, False])
        for name in ("viewer", "auditor"):
            with self.subTest(name), self.assertRaises(AccessError):
                both.with_user(getattr(self, name)).action_resume()

    def test_a_test_ping_is_a_note_at_its_own_address(self):
        action = self.heartbeat.with_user(self.operator).action_send_test_ping()

        self.assertEqual(action["tag"], "monitor_test_ping")
        url = self.heartbeat.ping_url + "/log"
        self.assertEqual(action["params"]["url"], url)
        self.assertIn(self.operator.name, action["params"]["text"])

    def test_who_sends_a_test_ping(self):
        for name in ("viewer", "auditor", "service"):
            refused = self.assertRaisesRegex(AccessError, "Only monitor operators")
            with self.subTest(name), refused:
                self.heartbeat.with_user(getattr(self, name)).action_send_test_ping()
        with self.assertRaises(UserError):
            self.make_flow(steps=()).action_send_test_ping()

    def test_a_note_does_not_change_the_health(self):
        self.receive(self.heartbeat, "/fail")
        self.tick()
        self.receive(self.heartbeat, "/log", body=b"Test ping by Omar")
        self.tick()

        self.assertEqual(self.heartbeat.health, "failing")
        self.assertEqual(self.pings_of(self.heartbeat)[-1].body, "Test ping by Omar")

    def test_the_empty_list_shows_operators_a_line_that_works(self):
        key = self.env.company.monitor_ping_key
        for name, sees in (("viewer", False), ("operator", True)):
            with self.subTest(name):
                workflows = self.env["monitor.workflow"].with_user(getattr(self, name))
                text = workflows.get_empty_list_help("<p>Add</p>")
                self.assertEqual(text, "<p>Add</p>")
                text = workflows.with_context(
                    monitor_heartbeats=True
                ).get_empty_list_help("<p>Add</p>")
                self.assertTrue(text.startswith("<p>Add</p>"))
                self.assertEqual(f"/{key}/nightly-backup?create=1" in text, sees)

    def test_the_action_asks_for_that_line(self):
        (row,) = self.env.ref(ACTION).read(["res_model", "context", "help"])
        self.assertIn(self.env.company.monitor_ping_key, row["help"])

    def test_a_new_one_has_a_code_by_itself(self):
        workflows = self.env["monitor.workflow"].with_user(self.manager)
        form = Form(workflows.with_context(default_kind="heartbeat"))
        form.name = "Nightly backup"
        self.assertEqual(form.code, "nightly-backup")
        form.name = "Backup each night"
        self.assertEqual(form.code, "nightly-backup")
        self.assertEqual(form.save().ping_slug, "nightly-backup")
