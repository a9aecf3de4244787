from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from .common import MonitorCase

NOON = datetime(2026, 1, 7, 12)
MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install", "monitor")
class TestFunnel(MonitorCase, TransactionCase):
    """How many runs of a flow reached each step, and where they wait."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)

    def make_run(self, started=60, state="running", next_step=None, steps=(), **values):
        """Make a run, begun ``started`` minutes ago; ``steps``: (code, min after)."""
        began = NOON - started * MINUTE
        return self.env["monitor.run"].create(
            {
                "workflow_id": self.flow.id,
                "correlation_id": str(self.env["monitor.run"].search_count([])),
                "state": state,
                "started_at": began,
                "next_step": next_step,
                "steps_done": {
                    code: (began + after * MINUTE).isoformat() for code, after in steps
                },
                **values,
            }
        )

    def funnel(self, days=7, user=None):
        self.env.flush_all()
        flow = self.flow.with_user(user) if user else self.flow
        found = flow.flow_funnel(days)
        return found, {row["code"]: row for row in found["steps"]}

    def test_how_many_reached_each_step(self):
        self.make_run(state="succeeded", steps=[("paid", 1), ("packed", 5)])
        self.make_run(steps=[("paid", 3)], next_step="packed")
        self.make_run(next_step="paid")
        found, rows = self.funnel()

        self.assertEqual(found["runs"], 3)
        self.assertFalse(found["limited"])
        self.assertEqual(list(rows), ["paid", "packed", "shipped"])
        self.assertEqual(
            [row["reached"] for row in rows.values()],
            [2, 1, 0],
        )
        self.assertEqual(rows["paid"]["percent"], 66.7)

    def test_how_long_it_took_from_the_step_before(self):
        for after in (1, 2, 3):
            steps = [("paid", 10), ("packed", 10 + after)]
            self.make_run(state="succeeded", steps=steps)
        _found, rows = self.funnel()

        self.assertEqual(rows["paid"]["median_ms"], 600_000)
        self.assertEqual(rows["packed"]["median_ms"], 120_000)
        self.assertEqual(rows["packed"]["p95_ms"], 174_000)

    def test_where_they_wait_and_since_when(self):
        self.make_run(60, next_step="packed", steps=[("paid", 20)])
        self.make_run(90, "stalled", next_step="packed", steps=[("paid", 20)])
        self.make_run(5, next_step="paid")
        _found, rows = self.funnel()

        self.assertEqual((rows["packed"]["waiting"], rows["packed"]["stalled"]), (2, 1))
        self.assertEqual(rows["packed"]["longest_wait_ms"], 70 * 60_000)
        self.assertEqual(rows["paid"]["longest_wait_ms"], 5 * 60_000)
        self.assertEqual(rows["shipped"]["waiting"], 0)

    def test_the_period(self):
        self.make_run(60 * 30, next_step="paid")
        for days, runs in ((1, 0), (7, 1), (30, 1), (90, 1)):
            found, rows = self.funnel(days)
            self.assertEqual(found["runs"], runs)
            self.assertEqual(rows["paid"]["waiting"], 1)
        for days in (0, 2, "7", None, True):
            with self.assertRaises(UserError):
                self.flow.flow_funnel(days)

    def test_only_the_newest_runs_are_looked_at(self):
        module = "odoo.addons.monitor_core.models.monitor_workflow_funnel"
        self.patch(__import__(module, fromlist=["MAX_RUNS"]), "MAX_RUNS", 2)
        self.make_run(60, steps=[("paid", 1)])
        self.make_run(50)
        self.make_run(40)
        found, rows = self.funnel()

        self.assertTrue(found["limited"])
        self.assertEqual(found["runs"], 2)
        self.assertEqual(rows["paid"]["reached"], 0)

    def test_runs_of_other_companies_do_not_count(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.make_run(next_step="paid", company_id=company.id)
        self.make_run(next_step="paid", company_id=self.env.company.id)
        found, rows = self.funnel(user=self.viewer)

        self.assertEqual(found["runs"], 1)
        self.assertEqual(rows["paid"]["waiting"], 1)

    def test_who_may_ask(self):
        for user in (self.viewer, self.auditor):
            self.funnel(user=user)
        for user in (self.nobody, self.service):
            with self.assertRaises(AccessError):
                self.funnel(user=user)

    def test_rpc_gets_plain_values(self):
        self.make_run(next_step="paid")
        self.env.flush_all()
        answer = self.api_of(self.viewer).flow_funnel([self.flow.id], 7)
        self.assertEqual(answer["runs"], 1)


@tagged("post_install", "-at_install", "monitor")
class TestStepKinds(MonitorCase, TransactionCase):
    """Steps that run alongside each other, and deadlines in working time."""

    def start(self, moment, *steps, **values):
        self.set_clock(moment)
        self.make_flow(steps, **values)
        self.api_of(self.service).run_start("order-to-cash", "SO1")
        return self.env["monitor.run"].search([("correlation_id", "=", "SO1")])

    def test_either_of_two_may_come_first(self):
        run = self.start(
            NOON,
            "ordered",
            {"code": "invoiced", "deadline_minutes": 90},
            {"code": "picked", "deadline_minutes": 60, "parallel": True},
            "shipped",
        )
        api = self.api_of(self.service)
        api.checkpoint("order-to-cash", "SO1", "ordered")
        self.assertEqual(run.next_step, "picked")
        self.assertEqual(run.next_deadline_at, NOON + 60 * MINUTE)

        api.checkpoint("order-to-cash", "SO1", "picked")
        self.assertEqual(run.next_step, "invoiced")
        self.assertEqual(run.next_deadline_at, NOON + 90 * MINUTE)
        self.assertFalse(run._progress().out_of_order)

    def calendar(self):
        return self.env["resource.calendar"].create(
            {"name": "Office", "tz": "Europe/Brussels"}
        )

    def test_working_time_ends_on_the_next_working_day(self):
        team = self.env["monitor.team"].create(
            {"name": "Office", "calendar_id": self.calendar().id}
        )
        friday = datetime(2026, 1, 9, 15)  # 16:00 in Brussels; the office closes at 17
        run = self.start(
            friday,
            {"code": "paid", "deadline_minutes": 120, "working_time": True},
            team_id=team.id,
        )
        self.assertEqual(run.next_deadline_at, datetime(2026, 1, 12, 8))

    def test_leaves_do_not_count(self):
        calendar = self.calendar()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2026-01-12 00:00:00",
                "date_to": "2026-01-12 23:00:00",
            }
        )
        self.env.company.resource_calendar_id = calendar
        run = self.start(
            datetime(2026, 1, 9, 15),
            {"code": "paid", "deadline_minutes": 120, "working_time": True},
        )
        self.assertEqual(run.next_deadline_at, datetime(2026, 1, 13, 8))

    def test_where_nobody_ever_works_the_clock_counts(self):
        calendar = self.calendar()
        calendar.attendance_ids.unlink()
        self.env.company.resource_calendar_id = calendar
        run = self.start(
            NOON, {"code": "paid", "deadline_minutes": 120, "working_time": True}
        )
        self.assertEqual(run.next_deadline_at, NOON + 120 * MINUTE)

    def test_kinds(self):
        flow = self.make_flow([{"code": "paid", "kind": "completed"}, "sent"])
        self.assertEqual(flow.step_ids.mapped("kind"), ["completed", "custom"])
        rows = flow.flow_funnel(7)["steps"]
        self.assertEqual(
            [row["kind"] for row in rows], ["Completion confirmed", "Other"]
        )
