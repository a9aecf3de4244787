import threading
import time
from contextlib import closing, contextmanager
from datetime import datetime

from psycopg2.errors import SerializationFailure

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools import clock

TABLE = "monitor_event_data"


@tagged("post_install", "-at_install", "monitor")
class TestRetentionLocks(TransactionCase):
    """Dropping a month never makes a business transaction fail or wait long.

    With real connections and a month that is really committed, dropped at the end. The
    test's own connection stays idle: what it recorded would keep a drop from its lock.
    """

    def setUp(self):
        super().setUp()
        self.name = f"{TABLE}_standard_2001_02"
        self.remove()  # what a killed test left
        with self.connection() as env:
            env["monitor.event"]._create_partition(
                self.name, "standard", datetime(2001, 2, 1)
            )
        self.addCleanup(self.remove)

    @contextmanager
    def connection(self):
        """An environment on a connection of its own; committed at the end."""
        with self.registry.cursor() as cr:
            yield self.env(cr=cr)

    def remove(self):
        with self.connection() as env:
            env.cr.execute("SET LOCAL lock_timeout = '5s'")
            env.cr.execute(f"DROP TABLE IF EXISTS {self.name}")
            env.cr.execute(f"DELETE FROM {TABLE} WHERE source = 'retention test'")

    def insert(self, cr):
        """Record what a business transaction records; return how long it took."""
        started = time.monotonic()
        for retention in ("standard", "long"):
            cr.execute(
                f"INSERT INTO {TABLE} (kind, retention, source) "
                "VALUES ('log', %s, 'retention test')",
                [retention],
            )
        return time.monotonic() - started

    def drop(self):
        """Drop what is past its retention, as a tick that commits; tell how long."""
        started = time.monotonic()
        with self.connection() as env:
            env["monitor.retention"]._drop_expired(clock.utcnow())
        return time.monotonic() - started

    def exists(self):
        with self.connection() as env:
            env.cr.execute("SELECT to_regclass(%s) IS NOT NULL", [self.name])
            return env.cr.fetchone()[0]

    def test_a_transaction_that_records_is_waited_for_half_a_second(self):
        with closing(self.registry.cursor()) as business:
            self.insert(business)
            waited = self.drop()
            self.insert(business)
            business.commit()

        self.assertTrue(0.4 < waited < 2, waited)
        self.assertTrue(self.exists())

        self.drop()
        self.assertFalse(self.exists())

    def test_who_comes_while_a_drop_waits_is_not_held_up(self):
        with closing(self.registry.cursor()) as business:
            self.insert(business)
            dropping = threading.Thread(target=self.drop)
            dropping.start()
            time.sleep(0.2)  # the drop now waits for its lock, and others behind it
            with closing(self.registry.cursor()) as late:
                waited = self.insert(late)
                late.commit()
            dropping.join()
            business.commit()

        self.assertLess(waited, 2)

    def test_who_comes_while_a_drop_commits_goes_on(self):
        with self.connection() as env, closing(self.registry.cursor()) as business:
            business.execute("SELECT count(*) FROM monitor_event_data")
            business.commit()
            env["monitor.retention"]._drop_expired(clock.utcnow())
            inserting = threading.Thread(target=self.insert, args=[business])
            inserting.start()
            time.sleep(0.2)
            env.cr.commit()
            inserting.join(2)
            self.assertFalse(inserting.is_alive())
            business.commit()

        self.assertFalse(self.exists())

    @mute_logger("odoo.sql_db")
    def test_a_hold_set_meanwhile_is_not_overlooked(self):
        with self.connection() as env:
            flow = env["monitor.workflow"].create({"name": "R", "code": "retention"})
            flow_id = flow.id
            env.cr.execute(
                f"INSERT INTO {TABLE} (kind, workflow_id, recorded_at, source) "
                "VALUES ('log', %s, '2001-02-03', 'retention test')",
                [flow_id],
            )
        with self.assertRaises(SerializationFailure), self.connection() as env:
            env.cr.execute("SELECT 1 FROM monitor_workflow")
            with self.connection() as other:
                other["monitor.workflow"].browse(flow_id).legal_hold = True
            env["monitor.retention"]._drop_expired(clock.utcnow())
        self.assertTrue(self.exists())

        self.drop()
        with self.connection() as env:
            self.addCleanup(self.delete_flow, flow_id)
            env.cr.execute(
                f"SELECT retention FROM {TABLE} WHERE workflow_id = %s "
                "AND kind = 'log'",
                [flow_id],
            )
            self.assertEqual(env.cr.fetchall(), [("long",)])

    def delete_flow(self, flow_id):
        with self.connection() as env:
            flow = env["monitor.workflow"].browse(flow_id)
            flow.legal_hold = False
            flow.unlink()
