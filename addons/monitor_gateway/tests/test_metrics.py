from datetime import timedelta

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from odoo.tests import HttpCase, tagged

from .gateway_case import GatewayCase

URL = "/monitor/metrics"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
RUNS = "odoo_monitor_runs_total"
HEALTH = "odoo_monitor_workflow_health"
DURATION = "odoo_monitor_run_duration_seconds"
LIMIT = "monitor_gateway.metrics_max_workflows"


@tagged("post_install", "-at_install", "monitor")
class TestMetrics(GatewayCase, HttpCase):
    """What Prometheus reads, parsed by Prometheus' own Python client."""

    def setUp(self):
        super().setUp()
        self.at = self.now().replace(minute=30)
        self.set_clock(self.at)
        self.env["monitor.workflow"].search([("source_model", "=", False)]).unlink()
        self.tick()  # finds the automations of all addons before the flow is made
        self.flow = self.make_flow(steps=())
        self.tick()

    def scrape(self, user=None, accept="text/plain"):
        """Return ``{(name, labels): value}`` as a user of the service group sees it."""
        self.env.flush_all()
        response = self.ask(URL, user or self.service, Accept=accept)
        self.assertEqual(response.status_code, 200)
        parse = text_string_to_metric_families
        if "openmetrics" in response.headers["Content-Type"]:
            parse = openmetrics.text_string_to_metric_families
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in parse(response.text)
            for sample in family.samples
        }

    def series(self, name, scraped=None, **labels):
        """Return the one value with (at least) these labels; None without series."""
        found = [
            value
            for (known, pairs), value in (scraped or self.scrape()).items()
            if known == name and labels.items() <= dict(pairs).items()
        ]
        self.assertLessEqual(len(found), 1, (name, labels))
        return found[0] if found else None

    def add_hour(self, workflow=None, hours_ago=0, **values):
        """Have statistics for an hour, as the tick makes them of events."""
        hour = self.at.replace(minute=0) - timedelta(hours=hours_ago)
        workflow = workflow or self.flow
        values = {"workflow_id": workflow.id, "hour": hour, "histogram": {}, **values}
        return self.env["monitor.rollup"].create(values)

    # Who

    def test_who_may_scrape(self):
        for name in ("service", "viewer", "operator", "manager", "auditor"):
            with self.subTest(name):
                self.assertEqual(self.ask(URL, getattr(self, name)).status_code, 200)

    def test_who_may_not(self):
        for name in ("nobody", "override"):
            with self.subTest(name):
                response = self.ask(URL, getattr(self, name))
                self.assert_error(response, 403, "forbidden")

    def test_without_a_key_or_with_a_wrong_one(self):
        self.assertEqual(self.ask(URL).status_code, 401)
        wrong = self.ask(URL, Authorization="Bearer 0123456789012345678901234567890123")
        self.assertEqual(wrong.status_code, 401)

    def test_other_methods_are_refused(self):
        headers = {"Authorization": f"Bearer {self.key_of(self.service)}"}
        response = self.url_open(URL, headers=headers, method="POST")
        self.assert_error(response, 405, "method_not_allowed")

    def test_series_of_the_callers_companies_only(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.make_flow(steps=(), code="elsewhere", company_id=other.id)

        self.assertIsNone(self.series(HEALTH, code="elsewhere"))
        self.assertEqual(self.series(HEALTH, code="order-to-cash"), 1)

        self.service.company_ids += other
        self.assertEqual(self.series(HEALTH, code="elsewhere"), 1)

    # Which format

    def test_text_unless_openmetrics_is_preferred(self):
        for accept, expected in (
            ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
            (OPENMETRICS, f"{OPENMETRICS}; charset=utf-8"),
        ):
            with self.subTest(accept):
                response = self.ask(URL, self.service, Accept=accept)
                self.assertEqual(response.headers["Content-Type"], expected)
                self.assertEqual(response.headers["Vary"], "Accept")
                is_openmetrics = response.text.endswith("# EOF\n")
                self.assertEqual(is_openmetrics, accept == OPENMETRICS)

    def test_both_formats_say_the_same(self):
        self.add_hour(succeeded=2, histogram={"70": 2}, duration_sum=2000)

        # the classic parser names the counter's family, not its samples, differently
        self.assertEqual(self.scrape(), self.scrape(accept=OPENMETRICS))

    # What

    def test_the_health_a_workflow_has_now(self):
        self.assertEqual(
            self.series(
                HEALTH,
                code="order-to-cash",
                kind="flow",
                criticality="medium",
                health="new",
            ),
            1,
        )
        self.flow.action_pause()

        self.assertEqual(self.series(HEALTH, code="order-to-cash"), 1)
        self.assertEqual(self.series(HEALTH, code="order-to-cash", health="paused"), 1)

    def test_an_archived_workflow_has_no_health_but_keeps_its_runs(self):
        self.add_hour(succeeded=3)
        self.flow.action_archive()

        self.assertIsNone(self.series(HEALTH, code="order-to-cash"))
        self.assertEqual(
            self.series(RUNS, code="order-to-cash", outcome="succeeded"), 3
        )

    def test_runs_are_counted_by_outcome_from_zero(self):
        def counted():
            scraped, code = self.scrape(), "order-to-cash"
            return {
                outcome: self.series(RUNS, scraped, code=code, outcome=outcome)
                for outcome in (
                    "succeeded",
                    "business_error",
                    "failed",
                    "partial",
                    "lost",
                    "skipped",
                )
            }

        self.assertEqual(set(counted().values()), {0})

        self.add_hour(succeeded=1, business_errors=2, failed=3)
        self.add_hour(hours_ago=1, succeeded=10, partial=4, lost=5, skipped=6)
        self.assertEqual(list(counted().values()), [11, 2, 3, 4, 5, 6])

    def test_a_reported_run_is_counted_by_the_next_tick(self):
        api = self.api_of(self.service)
        api.run_start("order-to-cash", "SO1")
        api.run_finish("order-to-cash", "SO1", "failed", "No stock")
        self.tick()

        scraped = self.scrape()
        self.assertEqual(
            self.series(RUNS, scraped, code="order-to-cash", outcome="failed"), 1
        )
        self.assertEqual(
            self.series(f"{DURATION}_count", scraped, code="order-to-cash"), 1
        )

    def test_when_it_last_succeeded(self):
        name = "odoo_monitor_workflow_last_success_timestamp_seconds"
        self.assertIsNone(self.series(name, code="order-to-cash"))
        self.env.cr.execute(
            "UPDATE monitor_workflow SET last_success_at = '2026-01-01 00:00:00'"
            " WHERE id = %s",
            [self.flow.id],
        )

        self.assertEqual(self.series(name, code="order-to-cash"), 1767225600)

    def test_durations_in_classic_buckets(self):
        # buckets 70 (1.05 s) and 110 (57 s) of the log-scale histogram
        self.add_hour(histogram={"70": 3}, duration_sum=3100)
        self.add_hour(hours_ago=5, histogram={"70": 1, "110": 2}, duration_sum=116000)

        scraped = self.scrape()

        def upto(bound):
            return self.series(
                f"{DURATION}_bucket", scraped, code="order-to-cash", le=bound
            )

        self.assertEqual(
            [upto(bound) for bound in ("1.0", "5.0", "30.0", "60.0", "+Inf")],
            [0, 4, 4, 6, 6],
        )
        one = {"code": "order-to-cash"}
        self.assertEqual(self.series(f"{DURATION}_count", scraped, **one), 6)
        self.assertAlmostEqual(self.series(f"{DURATION}_sum", scraped, **one), 119.1)

    def test_the_monitor_itself(self):
        self.set_clock(self.at + timedelta(seconds=42))
        tick = self.env["monitor.tick"]._get()
        tick.write({"duration_ms": 1500, "error_count": 3})

        scraped = self.scrape()

        self.assertEqual(self.series("odoo_monitor_up", scraped), 1)
        self.assertEqual(self.series("odoo_monitor_tick_age_seconds", scraped), 42)
        self.assertEqual(
            self.series("odoo_monitor_tick_duration_seconds", scraped), 1.5
        )
        self.assertEqual(self.series("odoo_monitor_self_errors_total", scraped), 3)

    def test_the_monitor_is_down_when_its_tick_stays_away(self):
        self.set_clock(self.at + timedelta(minutes=4))

        self.assertEqual(self.series("odoo_monitor_up"), 0)

    def test_before_the_first_tick(self):
        self.env["monitor.tick"].search([]).unlink()

        scraped = self.scrape()

        self.assertEqual(self.series("odoo_monitor_up", scraped), 0)
        self.assertIsNone(self.series("odoo_monitor_tick_age_seconds", scraped))
        self.assertEqual(self.series("odoo_monitor_self_errors_total", scraped), 0)

    # How many

    def test_the_newest_beyond_the_limit_are_summed(self):
        others = [
            self.make_flow(steps=(), code=f"later-{number}") for number in range(2)
        ]
        for workflow in (self.flow, *others):
            self.add_hour(workflow, succeeded=5, histogram={"70": 5}, duration_sum=5000)
        older = self.env["monitor.workflow"].with_context(active_test=False)
        count = older.search_count([("id", "<=", self.flow.id)])
        self.env["ir.config_parameter"].set_param(LIMIT, count)

        scraped = self.scrape()

        runs = {"outcome": "succeeded"}
        self.assertEqual(self.series(RUNS, scraped, code="order-to-cash", **runs), 5)
        self.assertEqual(self.series(RUNS, scraped, code="other", **runs), 10)
        self.assertEqual(self.series(HEALTH, scraped, code="other", health="new"), 2)
        self.assertEqual(self.series(f"{DURATION}_count", scraped, code="other"), 10)
        self.assertAlmostEqual(
            self.series(f"{DURATION}_sum", scraped, code="other"), 10
        )
        self.assertIsNone(self.series(RUNS, scraped, code="later-0", **runs))

    def test_a_workflow_that_is_called_other_is_among_the_others(self):
        other = self.make_flow(steps=(), code="other")
        self.make_flow(steps=(), code="one-more")
        self.add_hour(other, succeeded=5)

        self.assertEqual(self.series(HEALTH, code="other", kind=""), 1)
        self.assertEqual(self.series(RUNS, code="other", outcome="succeeded"), 5)

    def test_a_limit_without_sense_is_the_default(self):
        self.env["ir.config_parameter"].set_param(LIMIT, "many")

        self.assertEqual(self.series(HEALTH, code="order-to-cash"), 1)

    # Counters never go down

    def forget_settled(self):
        self.env["monitor.tick"]._get().metrics_settled_until = False

    def settle(self, now=None):
        self.env["monitor.metrics.total"]._settle(now or self.at)

    def counted(self):
        scraped, code = self.scrape(), "order-to-cash"
        return (
            self.series(RUNS, scraped, code=code, outcome="succeeded"),
            self.series(f"{DURATION}_count", scraped, code=code),
            self.series(f"{DURATION}_sum", scraped, code=code),
            self.series(f"{DURATION}_bucket", scraped, code=code, le="5.0"),
        )

    def add_runs(self, hours_ago, count):
        return self.add_hour(
            hours_ago=hours_ago,
            succeeded=count,
            histogram={"70": count, "110": 1},
            duration_sum=count * 1000,
        )

    def test_purging_old_statistics_takes_nothing_away(self):
        self.forget_settled()
        old = self.add_runs(49, 3)
        self.add_runs(1, 2)
        self.assertEqual(self.counted(), (5, 7, 5, 5))

        self.settle()
        self.assertEqual(self.counted(), (5, 7, 5, 5))

        old.unlink()
        self.assertEqual(self.counted(), (5, 7, 5, 5))

    def test_hours_are_settled_once_and_add_up(self):
        self.forget_settled()
        for hours_ago in (72, 50, 49, 48, 47):
            self.add_runs(hours_ago, 1)
        for hours in range(4):
            for _twice in range(2):
                self.settle(self.at + timedelta(hours=hours))
                self.assertEqual(self.counted(), (5, 10, 5, 5))

        self.env["monitor.rollup"].search([]).unlink()
        self.assertEqual(self.counted(), (5, 10, 5, 5))

    def test_the_tick_settles(self):
        self.add_runs(60, 4)
        self.forget_settled()

        self.tick()

        total = self.env["monitor.metrics.total"].search(
            [("workflow_id", "=", self.flow.id)]
        )
        self.assertEqual((total.succeeded, total.histogram), (4, {"70": 4, "110": 1}))

    def test_totals_are_deleted_with_their_workflow(self):
        self.add_runs(60, 4)
        self.forget_settled()
        self.tick()

        self.flow.unlink()

        self.assertIsNone(self.series(RUNS, code="order-to-cash", outcome="succeeded"))

    # Cost

    def test_more_workflows_are_no_more_queries(self):
        self.cost()  # what is read once and kept
        few = self.cost()
        for number in range(20):
            flow = self.make_flow(steps=(), code=f"more-{number}")
            self.add_hour(flow, succeeded=1, histogram={"70": 1})

        self.assertEqual(self.cost(), few)
        self.assertLess(few, 20)

    def cost(self):
        """Return how many statements all families take."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["monitor.metrics"]._families()
        return self.env.cr.sql_log_count - before
