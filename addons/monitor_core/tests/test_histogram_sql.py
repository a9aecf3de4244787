import json
import random

from odoo.tests import TransactionCase, tagged

from ..models import histogram_sql
from ..tools import histogram


@tagged("post_install", "-at_install", "monitor")
class TestHistogramSql(TransactionCase):
    """SQL and Python give exactly the same answers for the same histograms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(11)
        cls.histograms = [
            {
                str(chance.randrange(histogram.MAX_BUCKET + 1)): chance.randrange(1, 99)
                for _bucket in range(chance.randrange(30))
            }
            for _histogram in range(300)
        ]
        cls.histograms += [{}, {"0": 1}, {"400": 2**40}, {"9": 1, "10": 1}]

    def ask(self, query, *params):
        self.env.cr.execute(query, params)
        return self.env.cr.fetchall()

    def test_quantiles(self):
        chance = random.Random(12)
        shares = [0, 0.5, 0.95, 0.99, 1, *(chance.random() for _q in range(20))]
        found = self.ask(
            "SELECT h, q, monitor_histogram_quantile(h, q)"
            "  FROM jsonb_array_elements(%s::jsonb) h, unnest(%s::float8[]) q",
            json.dumps(self.histograms),
            shares,
        )

        self.assertEqual(len(found), len(self.histograms) * len(shares))
        for hist, q, value in found:
            self.assertEqual(value, histogram.quantile(hist, q), (hist, q))

    def test_a_group_is_merged(self):
        merged = {}
        for hist in self.histograms:
            merged = histogram.merge(merged, hist)

        ((found,),) = self.ask(
            "SELECT monitor_histogram_merge(h) FROM jsonb_array_elements(%s::jsonb) h",
            json.dumps(self.histograms),
        )

        self.assertEqual(found, merged)

    def test_what_is_taken_back_leaves_no_empty_bucket(self):
        ((found,),) = self.ask(
            "SELECT monitor_histogram_sum(%s::jsonb[])",
            ['{"3": 1, "4": 2}', '{"3": -1}', None],
        )

        self.assertEqual(found, {"4": 2})

    def test_nothing_merged_is_empty_and_has_no_quantile(self):
        ((merged, quantile),) = self.ask(
            "SELECT monitor_histogram_merge(h),"
            "       monitor_histogram_quantile(monitor_histogram_merge(h), 0.5)"
            "  FROM jsonb_array_elements('[]'::jsonb) h"
        )

        self.assertEqual(merged, {})
        self.assertIsNone(quantile)

    def test_they_are_made_anew_and_dropped_without_a_trace(self):
        names = list(histogram_sql.ROUTINES)
        self.env["monitor.rollup"].init()  # as each update does
        query = "SELECT count(*) FROM pg_proc WHERE proname = ANY(%s)"
        self.assertEqual(self.ask(query, names), [(len(names),)])

        histogram_sql.drop_histogram_routines(self.env.cr)

        self.assertEqual(self.ask(query, names), [(0,)])
