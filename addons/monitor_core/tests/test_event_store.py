from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ..models.monitor_event import COLUMNS
from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestEventStore(MonitorCase, TransactionCase):
    """Events are partitioned by retention and month, and no row is ever lost."""

    def insert(self, recorded_at, retention="standard"):
        self.env.cr.execute(
            "INSERT INTO monitor_event_data (kind, recorded_at, retention) "
            "VALUES ('log', %s, %s) RETURNING id, tableoid::regclass::text",
            [recorded_at, retention],
        )
        return self.env.cr.fetchone()

    def test_a_row_goes_to_the_month_of_its_class(self):
        now = self.now()

        for retention in ("short", "standard", "long"):
            _id, table = self.insert(now, retention)
            self.assertEqual(table, f"monitor_event_data_{retention}_{now:%Y_%m}")

    def test_a_clock_that_jumped_loses_no_row(self):
        event_id, table = self.insert(datetime(2061, 1, 1))

        self.assertEqual(table, "monitor_event_data_standard_default")
        self.assertTrue(self.env["monitor.event"].browse(event_id).exists())

    def test_partitions_are_made_ahead(self):
        then = datetime(2031, 12, 31, 23, 59)

        self.env["monitor.event"]._ensure_partitions(then)
        self.env["monitor.event"]._ensure_partitions(then)

        _id, table = self.insert(datetime(2032, 1, 1))
        self.assertEqual(table, "monitor_event_data_standard_2032_01")

    def test_a_month_already_in_the_default_partition_stays_there(self):
        self.insert(datetime(2051, 5, 5))

        self.env["monitor.event"]._ensure_partitions(datetime(2051, 5, 6))

        _id, table = self.insert(datetime(2051, 5, 7))
        self.assertEqual(table, "monitor_event_data_standard_default")

    def test_the_view_shows_every_column(self):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = 'monitor_event'"
        )

        shown = {row[0] for row in self.env.cr.fetchall()}
        self.assertEqual(shown, {name for name, _type in COLUMNS})

    def test_an_update_adds_columns_that_an_earlier_version_had_not(self):
        event_id, _table = self.insert(self.now())
        self.env.cr.execute("ALTER TABLE monitor_event_data DROP COLUMN step CASCADE")

        self.env["monitor.event"].init()

        self.env.invalidate_all()
        self.assertFalse(self.env["monitor.event"].browse(event_id).step)

    def test_nobody_edits_events(self):
        event_id, _table = self.insert(self.now())
        manager = self.env["monitor.event"].with_user(self.manager).browse(event_id)

        with self.assertRaises(AccessError):
            manager.write({"severity": "info"})
        with self.assertRaises(AccessError):
            manager.unlink()
        with self.assertRaises(AccessError):
            manager.create({"kind": "log"})

    def test_rows_of_business_transactions_have_no_foreign_key(self):
        self.env.cr.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid IN "
            "('monitor_run'::regclass, 'monitor_event_data'::regclass)"
        )

        self.assertFalse(self.env.cr.fetchall())

    def test_runs_past_their_retention_are_deleted_in_batches(self):
        flow = self.make_flow()
        old = self.now() - timedelta(days=91)
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO monitor_run (workflow_id, correlation_id, state, started_at) "
            "VALUES (%(w)s, 'old', 'succeeded', %(old)s), (%(w)s, 'open', 'running', "
            "%(old)s), (%(w)s, 'new', 'succeeded', %(now)s)",
            {"w": flow.id, "old": old, "now": self.now()},
        )

        done, remaining = self.env["monitor.retention"]._gc_runs()
        self.env.invalidate_all()

        self.assertEqual((done, remaining), (1, False))
        self.assertEqual(set(flow.run_ids.mapped("correlation_id")), {"open", "new"})
