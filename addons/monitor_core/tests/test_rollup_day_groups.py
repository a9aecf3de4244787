import math
import random
from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from ..tools import histogram
from .day_case import NEW_YORK, NOON, DayCase


@tagged("post_install", "-at_install", "monitor")
class TestGroups(DayCase, TransactionCase):
    """Percentiles of a group are those of its runs, as the web client asks for them."""

    def setUp(self):
        super().setUp()
        chance = random.Random(9)
        self.durations = {}
        for flow, longest in ((self.orders, 2_000), (self.returns, 60_000)):
            runs = []
            for back in range(20):
                # Many short runs on one day, few long ones on the next: an average of
                # percentiles is far from the percentile of all.
                count = 60 if back % 2 else 3
                top = longest // 20 if back % 2 else longest
                runs += [
                    (NOON - timedelta(days=back), chance.randrange(10, top))
                    for _run in range(count)
                ]
            self.durations[flow] = [duration for _moment, duration in runs]
            self.add_runs(flow, *runs)
        self.add_runs(self.returns, (NOON, 10, "fault"))
        self.durations[self.returns].append(10)
        self.tick(NOON)
        self.aggregates = [f"{name}:avg" for name in histogram.PERCENTILES]

    def assert_percentiles(self, group, durations):
        exact = sorted(durations)
        for name, q in histogram.PERCENTILES.items():
            rank = max(1, math.ceil(q * len(exact)))
            found = group[f"{name}:avg"]
            self.assertAlmostEqual(found / exact[rank - 1], 1, delta=0.06, msg=name)

    def test_in_a_list(self):
        answer = self.by_reader(self.viewer).web_read_group(
            [], ["workflow_id"], self.aggregates, order="p95_ms:avg desc"
        )

        groups = answer["groups"]
        self.assertEqual(
            [group["workflow_id"][0] for group in groups],
            [self.returns.id, self.orders.id],
        )
        for group in groups:
            flow = self.env["monitor.workflow"].browse(group["workflow_id"][0])
            self.assert_percentiles(group, self.durations[flow])

    def test_in_a_pivot(self):
        (everything, flows, weeks) = self.by_reader(
            self.viewer
        ).formatted_read_grouping_sets(
            [],
            [[], ["workflow_id"], ["workflow_id", "day:month"]],
            [*self.aggregates, "runs:sum"],
        )

        self.assert_percentiles(everything[0], sum(self.durations.values(), []))
        for group in flows:
            flow = self.env["monitor.workflow"].browse(group["workflow_id"][0])
            self.assert_percentiles(group, self.durations[flow])
        self.assertEqual(sum(group["runs:sum"] for group in weeks), 1261)

    def test_in_a_graph(self):
        groups = (
            self.by_reader(self.viewer)
            .with_context(fill_temporal=True)
            .formatted_read_group([], ["day:month"], ["__count", "p95_ms:avg"])
        )

        month = self.days.search([("day", ">=", "2032-06-01"), ("tz", "=", NEW_YORK)])
        merged = {}
        for row in month:
            merged = histogram.merge(merged, row.histogram)
        self.assertEqual(
            groups[-1]["p95_ms:avg"], round(histogram.quantile(merged, 0.95))
        )

    def test_by_the_deprecated_read_group_too(self):
        with self.assertWarns(DeprecationWarning):
            (group,) = self.days.read_group([], ["p95_ms:avg"], [])

        everything = sorted(sum(self.durations.values(), []))
        exact = everything[int(0.95 * len(everything))]
        self.assertAlmostEqual(group["p95_ms"] / exact, 1, delta=0.08)

    def test_shares_and_averages_are_weighed_by_their_runs(self):
        ((rate, mean, longest),) = self.days._read_group(
            [("workflow_id", "=", self.returns.id)],
            [],
            ["failure_rate:avg", "duration_avg_ms:avg", "duration_max:max"],
        )

        durations = self.durations[self.returns]
        self.assertAlmostEqual(rate, 1 / len(durations))
        self.assertEqual(mean, round(sum(durations) / len(durations)))
        self.assertEqual(longest, max(durations))

    def test_groups_can_be_limited_by_a_percentile(self):
        ((flow,),) = self.days._read_group(
            [], ["workflow_id"], [], having=[("p95_ms:avg", ">", 1000)]
        )

        self.assertEqual(flow, self.returns)

    def test_what_workflows_are_can_be_grouped_and_filtered_by(self):
        team = self.env["monitor.team"].create({"name": "Night watch"})
        self.orders.write(
            {"team_id": team.id, "criticality": "high", "app_name": "Sales"}
        )
        self.orders.process_owner_id = self.viewer
        rows = self.by_reader(self.viewer)
        for field, value in (
            ("team_id", team),
            ("process_owner_id", self.viewer),
            ("criticality", "high"),
            ("app_name", "Sales"),
        ):
            with self.subTest(field):
                groups = dict(rows._read_group([], [field], ["runs:sum"]))
                self.assertEqual(groups[value], len(self.durations[self.orders]))
                asked = value if isinstance(value, str) else value.id
                found = rows.search([(field, "=", asked)])
                self.assertEqual(found.workflow_id, self.orders)
        self.assertEqual(len(rows._read_group([], ["kind"], [])), 1)
        self.assertEqual(len(rows._read_group([], ["company_id"], [])), 1)

    def test_a_workflow_has_its_percentiles_of_seven_days(self):
        self.orders.invalidate_recordset()
        hours = self.env["monitor.rollup"].search(
            [
                ("workflow_id", "=", self.orders.id),
                ("hour", ">=", NOON - timedelta(days=7)),
            ]
        )
        merged = {}
        for row in hours:
            merged = histogram.merge(merged, row.histogram)
        for name, q in histogram.PERCENTILES.items():
            self.assertEqual(
                self.orders[name], round(histogram.quantile(merged, q)), name
            )


@tagged("post_install", "-at_install", "monitor")
class TestMenu(DayCase, TransactionCase):
    """Who may see workflows finds their statistics."""

    def test_who_sees_the_menu(self):
        menu = self.env.ref("monitor_core.monitor_menu_statistics")
        for name in ("nobody", "viewer", "operator", "manager", "auditor"):
            user = getattr(self, name)
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            with self.subTest(name):
                self.assertEqual(menu.id in visible, name != "nobody")

    def test_the_views_open_for_a_viewer(self):
        rows = self.by_reader(self.viewer)
        for kind in ("list", "pivot", "graph", "search"):
            with self.subTest(kind):
                self.assertTrue(rows.get_view(view_type=kind)["arch"])
