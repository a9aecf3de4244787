from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from odoo.addons.monitor_core.tests.common import PEOPLE, MonitorCase

from .incident_case import NOON, IncidentCase, at

NOTHING = dict.fromkeys(("nobody", "service", "override"), "")
CONFIGURED = {
    **NOTHING,
    "viewer": "r",
    "operator": "r",
    "auditor": "r",
    "manager": "rwcu",
}
OBSERVED = {**CONFIGURED, "manager": "r"}
HIDDEN = {**CONFIGURED, "viewer": ""}
INSPECTED = {**OBSERVED, "viewer": ""}
# What each group may do with each model, records apart.
MATRIX = {
    "monitor.rule": CONFIGURED,
    "monitor.alert": OBSERVED,
    "monitor.incident": {**OBSERVED, "operator": "rw", "manager": "rw"},
    "monitor.incident.entry": OBSERVED,
    "monitor.notification": INSPECTED,
    "monitor.silence": {**CONFIGURED, "operator": "rwc"},
    "monitor.inhibition": HIDDEN,
    "monitor.escalation.policy": HIDDEN,
    "monitor.escalation.level": HIDDEN,
    "monitor.oncall.rotation": CONFIGURED,
    "monitor.oncall.member": CONFIGURED,
    "monitor.oncall.shift": {**CONFIGURED, "operator": "rwcu"},
    "monitor.alertmanager": HIDDEN,
    "monitor.incident.request": {**NOTHING, "auditor": "r"},
    "monitor.module.version": INSPECTED,
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install", "monitor")
class TestAccess(MonitorCase, TransactionCase):
    """Each group against each model and operation."""

    def test_each_group_on_each_model_in_each_operation(self):
        for model, allowed in MATRIX.items():
            for name in PEOPLE:
                records = self.env[model].with_user(getattr(self, name))
                may = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                with self.subTest(f"{name} on {model}"):
                    self.assertEqual(may, allowed.get(name, ""))

    def test_no_model_is_left_out_of_the_matrix(self):
        models = {
            model._name
            for model in self.env.registry.values()
            if model._original_module == "monitor_incident"
            and not model._abstract
            and not model._transient
        }

        self.assertEqual(models, set(MATRIX))


@tagged("post_install", "-at_install", "monitor")
class TestOwnIncidents(IncidentCase, TransactionCase):
    """A viewer sees what is hers: as owner, in the team, or of her workflow."""

    def setUp(self):
        super().setUp()
        self.observe(NOON, self.seen(since=at(-2), count=1))
        self.incident = self.incident_of()

    def sees(self):
        mine = self.env["monitor.incident"].with_user(self.viewer)
        found = self.incident in mine.search([])
        entries = self.env["monitor.incident.entry"].with_user(self.viewer)
        lines = entries.search([("incident_id", "=", self.incident.id)])
        self.assertEqual(found, bool(lines))
        alerts = self.env["monitor.alert"].with_user(self.viewer).search([])
        self.assertEqual(found, bool(alerts & self.incident.alert_ids))
        if found:
            mine.browse(self.incident.id).read()  # all that she may read of it
        return found

    def test_that_of_others_is_not_seen(self):
        self.assertFalse(self.sees())
        with self.assertRaises(AccessError):
            self.incident.with_user(self.viewer).read(["title"])

    def test_what_is_hers(self):
        team = self.env["monitor.team"].create({"name": "Night watch"})
        for title, change in (
            ("owner", lambda: self.incident.write({"user_id": self.viewer.id})),
            (
                "member",
                lambda: (
                    team.write({"member_ids": self.viewer.ids}),
                    self.incident.write({"team_id": team.id}),
                ),
            ),
            (
                "process owner",
                lambda: self.flow.write({"process_owner_id": self.viewer.id}),
            ),
        ):
            with self.subTest(title), self.env.cr.savepoint() as savepoint:
                change()
                self.env.flush_all()
                self.assertTrue(self.sees())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_she_changes_nothing(self):
        self.incident.user_id = self.viewer
        with self.assertRaises(AccessError):
            self.incident.with_user(self.viewer).acknowledge()
        with self.assertRaises(AccessError):
            self.incident.with_user(self.viewer).write({"title": "x"})
