"""Each group against each model of this addon."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.monitor_core.tests.common import PEOPLE

from .test_decide import DecideCase

EVERYBODY = {"nobody", "viewer", "operator", "manager", "auditor"}
READ = dict.fromkeys(EVERYBODY, "r")
CONFIGURED = {"viewer": "r", "operator": "r", "auditor": "r", "manager": "rwcu"}
INSIDE = {"manager": "r", "auditor": "r"}
MATRIX = {
    "monitor.approval": READ,
    "monitor.approval.tier": READ,
    "monitor.approval.event": READ,
    "monitor.approval.exception": {**READ, "operator": "rw", "manager": "rw"},
    "monitor.approval.policy": CONFIGURED,
    "monitor.approval.policy.tier": CONFIGURED,
    "monitor.approval.risk": CONFIGURED,
    "monitor.approval.limit": CONFIGURED,
    "monitor.approval.policy.version": {**CONFIGURED, "manager": "r"},
    "monitor.approval.document": INSIDE,
    "monitor.approval.observation": INSIDE,
    "monitor.approval.delegation": {
        **dict.fromkeys(EVERYBODY, "rwc"),
        "manager": "rwcu",
    },
    "monitor.approval.act": dict.fromkeys(EVERYBODY, "rwc"),
    "monitor.approval.explain": dict.fromkeys(EVERYBODY, "rwc"),
    "monitor.approval.what.if": dict.fromkeys(("manager", "auditor"), "rwcu"),
    "monitor.approval.what.if.line": dict.fromkeys(("manager", "auditor"), "rwcu"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install", "monitor")
class TestAccess(DecideCase, TransactionCase):
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

    def test_no_model_is_left_out(self):
        models = {
            model._name
            for model in self.env.registry.values()
            if model._original_module == "monitor_approvals" and not model._abstract
        }
        self.assertEqual(models, set(MATRIX))

    def test_who_has_no_part_sees_nothing(self):
        approval = self.request(self.make_policy(mode="decide"))
        for model in ("approval", "approval.tier", "approval.event"):
            records = self.env[f"monitor.{model}"]
            for user, sees in ((self.ada, True), (self.ben, True), (self.eve, False)):
                found = records.with_user(user).search_count([])
                self.assertEqual(bool(found), sees, (model, user.login))
        with self.assertRaises(UserError):
            approval.with_user(self.eve).approve()

    def test_a_delegation_is_one_s_own(self):
        delegations = self.env["monitor.approval.delegation"]
        values = {
            "user_id": self.ben.id,
            "delegate_id": self.eve.id,
            "date_from": self.clock,
            "date_to": self.clock.replace(year=2027),
        }
        with self.assertRaises(AccessError), self.cr.savepoint():
            delegations.with_user(self.eve).create(values)
        delegations.with_user(self.ben).create(values)
        delegations.with_user(self.manager).create({**values, "user_id": self.dan.id})

    def test_exceptions_are_not_edited(self):
        document = self.make_document(function="approved")
        self.take()
        found = self.approval_of(document).exception_ids
        for values in (
            {"state": "resolved"},
            {"evidence": {}},
            {"waived_until": False},
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                found.with_user(self.operator).write(values)
        found.with_user(self.operator).user_id = self.dan
