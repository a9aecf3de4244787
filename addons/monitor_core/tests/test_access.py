from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .common import PEOPLE, MonitorCase

# What each may do: r(ead), w(rite), c(reate), u(nlink); a dash where nothing.
NOTHING = dict.fromkeys(
    ("nobody", "service", "override"),
    "-",
)
CONFIGURED = {
    **NOTHING,
    "viewer": "r",
    "operator": "r",
    "auditor": "r",
    "manager": "rwcu",
}
OBSERVED = {**NOTHING, "viewer": "r", "operator": "r", "auditor": "r", "manager": "r"}
ADMINISTERED = {**CONFIGURED, "viewer": "-", "operator": "-"}
INSPECTED = {**OBSERVED, "viewer": "-"}
MATRIX = {
    "monitor.workflow": CONFIGURED,
    "monitor.flow.step": CONFIGURED,
    "monitor.team": CONFIGURED,
    "monitor.tag": CONFIGURED,
    "monitor.enrichment": ADMINISTERED,
    "monitor.enrichment.line": ADMINISTERED,
    "monitor.change": INSPECTED,
    "monitor.run": OBSERVED,
    "monitor.event": OBSERVED,
    "monitor.rollup": OBSERVED,
    "monitor.rollup.day": OBSERVED,
    "monitor.error.group": OBSERVED,
    "monitor.tick": OBSERVED,
}
VALUES = {
    "monitor.workflow": {"name": "W", "code": "w"},
    "monitor.flow.step": {"name": "S", "code": "s"},
    "monitor.team": {"name": "T"},
    "monitor.tag": {"name": "T"},
    "monitor.enrichment": {"rate_date_path": "create_date"},
    "monitor.enrichment.line": {"key": "note", "path": "ref"},
    "monitor.change": {"model": "res.partner", "operation": "write"},
    "monitor.run": {"state": "running", "started_at": "2026-01-05 12:00:00"},
    "monitor.event": {"kind": "log"},
    "monitor.rollup": {"hour": "2026-01-05 12:00:00"},
    "monitor.rollup.day": {"day": "2026-01-05", "tz": "UTC"},
    "monitor.error.group": {"error_type": "Reported"},
    "monitor.tick": {"duration_ms": 1},
}


