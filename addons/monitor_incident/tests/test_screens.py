"""What stands on the screens of each role, and on empty ones."""

import re
from ast import literal_eval

from lxml import etree

from odoo.tests import TransactionCase, tagged

from odoo.addons.monitor_core.tests.common import MonitorCase

OPEN_IT = {"action_open_workflow", "action_open_runs", "action_open_record"}
LOOK = OPEN_IT | {"action_open_earlier"}
OPERATE = {
    "action_acknowledge",
    "action_start",
    "action_run_again",
    "action_resolve_ask",
    "action_snooze",
    "action_reassign",
    "action_escalate",
    "action_silence",
    "action_create_task",
    "action_close",
    "action_reopen",
    "action_add_note",
}
EXPORT = {"action_export_evidence"}
AT_ONCE = {
    "action_acknowledge",
    "action_resolve_ask",
    "action_snooze",
    "action_reassign",
    "action_merge",
}
# Buttons of a view for viewer, operator, manager and auditor; a manager has at least
# what an operator has.
BUTTONS = [
    (
        "monitor.incident",
        "form",
        LOOK,
        LOOK | OPERATE | EXPORT,
        LOOK | OPERATE | EXPORT,
        LOOK | EXPORT,
    ),
    ("monitor.incident", "list", set(), AT_ONCE, AT_ONCE, set()),
    (
        "monitor.silence",
        "form",
        {"action_open_matching"},
        {"action_open_matching", "action_expire"},
        {"action_open_matching", "action_expire"},
        {"action_open_matching"},
    ),
    (
        "monitor.rule",
        "form",
        {"action_open_alerts"},
        {"action_open_alerts"},
        {"action_open_alerts", "action_preview"},
        {"action_open_alerts"},
    ),
    (
        "monitor.alertmanager",
        "form",
        None,  # not hers at all: see the matrix of access
        {"action_open_alerts"},
        {"action_open_alerts", "action_rotate_token"},
        {"action_open_alerts"},
    ),
    ("monitor.alert", "form", set(), set(), set(), set()),
    ("monitor.oncall.shift", "form", set(), set(), set(), set()),
    ("monitor.oncall.rotation", "form", set(), set(), set(), set()),
]
ROLES = ("viewer", "operator", "manager", "auditor")


@tagged("post_install", "-at_install", "monitor")
class TestScreens(MonitorCase, TransactionCase):
    def arch(self, model, view_type, name):
        records = self.env[model].with_user(getattr(self, name))
        return etree.fromstring(records.get_view(view_type=view_type)["arch"])

    def test_a_role_has_the_buttons_that_it_may_use(self):
        for model, view_type, *expected in BUTTONS:
            for name, buttons in zip(ROLES, expected, strict=True):
                if buttons is None:
                    continue
                arch = self.arch(model, view_type, name)
                with self.subTest(f"{name}: {view_type} of {model}"):
                    self.assertEqual(
                        {node.get("name") for node in arch.iter("button")}, buttons
                    )

    def test_no_form_is_left_out_of_the_table(self):
        forms = self.env["ir.ui.view"].search(
            [("type", "=", "form"), ("mode", "=", "primary")]
        )
        own = forms.filtered(lambda view: view.xml_id.startswith("monitor_incident."))
        with_buttons = {
            view.model
            for view in own
            if "<button" in view.arch_db and not self.env[view.model]._transient
        }

        self.assertLessEqual(with_buttons, {model for model, *_rest in BUTTONS})

    def test_who_was_told_is_not_for_viewers(self):
        for name, shown in zip(ROLES, (False, True, True, True), strict=True):
            pages = self.arch("monitor.incident", "form", name).iterfind(".//page")
            with self.subTest(name):
                self.assertEqual(
                    "notifications" in {page.get("name") for page in pages}, shown
                )

    def actions(self):
        """Return what the menus and settings of this addon open."""
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "monitor_incident"),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        actions = self.env["ir.actions.act_window"].browse(data.mapped("res_id"))
        return actions.filtered(lambda action: action.target != "new")

    def test_each_empty_list_says_what_it_is_for_and_what_to_do(self):
        self.assertGreater(len(self.actions()), 9)
        for action in self.actions():
            with self.subTest(action.name):
                self.assertIn("o_view_nocontent_smiling_face", action.help)
                model = self.env[action.res_model].with_user(self.manager)
                button = "<b>New</b>" if model.has_access("create") else "<a"
                self.assertIn(button, action.help)
                for target in re.findall(r'<a\b[^>]*\bname="(\d+)"', action.help):
                    opened = self.env["ir.actions.act_window"].browse(int(target))
                    self.assertTrue(opened.exists())

    def test_alerts_are_counted_by_workflow_rule_and_severity(self):
        action = self.env.ref("monitor_incident.monitor_alert_action")
        self.assertEqual(action.view_mode, "list,form,pivot,graph")
        for view_type, names in (
            ("pivot", ["workflow_id", "rule_id", "severity"]),
            ("graph", ["workflow_id", "severity"]),
        ):
            with self.subTest(view_type):
                fields = self.arch("monitor.alert", view_type, "auditor").iter("field")
                self.assertEqual([field.get("name") for field in fields], names)
        search = self.arch("monitor.alert", "search", "auditor")
        grouped = {
            literal_eval(node.get("context"))["group_by"]
            for node in search.iterfind(".//group/filter")
        }
        self.assertLessEqual({"workflow_id", "rule_id", "severity"}, grouped)
        self.env["monitor.alert"].formatted_read_group(
            [], list(grouped), ["__count", "count:sum"]
        )

    def test_what_alerts_measured_is_of_no_one_unit_and_not_added_up(self):
        measures = self.env["monitor.alert"].fields_get(attributes=["aggregator"])
        self.assertFalse(measures["value"].get("aggregator"))
        self.assertEqual(measures["count"]["aggregator"], "sum")

    def test_deadlines_count_down_wherever_they_are(self):
        for view_type in ("form", "list", "kanban"):
            arch = self.arch("monitor.incident", view_type, "viewer")
            for name in ("respond_by", "resolve_by"):
                fields = arch.xpath(f"//field[@name='{name}'][not(@invisible='1')]")
                with self.subTest(f"{name} in {view_type}"):
                    self.assertTrue(fields)
                    for field in fields:
                        self.assertEqual(field.get("widget"), "monitor_countdown")
                        met = literal_eval(field.get("options"))["met"]
                        self.assertIn(met, self.env["monitor.incident"]._fields)
