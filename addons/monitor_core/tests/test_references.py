from odoo.tests import TransactionCase, new_test_user, tagged

from .common import MonitorCase

NAMED = {"user_id": {"fields": {"display_name": {}}}}


@tagged("post_install", "-at_install", "monitor")
class TestReferences(MonitorCase, TransactionCase):
    """Runs and events outlive the users, runs and records that they name."""

    def setUp(self):
        super().setUp()
        self.leaver = new_test_user(
            self.env, "monitor_leaver", groups="monitor_core.group_monitor_service"
        )
        self.flow = self.make_flow(steps=())
        api = self.api_of(self.leaver)
        api.run_start(self.flow.code, "1")
        self.run = self.flow.run_ids
        self.event = self.env["monitor.event"].search([("run_id", "=", self.run.id)])
        self.run.flush_recordset()

    def leave(self):
        self.leaver.sudo().unlink()
        self.env.invalidate_all()

    def test_a_user_is_named_until_gone(self):
        [row] = self.run.web_read(NAMED)
        self.assertEqual(row["user_id"]["id"], self.leaver.id)

        self.leave()

        for record in (self.run, self.event):
            [row] = record.with_user(self.viewer).web_read(NAMED)
            self.assertFalse(row["user_id"])

    def test_grouping_and_searching_agree(self):
        self.leave()

        for model in ("monitor.run", "monitor.event"):
            records = self.env[model].with_user(self.viewer)
            domain = [("workflow_id", "=", self.flow.id)]
            [group] = records.formatted_read_group(domain, ["user_id"], ["__count"])
            self.assertFalse(group["user_id"])
            found = records.search(domain + group["__extra_domain"])
            self.assertEqual(len(found), group["__count"])
            self.assertFalse(records.search(domain + [("user_id", "!=", False)]))

    def test_searching_for_a_user_asks_the_bare_column(self):
        """A search for a record must be able to use an index."""
        domain = [("workflow_id", "=", self.flow.id), ("user_id", "in", [5, 6])]

        query = self.env["monitor.run"]._search(domain)

        self.assertNotIn("SELECT found", str(query.select().code))

    def test_a_run_outlives_its_parent(self):
        child = self.run.create(
            {
                "workflow_id": self.flow.id,
                "parent_id": self.run.id,
                "correlation_id": "child",
                "state": "running",
                "started_at": self.now(),
            }
        )
        child.flush_recordset()
        self.assertEqual(child.parent_id, self.run)
        self.run.unlink()
        self.env.invalidate_all()

        for record, field in ((child, "parent_id"), (self.event, "run_id")):
            names = {field: {"fields": {"display_name": {}}}}
            self.assertFalse(record.web_read(names)[0][field])
        self.assertIn(
            child, self.env["monitor.run"].search([("parent_id", "=", False)])
        )
