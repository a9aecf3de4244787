from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from odoo.tests import HttpCase, tagged

from .events_case import EventsCase, event

URL = "/monitor/metrics"


@tagged("post_install", "-at_install", "monitor")
class TestEventMetrics(EventsCase, HttpCase):
    """What Prometheus reads of events that other systems send."""

    def scrape(self, user=None):
        self.env.flush_all()
        text = self.ask(URL, user or self.service).text
        return {
            (sample.name, sample.labels.get("reason"), sample.labels.get("type")): int(
                sample.value
            )
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name.startswith("odoo_monitor_events")
        }

    def test_events_and_what_is_wrong_with_them(self):
        self.tick()
        self.env.cr.execute("DELETE FROM monitor_event_tally")
        self.env["monitor.event.type"].create(
            {"name": "com.metrics.paid", "schema": '{"type": "object"}'}
        )
        events, flagged = (
            "odoo_monitor_events_total",
            "odoo_monitor_events_flagged_total",
        )
        nothing = {(events, None, None): 0, (flagged, "unregistered", ""): 0}
        self.assertEqual(self.scrape(), nothing)

        self.ingest(event("com.metrics.paid", {}), event("com.metrics.paid", 5))
        self.ingest(event("com.metrics.gone"), event("com.metrics.left"))
        self.tick()

        self.assertEqual(
            self.scrape(),
            {
                (events, None, None): 4,
                (flagged, "invalid", "com.metrics.paid"): 1,
                (flagged, "unregistered", ""): 2,
            },
        )
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.viewer.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertEqual(self.scrape(self.viewer), nothing)

        # registering, and the passing of time, lower no counter
        self.env["monitor.event.type"].create({"name": "com.metrics.gone"})
        self.tick(self.now() + timedelta(days=40))
        self.assertEqual(self.scrape()[flagged, "unregistered", ""], 2)
        self.assertEqual(self.scrape()[events, None, None], 4)
