from odoo.tests import tagged

from .enrichment_case import EnrichmentCase


@tagged("post_install", "-at_install", "monitor")
class TestEnrichmentReport(EnrichmentCase):
    """Runs that other systems report carry what matters of the record they name."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow()
        self.api = self.api_of(self.service)
        self.partner = self.make_partner()
        self.env.flush_all()

    def about(self, partner=None, **values):
        record = partner or self.partner
        return {"model": "res.partner", "record_id": record.id, **values}

    def start(self, correlation_id="SO1", **values):
        self.api.run_start(self.flow.code, correlation_id, self.about(**values))
        return self.run_of(correlation_id)

    def checkpoint(self, step, **values):
        self.api.checkpoint(self.flow.code, "SO1", step, self.about(**values))

    def run_of(self, correlation_id="SO1"):
        self.env.invalidate_all()
        return self.flow.run_ids.filtered(
            lambda run: run.correlation_id == correlation_id
        )

    def events(self):
        return self.env["monitor.event"].search(
            [("run_id", "=", self.run_of().id)], order="id"
        )

    def test_a_start_carries_it_beside_what_was_sent(self):
        run = self.start(context={"shop": 4, "customer_tier": "made up"})

        self.assertEqual(run.context, self.copied(shop=4))
        self.assertEqual(self.events().context, self.copied(shop=4))

    def test_a_run_without_a_record_carries_only_what_was_sent(self):
        self.api.run_start(self.flow.code, "SO1", {"context": {"shop": 4}})

        self.assertEqual(self.run_of().context, {"shop": 4})

    def test_a_run_that_begins_with_a_checkpoint_carries_it(self):
        self.checkpoint("paid")

        self.assertEqual(self.run_of().context, self.copied())

    def test_it_is_copied_once_in_a_run(self):
        self.start()
        self.partner.ref = "silver"
        self.env.flush_all()

        self.start()
        self.checkpoint("paid")

        self.assertEqual(self.run_of().context, self.copied())
        self.assertEqual(
            [event.context for event in self.events()], [self.copied(), False]
        )

    def test_a_checkpoint_about_another_record_carries_its_own(self):
        self.start()
        other = self.make_partner(ref="silver")
        self.env.flush_all()

        self.checkpoint("paid", partner=other)

        self.assertEqual(self.run_of().context, self.copied())
        self.assertEqual(self.events()[-1].context, self.copied(sla_category="silver"))

    def test_a_record_of_another_company_tells_nothing(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.partner.company_id = other
        self.env.flush_all()

        self.assertFalse(self.start().context)

        self.flow.company_id = other
        self.service.company_ids |= other
        run = self.start("SO2")
        self.assertEqual(run.context, self.copied())

    def test_a_record_that_does_not_exist_is_no_error(self):
        gone = self.make_partner()
        gone.unlink()

        self.assertEqual(self.start(partner=gone).state, "running")
