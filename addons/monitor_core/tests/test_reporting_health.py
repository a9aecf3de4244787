from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)
KEYS = {
    "code",
    "name",
    "health",
    "score",
    "last_success_at",
    "last_failure_at",
    "open_incidents",
    "reason",
}


@tagged("post_install", "-at_install", "monitor")
class TestReportingHealth(MonitorCase, TransactionCase):
    """Other systems ask how the workflows are."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.flow = self.make_flow(steps=(), kind="external")
        self.api = self.api_of(self.service)

    def test_a_workflow_nobody_reported_on_is_new_and_says_so(self):
        self.tick()

        (row,) = self.api.health(["order-to-cash"])

        self.assertEqual(set(row), KEYS)
        self.assertEqual((row["name"], row["health"]), ("Order to cash", "new"))
        self.assertTrue(row["reason"])

    def test_what_is_absent_is_false(self):
        (row,) = self.api.health(["order-to-cash"])

        absent = ("score", "last_success_at", "last_failure_at")
        self.assertEqual([row[name] for name in absent], [False] * 3)
        self.assertEqual(row["open_incidents"], 0)

    def test_no_answer_holds_none(self):
        self.tick()

        for row in self.api.health():
            self.assertNotIn(None, row.values())

    def test_moments_are_texts_in_utc(self):
        self.api.run_start("order-to-cash", "SO1")
        self.api.run_finish("order-to-cash", "SO1", "succeeded")
        self.tick(NOON + timedelta(minutes=1))

        (row,) = self.api.health(["order-to-cash"])

        self.assertEqual(row["last_success_at"], "2026-01-05 12:00:00")
        self.assertEqual(row["health"], "healthy")

    def test_a_reported_failure_is_seen_with_its_reason(self):
        for number in range(3):
            self.api.run_start("order-to-cash", f"SO{number}")
            self.api.run_finish("order-to-cash", f"SO{number}", "failed", "no stock")
        self.tick(NOON + timedelta(minutes=1))

        (row,) = self.api.health(["order-to-cash"])

        self.assertEqual(row["health"], "failing")
        self.assertEqual(row["last_failure_at"], "2026-01-05 12:00:00")
        self.assertIn("no stock", row["reason"])

    def test_without_codes_all_workflows_answer_ordered_by_code(self):
        self.make_flow(steps=(), code="a-first", name="First")

        codes = [row["code"] for row in self.api.health()]

        self.assertEqual(codes[0], "a-first")
        self.assertEqual(codes, sorted(codes))
        self.assertIn("base.autovacuum_job", codes)

    def test_unknown_codes_are_left_out(self):
        for unknown in ("no-such-flow", "a\0b", "\ud800", ""):
            with self.subTest(unknown):
                rows = self.api.health([unknown, "order-to-cash"])
                self.assertEqual([row["code"] for row in rows], ["order-to-cash"])

    def test_no_codes_are_no_rows(self):
        self.assertEqual(self.api.health([]), [])

    def test_false_stands_for_all_where_a_protocol_knows_no_null(self):
        self.assertEqual(self.api.health(False), self.api.health())

    def test_who_may_ask(self):
        for name in ("service", "viewer", "operator", "manager", "auditor"):
            with self.subTest(name):
                api = self.api_of(getattr(self, name))
                self.assertEqual(len(api.health(["order-to-cash"])), 1)

    def test_who_may_not_ask(self):
        for name in ("nobody", "override"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.api_of(getattr(self, name)).health()

    def test_asking_writes_nothing(self):
        self.api.health()

        statements = []
        self.patch_execute(statements)
        self.api.health()

        self.assertFalse([s for s in statements if not s.startswith("SELECT")])

    def patch_execute(self, statements):
        execute = type(self.env.cr).execute

        def recording(cr, query, *args, **kwargs):
            code = getattr(query, "code", query)
            statements.append(code.strip().upper())
            return execute(cr, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", recording)
