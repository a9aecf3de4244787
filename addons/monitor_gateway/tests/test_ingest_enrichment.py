from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .events_case import EventsCase, run_event

NOON = datetime(2026, 1, 5, 12)


@tagged("post_install", "-at_install", "monitor")
class TestIngestEnrichment(EventsCase, TransactionCase):
    """Runs that events report carry the business context of their record, once."""

    def setUp(self):
        super().setUp()
        self.forget_rules(self.env)
        self.env["monitor.enrichment"].create(
            {
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "line_ids": [Command.create({"key": "tier", "path": "ref"})],
            }
        )
        self.partner = self.make_partner("gold")

    def make_partner(self, tier, **values):
        partner = self.env["res.partner"].create({"name": "Ana", "ref": tier, **values})
        self.env.flush_all()
        return partner

    def told(self, kind, minutes=0, partner=None, correlation_id="SO1", **data):
        moment = (NOON + timedelta(minutes=minutes)).isoformat() + "Z"
        record = partner or self.partner
        data |= {"model": "res.partner", "record_id": record.id}
        return run_event(
            f"run.{kind}", self.flow.code, correlation_id, time=moment, **data
        )

    def run_of(self, correlation_id="SO1"):
        self.env.invalidate_all()
        return self.flow.run_ids.filtered(
            lambda run: run.correlation_id == correlation_id
        )

    def change_tier(self, tier):
        self.partner.ref = tier
        self.env.flush_all()

    def test_a_new_run_and_its_event_carry_it(self):
        start = self.told("started", context={"shop": 4, "tier": "made up"})

        self.ingest(start)

        self.assertEqual(self.run_of().context, {"shop": 4, "tier": "gold"})
        self.assertEqual(self.stored(start).context, {"shop": 4, "tier": "gold"})

    def test_the_end_of_a_run_does_not_copy_again(self):
        self.ingest(self.told("started"))
        self.change_tier("silver")
        end = self.told("succeeded", 5)

        self.ingest(end)

        self.assertEqual(self.run_of().context, {"tier": "gold"})
        self.assertFalse(self.stored(end).context)

    def test_a_start_that_arrives_late_does_not_copy_again(self):
        self.ingest(self.told("succeeded", 5, context={"end": 1}))
        self.change_tier("silver")

        self.ingest(self.told("started", context={"shop": 4}))

        self.assertEqual(self.run_of().context, {"shop": 4, "tier": "gold"})

    def test_a_late_start_about_another_record_tells_of_that_one(self):
        self.ingest(self.told("succeeded", 5))

        self.ingest(self.told("started", partner=self.make_partner("silver")))

        self.assertEqual(self.run_of().context, {"tier": "silver"})

    def test_a_start_and_an_end_in_one_call_copy_once(self):
        start, end = self.told("started"), self.told("succeeded", 5)

        self.ingest(end, start)

        self.assertEqual(self.run_of().context, {"tier": "gold"})
        self.assertEqual(self.stored(start).context, {"tier": "gold"})
        self.assertFalse(self.stored(end).context)

    def test_a_record_of_another_company_tells_nothing(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self.make_partner("gold", company_id=other.id)

        self.ingest(self.told("started", partner=partner, context={"shop": 4}))

        self.assertEqual(self.run_of().context, {"shop": 4})

    def test_many_events_cost_one_more_select(self):
        def ingest(first, about):
            self.ingest(
                *(
                    self.told("started", partner=partner, correlation_id=f"{first}{n}")
                    for n, partner in enumerate(about)
                )
            )
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.ingest(
                *(
                    self.told("started", partner=partner, correlation_id=f"{first}x{n}")
                    for n, partner in enumerate(about)
                )
            )
            return self.env.cr.sql_log_count - start

        partners = [self.make_partner("gold") for _n in range(5)]
        copied = ingest("A", partners)
        self.env["monitor.enrichment"].search([]).unlink()
        plain = ingest("B", partners)

        # the SELECT and the end of its savepoint
        self.assertEqual(copied - plain, 2)
