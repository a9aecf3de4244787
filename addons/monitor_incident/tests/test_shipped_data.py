"""What is shipped belongs to whoever installed it."""

from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file

DATA = (
    "data/monitor_rule_data.xml",
    "data/monitor_inhibition_data.xml",
    "data/monitor_escalation_data.xml",
)
#: What people change and delete; other records the code needs.
THEIRS = ("monitor.rule", "monitor.inhibition", "monitor.escalation.policy")


@tagged("post_install", "-at_install", "monitor")
class TestShippedData(TransactionCase):
    def shipped(self):
        """Return ``{XML id: record}`` of what is shipped for people to change."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "monitor_incident"), ("model", "in", THEIRS)]
        )
        return {
            one.name: self.env[one.model].browse(one.res_id)
            for one in data
            if not one.name.startswith("__")
        }

    def load(self, mode):
        for name in DATA:
            convert_file(self.env, "monitor_incident", name, {}, mode=mode)
        self.env.flush_all()

    def test_what_people_deleted_does_not_come_back(self):
        for record in self.shipped().values():
            record.unlink()
        self.load("update")
        self.assertFalse(self.shipped())

    def test_what_people_changed_stays(self):
        late = self.env.ref("monitor_incident.rule_late")
        late.write({"name": "Too late", "active": False})
        before = set(self.shipped())
        self.load("update")
        self.assertEqual((late.name, late.active), ("Too late", False))
        self.assertEqual(set(self.shipped()), before)

    def test_a_fresh_install_has_all(self):
        before = self.shipped()
        self.assertGreater(len(before), 20)
        for record in before.values():
            record.unlink()
        self.load("init")
        self.assertEqual(set(self.shipped()), set(before))