@tagged("post_install", "-at_install", "monitor")
class TestAccess(MonitorCase, TransactionCase):
    """Each group against each model and operation, really done."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow()
        api = self.api_of(self.service)
        api.run_start("order-to-cash", "SO1", {"context": {"amount": 5}})
        api.run_finish("order-to-cash", "SO1", "failed", "no stock")
        self.tick()
        self.env["monitor.team"].create({"name": "Night watch"})
        self.env["monitor.tag"].create({"name": "Month end"})
        self.env.cr.execute(
            "INSERT INTO monitor_change (occurred_at, model, operation) "
            "VALUES (now(), 'res.partner', 'write')"
        )
        self.forget_rules(self.env)
        self.enrichment = self.make_enrichment("res.partner")
        run = self.flow.run_ids
        run.traceback = "Traceback (most recent call last): ..."
        self.env.flush_all()
        self.env.invalidate_all()
        self.run_id = run.id

    def record(self, model):
        """Return a record of ``model`` that nothing but access protects."""
        if model == "monitor.workflow":
            return self.make_flow(code="returns", name="Returns")
        return self.env[model].search([], limit=1)

    def make_enrichment(self, model):
        line = {"key": "name", "path": "name"}
        model_id = self.env["ir.model"]._get_id(model)
        return self.env["monitor.enrichment"].create(
            {"model_id": model_id, "line_ids": [Command.create(line)]}
        )

    def values(self, model):
        values = dict(VALUES[model])
        if model == "monitor.enrichment":
            values["model_id"] = self.env["ir.model"]._get_id("res.users")
        if "enrichment_id" in self.env[model]._fields:
            values["enrichment_id"] = self.enrichment.id
        if "workflow_id" in self.env[model]._fields:
            values["workflow_id"] = self.flow.id
        return values

    def try_out(self, record, operation):
        """Do ``operation`` and tell whether it was allowed; undo it."""
        changes = dict(VALUES[record._name])
        calls = {
            "r": lambda: (record.search([]), record.read()),
            "w": lambda: record.write(changes),
            "c": lambda: record.create(self.values(record._name)),
            "u": record.unlink,
        }
        savepoint = self.env.cr.savepoint()
        try:
            calls[operation]()
            return True
        except AccessError:
            return False
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_each_group_on_each_model_in_each_operation(self):
        for model, allowed in MATRIX.items():
            record = self.record(model)
            self.assertTrue(record, model)
            for name in PEOPLE:
                theirs = record.with_user(getattr(self, name))
                for operation in "rwcu":
                    with self.subTest(f"{name} {operation} {model}"):
                        self.assertEqual(
                            self.try_out(theirs, operation), operation in allowed[name]
                        )

    def test_no_model_is_left_out_of_the_matrix(self):
        models = {
            model._name
            for model in self.env.registry.values()
            if model._original_module == "monitor_core"
            and not model._abstract
            and not model._transient
        }

        self.assertEqual(models, set(MATRIX))

    def test_no_person_is_left_out_of_the_matrix(self):
        for model, allowed in MATRIX.items():
            self.assertEqual(set(allowed), set(PEOPLE), model)

    def test_every_model_describes_itself_to_its_readers(self):
        for model, allowed in MATRIX.items():
            for name in PEOPLE:
                if "r" in allowed[name]:
                    with self.subTest(f"{name} {model}"):
                        records = self.env[model].with_user(getattr(self, name))
                        self.assertIn("id", records.fields_get())
                        self.assertTrue(records.get_view(view_type="form")["arch"])

    def test_what_each_group_implies(self):
        implied = {
            name: {
                other
                for other, group in PEOPLE.items()
                if getattr(self, name).has_group(group)
            }
            for name in PEOPLE
        }

        self.assertEqual(
            implied,
            {
                "nobody": {"nobody"},
                "viewer": {"nobody", "viewer"},
                "operator": {"nobody", "viewer", "operator"},
                "manager": {"nobody", "viewer", "operator", "manager"},
                "auditor": {"nobody", "viewer", "auditor"},
                "service": {"service"},
                "override": {"override"},
            },
        )

    def test_an_administrator_of_odoo_is_a_manager(self):
        admin = self.env.ref("base.user_admin")

        self.assertTrue(admin.has_group("monitor_core.group_monitor_manager"))

    def test_all_groups_of_one_person_do_not_conflict(self):
        refs = [self.env.ref(group).id for group in PEOPLE.values()]

        self.nobody.group_ids = [Command.set(refs)]

        self.assertTrue(self.nobody.has_group("monitor_core.group_monitor_manager"))

    def test_context_and_traceback_are_for_operators_and_auditors(self):
        for name in PEOPLE:
            run = self.env["monitor.run"].with_user(getattr(self, name))
            for field in ("context", "traceback", "backend_pid", "backend_start"):
                with self.subTest(f"{name} {field}"):
                    self.assertEqual(
                        self.may_read(run.browse(self.run_id), field),
                        name in ("operator", "manager", "auditor"),
                    )

    def test_the_context_of_an_event_is_for_operators_and_auditors(self):
        event = self.env["monitor.event"].search(
            [("run_id", "=", self.run_id)], limit=1
        )
        for name in PEOPLE:
            with self.subTest(name):
                self.assertEqual(
                    self.may_read(event.with_user(getattr(self, name)), "context"),
                    name in ("operator", "manager", "auditor"),
                )

    def may_read(self, record, field):
        try:
            record.read([field])
            return True
        except AccessError:
            return False

    def test_a_viewer_cannot_find_by_what_is_hidden(self):
        runs = self.env["monitor.run"].with_user(self.viewer)

        with self.assertRaises(AccessError):
            runs.search([("traceback", "ilike", "Traceback")])

    def test_a_viewer_reads_all_else_of_a_run(self):
        (values,) = (
            self.env["monitor.run"].with_user(self.viewer).browse(self.run_id).read()
        )

        self.assertEqual(values["error_message"], "no stock")
        self.assertNotIn("traceback", values)
        self.assertNotIn("context", values)

    def test_nobody_reports_by_creating_rows(self):
        for name in PEOPLE:
            for model in ("monitor.run", "monitor.event"):
                rows = self.env[model].with_user(getattr(self, name))
                with self.subTest(f"{name} {model}"):
                    self.assertFalse(rows.has_access("create"))
