from datetime import datetime, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ..models import monitor_retention
from .common import MonitorCase

TABLE = "monitor_event_data"
NOON = datetime(2032, 6, 15, 12)


class RetentionCase(MonitorCase):
    """Months of the past with events in them, as seen at noon of 15 June 2032."""

    def setUp(self):
        super().setUp()
        self.retention = self.env["monitor.retention"]
        self.flow = self.make_flow()
        self.held = self.make_flow(code="held", name="Held", legal_hold=True)
        self.env.flush_all()
        self.drop_all()  # the real months, to the test's NOON long past

    def make_month(self, retention, month):
        """Make the partition of a month (first day) as a tick of then did."""
        name = f"{TABLE}_{retention}_{month:%Y_%m}"
        self.env["monitor.event"]._create_partition(name, retention, month)
        return name

    def add_event(self, retention, moment, workflow=None, **values):
        values = {
            "workflow_id": (workflow or self.flow).id,
            "kind": "log",
            "retention": retention,
            "recorded_at": moment,
            "occurred_at": moment,
            **values,
        }
        self.env.cr.execute(
            f"INSERT INTO {TABLE} ({', '.join(values)}) "
            f"VALUES ({', '.join(['%s'] * len(values))}) RETURNING id",
            list(values.values()),
        )
        return self.env.cr.fetchone()[0]

    def where(self, event_id):
        """Return ``(retention, recorded_at, table)`` of an event, None if gone."""
        self.env.cr.execute(
            f"SELECT retention, recorded_at, tableoid::regclass::text FROM {TABLE} "
            "WHERE id = %s",
            [event_id],
        )
        return self.env.cr.fetchone()

    def is_there(self, table):
        self.env.cr.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return self.env.cr.fetchone()[0]

    def drop_all(self, now=NOON):
        for _minute in range(12):
            self.retention._drop_expired(now)


