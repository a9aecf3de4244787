"""For tests on cursors of their own: what they commit is removed."""

from odoo import api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name


class CommittedRuleCase(BaseCase):
    """A rule that is committed, ``rule_id``; removed with its alerts and incidents."""

    rule_values = {"name": "Race", "kind": "failure"}

    def setUp(self):
        super().setUp()
        self.registry_ = Registry(get_db_name())
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            self.rule_id = env["monitor.rule"].create(self.rule_values).id
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            rule = env["monitor.rule"].browse(self.rule_id)
            env["monitor.incident"].search([("rule_id", "=", rule.id)]).unlink()
            rule.alert_ids.unlink()
            rule.unlink()
