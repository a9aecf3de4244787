import random

from lxml import etree

from odoo.tests import TransactionCase, tagged

from .common import MonitorCase

# What only grows: no card may read it.
LARGE = ("monitor_event", "monitor_run")
CARDS = 80
SUMMARY = ["__count", "process_owner_id:count"]


@tagged("post_install", "-at_install", "monitor")
class TestBoard(MonitorCase, TransactionCase):
    """The board reads stored columns: as much for 80 cards as for 8."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workflows = cls.env["monitor.workflow"].create(
            [
                {
                    "name": f"Board {number}",
                    "code": f"board-{number}",
                    "kind": "external",
                    "process_owner_id": cls.manager.id if number % 3 else False,
                    "schedule_type": "interval",
                }
                for number in range(CARDS)
            ]
        )
        states = ("healthy", "failing", "late", "degraded")
        cls.env.flush_all()
        for workflow in cls.workflows:
            cls.env.cr.execute(
                "UPDATE monitor_workflow SET health = %s, run_count_7d = 5, "
                "p95_ms = 40, trend_7d = '[[1, 0]]' WHERE id = %s",
                [random.Random(workflow.id).choice(states), workflow.id],
            )
        cls.env.invalidate_all()

    def specification(self, user):
        """Return what the kanban view asks of each card, as the web client does."""
        workflows = self.env["monitor.workflow"].with_user(user)
        view = self.env.ref("monitor_core.monitor_workflow_view_kanban")
        arch = etree.fromstring(workflows.get_view(view.id, "kanban")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        return {
            name: {"fields": {"display_name": {}}}
            if workflows._fields[name].type == "many2one"
            else {}
            for name in names
        }

    def statements(self, user, workflows):
        """Return the SQL of opening the board with these cards."""
        self.env.flush_all()
        specification = self.specification(user)
        domain = [("id", "in", workflows.ids)]
        model = self.env["monitor.workflow"].with_user(user)
        seen = []
        original = type(self.env.cr).execute

        def execute(cr, query, *args, **kwargs):
            seen.append(str(getattr(query, "code", query)))
            return original(cr, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", execute)
        self.env.invalidate_all()
        groups = model.web_read_group(
            domain,
            ["health"],
            ["__count"],
            auto_unfold=True,
            unfold_read_default_limit=CARDS,
            unfold_read_specification=specification,
        )
        model.formatted_read_group(domain, ["health"], SUMMARY)
        self.patch(type(self.env.cr), "execute", original)
        cards = sum(len(group.get("__records", [])) for group in groups["groups"])
        self.assertEqual(cards, len(workflows))
        return seen

    def test_the_cost_does_not_grow_with_the_cards(self):
        for name in ("viewer", "manager"):
            user = getattr(self, name)
            self.statements(user, self.workflows)  # fills the caches of the registry
            few = self.workflows.browse()
            for same in self.workflows.grouped("health").values():
                few |= same[:2]
            with self.subTest(name):
                self.assertEqual(
                    len(self.statements(user, self.workflows)),
                    len(self.statements(user, few)),
                )

    def test_no_card_reads_events_or_runs(self):
        statements = self.statements(self.manager, self.workflows)

        self.assertGreater(len(statements), 2)
        for statement in statements:
            for table in LARGE:
                self.assertNotIn(table, statement)

    def test_every_figure_on_a_card_is_stored(self):
        """Of ours; what other addons add must not cost more with more cards either."""
        fields = self.env["monitor.workflow"]._fields
        figures = [
            name
            for name in self.specification(self.manager)
            if fields[name].type in ("integer", "float", "monetary", "json")
            and fields[name]._module == "monitor_core"
        ]

        self.assertIn("trend_7d", figures)
        for name in figures:
            self.assertTrue(fields[name].store, name)
