from odoo.tests import TransactionCase, tagged

from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestRunSearch(MonitorCase, TransactionCase):
    """Runs are found by what people see of them."""

    def setUp(self):
        super().setUp()
        self.make_flow(steps=())
        self.make_flow(steps=(), code="night", name="Night work")
        api = self.api_of(self.service)
        api.run_start("order-to-cash", "SO-77")
        api.run_start("night", "batch-1")
        self.runs = self.env["monitor.run"].with_user(self.viewer)
        self.order = self.runs.search([("correlation_id", "=", "SO-77")])
        self.night = self.runs.search([("correlation_id", "=", "batch-1")])
        self.both = [("id", "in", (self.order | self.night).ids)]

    def found(self, text):
        return {id_ for id_, _name in self.runs.name_search(text, self.both)}

    def test_by_correlation_id_workflow_and_number(self):
        for text, expected in (
            ("so-7", self.order),
            ("Night", self.night),
            (f"#{self.night.id}", self.night),
            (f"{self.night.id}", self.night),
            (f"night work #{self.night.id}", self.night),
            (self.order.display_name, self.order),
            (f"Order #{self.night.id}", self.runs),
            ("no such run", self.runs),
            ("#99999999999999", self.runs),
            ("", self.order | self.night),
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), set(expected.ids))

    def search(self, *leaf):
        return self.runs.search([leaf, *self.both])

    def test_by_the_name(self):
        name = self.order.display_name
        for field in ("name", "display_name"):
            with self.subTest(field):
                self.assertEqual(self.search(field, "=", name), self.order)
                self.assertEqual(self.search(field, "in", [name, "x"]), self.order)
                self.assertEqual(self.search(field, "!=", name), self.night)
                self.assertEqual(self.search(field, "not ilike", "so-77"), self.night)
                self.assertEqual(
                    self.search(field, "not ilike", f"#{self.night.id}"), self.order
                )

    def test_events_by_their_run(self):
        events = self.env["monitor.event"].with_user(self.viewer)
        for text in ("SO-77", f"#{self.order.id}", "Order to"):
            with self.subTest(text):
                of_order = events.search([("run_id", "ilike", text)]).run_id
                self.assertIn(self.order, of_order)
                self.assertNotIn(self.night, of_order)
