import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.monitor_core.tools import clock

from ..models import monitor_event_tally
from .events_case import EventsCase, event, run_event

SCHEMA = json.dumps({"type": "object", "required": ["amount"]})
REST = "Further types"
PAID, GONE, LEFT = "com.tally.paid", "com.tally.gone", "com.tally.left"


@tagged("post_install", "-at_install", "monitor")
class TestEventTally(EventsCase, TransactionCase):
    """How often which type came, and which nobody registered."""

    def setUp(self):
        super().setUp()
        self.tick()
        self.env.cr.execute("DELETE FROM monitor_event_tally")
        self.kind = self.register(PAID, schema=SCHEMA)
        self.tally = self.env["monitor.event.tally"]

    def register(self, name, **values):
        return self.env["monitor.event.type"].create({"name": name, **values})

    def send(self, *names, **values):
        self.ingest(*[event(name, **values) for name in names])

    def listed(self, user=None):
        """Return ``{type: number of events}`` of the unregistered types."""
        self.env.invalidate_all()
        rows = self.env["monitor.event.unregistered"].with_user(user or self.env.user)
        return {row.display_name: row.event_count for row in rows.search([])}

    def figures(self):
        self.env.invalidate_all()
        kind = self.kind
        return kind.event_count_7d, kind.event_count_30d, kind.flagged_count

    # Registered types

    def test_a_type_says_how_often_it_came_and_what_was_wrong(self):
        self.send(PAID, PAID, data={"amount": 1})
        self.send(PAID, data={})
        now = self.now()
        self.tick(now)

        self.assertEqual(self.figures(), (3, 3, 1))
        self.assertIn("'amount' is a required", self.kind.last_complaint)
        self.assertEqual(self.kind.last_seen_at.date(), now.date())
        self.assertTrue(self.kind.last_flagged_at)

    def test_each_event_counts_once(self):
        self.send(PAID)
        self.tick()
        self.tick()
        self.assertEqual(self.figures(), (1, 1, 1))

        self.send(PAID, data={"amount": 1})
        self.tick()
        self.assertEqual(self.figures(), (2, 2, 1))

    def test_a_repeated_event_counts_once(self):
        sent = event(PAID)
        self.ingest(sent)
        self.ingest(sent)
        self.tick()

        self.assertEqual(self.figures(), (1, 1, 1))

    def test_who_sends_touches_no_counter(self):
        self.send(PAID)

        self.assertFalse(self.tally.search([]))
        self.assertEqual(self.figures(), (0, 0, 0))

    def test_the_days_go_by(self):
        self.send(PAID)
        now = self.now()
        self.tick(now)

        self.tick(now + timedelta(days=6))
        self.assertEqual(self.figures(), (1, 1, 1))
        self.tick(now + timedelta(days=7))
        self.assertEqual(self.figures(), (0, 1, 0))
        self.tick(now + timedelta(days=29))
        self.assertEqual(self.figures(), (0, 1, 0))
        self.tick(now + timedelta(days=30))
        self.assertEqual(self.figures(), (0, 0, 0))
        self.assertTrue(self.kind.last_seen_at)

    def test_an_old_month_is_one_row(self):
        now = self.now()
        for days in range(3):
            self.set_clock(now + timedelta(days=days))
            self.send(PAID, data={"amount": 1})
            self.tick(now + timedelta(days=days))
        self.assertEqual(len(self.tally.search([("name", "=", PAID)])), 3)

        self.tick(now + timedelta(days=40))

        (row,) = self.tally.search([("name", "=", PAID)])
        self.assertEqual((row.event_count, row.day), (3, monitor_event_tally.OLDER))
        self.assertEqual(row.last_seen_at - row.first_seen_at, timedelta(days=2))

    def test_other_companies_do_not_read_the_complaint(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.send(PAID)
        self.tick()
        stranger = self.manager
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})

        kind = self.kind.with_user(self.operator)
        self.assertTrue(kind.last_complaint)
        kind = self.kind.with_user(stranger)
        self.assertEqual(kind.flagged_count, 1)
        self.assertFalse(kind.last_complaint)
        with self.assertRaises(AccessError):
            kind.read(["last_flag"])
        self.assertFalse(self.tally.with_user(stranger).search([]))

    def test_our_own_types_are_counted_and_not_listed(self):
        self.ingest(run_event("run.started", "order-to-cash"))
        self.ingest(run_event("run.ended", "order-to-cash"))
        self.ingest(run_event("run.started", "unknown"))
        self.tick()

        rows = {row.name: row for row in self.tally.search([])}
        started = rows["odoo.monitor.run.started"]
        self.assertEqual((started.event_count, started.invalid_count), (2, 1))
        self.assertEqual(self.listed(), {"odoo.monitor.run.ended": 1})
        ended = self.env["monitor.event.unregistered"].search([])
        with self.assertRaisesRegex(UserError, "odoo.monitor.run.failed"):
            ended.action_register()

    # Types that nobody registered

    def test_what_nobody_registered_is_listed(self):
        self.send(GONE, GONE, LEFT, PAID, source="/warehouse")
        self.tick()

        self.assertEqual(self.listed(), {GONE: 2, LEFT: 1})
        row = self.env["monitor.event.unregistered"].search([("name", "=", GONE)])
        self.assertEqual(row.last_source, "/warehouse")
        self.assertTrue(row.first_seen_at <= row.last_seen_at)

    def test_what_was_said_last_stands(self):
        self.send(GONE, source="/old")
        self.send(PAID, data={})
        self.tick()
        self.send(GONE, source="/new")
        self.send(PAID, data=5)
        self.tick()
        self.send(PAID, data={"amount": 1})
        self.tick()

        row = self.env["monitor.event.unregistered"].search([("name", "=", GONE)])
        self.assertEqual(row.last_source, "/new")
        self.assertIn('does not fit “type”: "object"', self.kind.last_complaint)

    def test_registering_begins_with_what_is_known(self):
        self.send(GONE, data={"order": "SO1", "amount": 4})
        self.tick()
        row = self.env["monitor.event.unregistered"].search([])

        action = row.with_user(self.manager).action_register()
        types = self.env["monitor.event.type"].with_user(self.manager)
        form = Form(types.with_context(**action["context"]))
        made = form.save()

        self.assertFalse(action["res_id"])
        self.assertEqual(made.name, GONE)
        self.assertEqual(made.owner_id, self.manager)
        self.assertEqual(set(made.business_fields.split(", ")), {"order", "amount"})
        self.assertEqual((made.event_count_7d, made.flagged_count), (1, 1))
        self.assertFalse(self.listed())
        self.send(GONE)
        self.tick()
        self.assertEqual(made.event_count_7d, 2)

    def test_an_archived_type_is_opened_again(self):
        self.kind.active = False
        self.send(PAID)
        self.tick()

        self.assertEqual(self.listed(), {PAID: 1})
        action = self.env["monitor.event.unregistered"].search([]).action_register()
        self.assertEqual(action["res_id"], self.kind.id)

    def test_a_name_that_no_type_can_have(self):
        self.send("OrderPaid")
        self.tick()
        row = self.env["monitor.event.unregistered"].search([])

        with self.assertRaisesRegex(UserError, "com.example.order.paid"):
            row.action_register()

    def test_who_registers(self):
        self.send(GONE)
        self.tick()
        rows = self.env["monitor.event.unregistered"].search([])

        for name in ("viewer", "operator", "auditor"):
            user = getattr(self, name)
            with self.subTest(name):
                self.assertEqual(self.listed(user), {GONE: 1})
                with self.assertRaises(AccessError):
                    rows.with_user(user).action_register()
        for name in ("nobody", "service", "override"):
            with self.subTest(name), self.assertRaises(AccessError):
                rows.with_user(getattr(self, name)).read(["name"])
            with self.subTest(name), self.assertRaises(AccessError):
                self.tally.with_user(getattr(self, name)).search([])
        with self.assertRaises(AccessError):
            self.tally.with_user(self.manager).create({"day": "2026-01-01"})

    def test_each_company_sees_its_own(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.send(GONE)
        self.service.write({"company_ids": [(4, other.id)], "company_id": other.id})
        self.send(GONE, GONE)
        self.tick()

        self.assertEqual(self.listed(self.viewer), {GONE: 1})
        self.viewer.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertEqual(self.listed(self.viewer), {GONE: 2})

    # Names without end

    def limit_to(self, number):
        patcher = patch.object(monitor_event_tally, "MAX_UNREGISTERED", number)
        self.startPatcher(patcher)

    def test_so_many_names_and_no_more(self):
        self.limit_to(2)
        self.send("com.a.a", "com.a.b")
        self.tick()
        self.send("com.a.c", "com.a.d", "com.a.a", PAID)
        self.tick()

        self.assertEqual(self.listed(), {"com.a.a": 2, "com.a.b": 1, REST: 2})
        self.assertEqual(self.figures(), (1, 1, 1))

    def test_the_first_names_of_many_have_the_room(self):
        self.limit_to(2)
        self.send("com.a.z", "com.a.a", "com.a.b", "com.a.z")
        self.tick()

        self.assertEqual(self.listed(), {"com.a.z": 2, "com.a.a": 1, REST: 1})

    def test_a_registered_name_takes_no_room(self):
        self.limit_to(1)
        self.send("com.a.a")
        self.tick()
        self.register("com.a.a")
        self.send("com.a.b")
        self.tick()

        self.assertEqual(self.listed(), {"com.a.b": 1})

    def test_a_name_that_is_not_used_any_more_makes_room(self):
        self.limit_to(1)
        now = self.now()
        self.send("com.a.a")
        self.tick(now)
        self.tick(now + timedelta(days=29))
        self.assertEqual(self.listed(), {"com.a.a": 1})

        self.tick(now + timedelta(days=30))
        self.assertEqual(self.listed(), {REST: 1})

        self.set_clock(now + timedelta(days=30))
        self.send("com.a.b")
        self.tick(now + timedelta(days=30))
        self.assertEqual(self.listed(), {"com.a.b": 1, REST: 1})

    def test_a_type_that_was_registered_keeps_its_complaints(self):
        now = self.now()
        self.send(PAID)
        self.tick(now)
        self.kind.unlink()

        self.tick(now + timedelta(days=31))

        (row,) = self.tally.search([])
        self.assertEqual((row.name, row.invalid_count), (PAID, 1))

    def test_a_very_long_name(self):
        name = "com." + "ü" * 1000
        self.send(name)
        self.tick()

        self.assertEqual(self.listed(), {name[:255]: 1})

    # Again

    def rows(self):
        self.env.invalidate_all()
        fields = ["name", "day", "event_count", "unregistered_count", "last_flag"]
        domain = [("name", "=like", "com.tally.%")]
        return self.tally.search_read(domain, fields, order="day, name", load=False)

    def test_a_rebuild_gives_the_same_numbers(self):
        self.send(PAID, GONE, GONE)
        self.tick()
        self.send(PAID, LEFT, data={"amount": 1})
        self.tick()
        before = [{**row, "id": 0} for row in self.rows()]

        self.tally._rebuild()

        self.assertEqual([{**row, "id": 0} for row in self.rows()], before)
        self.assertEqual(len(before), 3)

    def test_the_first_count_takes_the_last_month(self):
        self.send(PAID)
        self.env["monitor.tick"]._get().tally_snapshot = False
        now = clock.utcnow()

        self.tally._fold_new_events(now + timedelta(days=30))
        self.assertFalse(self.rows())

        self.env["monitor.tick"]._get().tally_snapshot = False
        self.tally._fold_new_events(now + timedelta(days=29))
        self.assertEqual([row["event_count"] for row in self.rows()], [1])

    def test_a_restored_database_is_counted_anew(self):
        self.send(PAID, GONE)
        self.tick()
        before = [{**row, "id": 0} for row in self.rows()]
        self.env.cr.execute(
            "UPDATE monitor_event_data SET xid = '99999999999'::xid8 "
            "WHERE event_type LIKE 'com.tally.%%'"
        )
        self.env["monitor.tick"]._get().tally_snapshot = "99999999998:99999999999:"

        self.tick()
        self.tick()

        self.assertEqual([{**row, "id": 0} for row in self.rows()], before)