@tagged("post_install", "-at_install", "monitor")
class TestRetention(RetentionCase, TransactionCase):
    """Events are forgotten by whole months, and nothing is under legal hold."""

    def test_a_month_is_dropped_when_its_last_moment_is_past_the_retention(self):
        for retention, days in (("short", 30), ("standard", 400), ("long", 2555)):
            with self.subTest(retention):
                limit = NOON - timedelta(days=days)
                kept = self.make_month(retention, limit.replace(day=1, hour=0))
                month = limit.replace(day=1, hour=0) - relativedelta(months=1)
                dropped = self.make_month(retention, month)
                self.add_event(retention, month)

                self.drop_all()

                self.assertTrue(self.is_there(kept))
                self.assertFalse(self.is_there(dropped))

    def test_the_settings_decide(self):
        name = self.make_month("short", datetime(2032, 2, 1))
        settings = self.env["res.config.settings"]
        settings.create({"monitor_event_short_days": 200}).execute()
        self.drop_all()
        self.assertTrue(self.is_there(name))

        settings.create({"monitor_event_short_days": 60}).execute()
        self.drop_all()

        self.assertFalse(self.is_there(name))

    def test_each_tick_drops_one_month_the_oldest_first(self):
        names = [self.make_month("standard", datetime(2029, m, 1)) for m in (3, 2, 1)]

        self.retention._drop_expired(NOON)

        self.assertEqual([self.is_there(name) for name in names], [True, True, False])

    def test_it_is_part_of_the_tick(self):
        name = self.make_month("short", datetime(2020, 1, 1))

        self.tick()

        self.assertFalse(self.is_there(name))

    def test_months_to_come_are_never_dropped(self):
        self.env["monitor.event"]._ensure_partitions(NOON)

        self.drop_all()

        for retention in ("short", "standard", "long"):
            name = f"{TABLE}_{retention}_{NOON:%Y_%m}"
            self.assertTrue(self.is_there(name))

    def test_what_is_under_legal_hold_moves_to_long_as_it_is(self):
        month = datetime(2031, 2, 1)
        name = self.make_month("standard", month)
        at = month + timedelta(days=3)
        held = self.add_event("standard", at, self.held, context='{"a": 1}', xid="77")
        gone = self.add_event("standard", at)

        self.drop_all()

        self.assertFalse(self.is_there(name))
        self.assertFalse(self.where(gone))
        self.assertEqual(self.where(held), ("long", at, f"{TABLE}_long_default"))
        self.env.cr.execute(
            f"SELECT context, xid::text FROM {TABLE} WHERE id = %s", [held]
        )
        self.assertEqual(self.env.cr.fetchone(), ({"a": 1}, "77"))

    def test_what_moves_goes_to_its_month_of_long(self):
        month = datetime(2031, 2, 1)
        self.make_month("standard", month)
        name = self.make_month("long", month)
        held = self.add_event("standard", month, self.held)

        self.drop_all()

        self.assertEqual(self.where(held), ("long", month, name))

    def test_a_month_is_dropped_only_once_all_that_is_held_has_moved(self):
        month = datetime(2031, 2, 1)
        name = self.make_month("standard", month)
        held = [self.add_event("standard", month, self.held) for _event in range(5)]
        with patch.object(monitor_retention, "BATCH", 2):
            self.retention._drop_expired(NOON)
            self.retention._drop_expired(NOON)
            self.assertTrue(self.is_there(name))

            self.retention._drop_expired(NOON)

        self.assertFalse(self.is_there(name))
        self.assertTrue(all(self.where(event_id) for event_id in held))

    def test_a_month_of_long_with_something_held_loses_only_the_rest(self):
        month = datetime(2022, 2, 1)
        name = self.make_month("long", month)
        held = self.add_event("long", month, self.held)
        rest = self.add_event("long", month)

        self.drop_all()
        self.retention._delete_events(NOON)

        self.assertEqual(self.where(held), ("long", month, name))
        self.assertFalse(self.where(rest))

        self.held.legal_hold = False
        self.drop_all()

        self.assertFalse(self.is_there(name))

    def test_a_hold_elsewhere_does_not_keep_a_month(self):
        name = self.make_month("long", datetime(2022, 2, 1))
        self.add_event("long", datetime(2022, 2, 1))
        other = self.make_month("long", datetime(2022, 3, 1))
        self.add_event("long", datetime(2022, 3, 1), self.held)

        self.drop_all()

        self.assertFalse(self.is_there(name))
        self.assertTrue(self.is_there(other))

    def test_old_rows_of_the_default_partitions_are_deleted_in_batches(self):
        old = [self.add_event("standard", datetime(2030, 1, 1)) for _event in range(3)]
        held = self.add_event("standard", datetime(2030, 1, 1), self.held)
        new = self.add_event("standard", NOON - timedelta(days=1))
        unattached = self.add_event("short", datetime(2030, 1, 1), workflow_id=None)

        self.assertEqual(self.retention._delete_events(NOON, limit=2), (2, True))
        self.assertEqual(self.retention._delete_events(NOON, limit=9), (2, False))

        self.assertFalse(any(map(self.where, [*old, unattached])))
        self.assertTrue(self.where(held))
        self.assertTrue(self.where(new))

    def test_runs_under_legal_hold_are_kept(self):
        self.env.cr.execute(
            "INSERT INTO monitor_run (workflow_id, correlation_id, state, started_at) "
            "VALUES (%(flow)s, 'old', 'succeeded', '2020-01-01'), "
            "(%(held)s, 'old', 'succeeded', '2020-01-01')",
            {"flow": self.flow.id, "held": self.held.id},
        )

        self.env["monitor.retention"]._gc_runs()

        self.env.invalidate_all()
        self.assertFalse(self.flow.run_ids)
        self.assertTrue(self.held.run_ids)

    def test_statistics_are_kept_as_long_as_the_longest_events(self):
        self.set_clock(NOON)
        for flow in (self.flow, self.held):
            for hour in ("2025-05-31 23:00:00", "2025-06-01 00:00:00"):
                self.env["monitor.rollup"].create(
                    {"workflow_id": flow.id, "hour": hour}
                )
        self.env.flush_all()

        self.assertEqual(self.retention._gc_rollups(), (1, False))

        rollups = self.env["monitor.rollup"].search([])
        mine = rollups.filtered(lambda r: r.workflow_id == self.flow)
        self.assertEqual(mine.mapped("hour"), [datetime(2025, 6, 1)])
        self.assertEqual(len(rollups.filtered("workflow_id.legal_hold")), 2)

    def test_a_rebuild_keeps_the_statistics_of_dropped_events(self):
        values = {"kind": "succeeded", "run_state": "succeeded"}
        self.set_clock(NOON)
        for day in (datetime(2031, 2, 3), NOON - timedelta(hours=2)):
            self.add_event("standard", day, **values, outcome_class="success")
        self.env["monitor.rollup"]._fold_new_events(NOON)
        self.retention._delete_events(NOON)
        self.env.cr.execute("UPDATE monitor_rollup SET succeeded = 9 WHERE hour > %s",
                            [datetime(2032, 6, 1)])  # fmt: skip

        self.env["monitor.rollup"]._rebuild()

        self.env.invalidate_all()
        rollups = self.env["monitor.rollup"].search(
            [("workflow_id", "=", self.flow.id)], order="hour"
        )
        self.assertEqual(rollups.mapped("succeeded"), [1, 1])
        self.assertEqual(
            rollups.mapped("hour"), [datetime(2031, 2, 3), datetime(2032, 6, 15, 10)]
        )

    def test_a_workflow_under_legal_hold_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "“Held” is under legal hold"):
            self.held.unlink()

        self.held.legal_hold = False
        self.held.unlink()
        self.assertFalse(self.held.exists())

    def test_who_set_a_hold_is_on_record(self):
        self.env.cr.flush()  # tracking begins with a new transaction
        self.flow.with_user(self.manager).legal_hold = True
        self.env.cr.flush()

        tracked = self.flow.message_ids.tracking_value_ids.field_id
        self.assertIn("legal_hold", tracked.mapped("name"))
        self.assertFalse(self.flow.copy({"code": "copy"}).legal_hold)
