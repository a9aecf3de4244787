from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .checkpoint_case import NOON, CheckpointCase

RECORDER_LOG = "odoo.addons.monitor_core.models.monitor_recorder"
TICK_LOG = "odoo.addons.monitor_core.models.monitor_tick"
DISK_FULL = """
    CREATE FUNCTION monitor_disk_full() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END
    $$ LANGUAGE plpgsql;
    CREATE TRIGGER disk_full BEFORE INSERT ON monitor_event_data
       FOR EACH ROW EXECUTE FUNCTION monitor_disk_full();
"""


@tagged("post_install", "-at_install", "monitor")
class TestFlowHarmless(CheckpointCase):
    """Recording a checkpoint never changes what the business transaction does."""

    def changes(self):
        """Return how many rows of ours this transaction updated and deleted so far."""
        self.env.cr.execute(
            "SELECT relname, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables "
            r"WHERE relname LIKE 'monitor\_%' ORDER BY relname"
        )
        return self.env.cr.fetchall()

    def test_it_only_inserts(self):
        self.make_partner()
        self.tick()
        before = self.changes()

        self.make_partner(ref="SO1")
        self.env.cr.flush()

        self.assertEqual(self.changes(), before)
        self.assertEqual(len(self.checkpoints()), 3)

    @mute_logger(RECORDER_LOG)
    def test_a_full_disk_does_not_reach_the_caller(self):
        self.env.cr.execute(DISK_FULL)

        partner = self.make_partner(ref="SO1")

        self.assertTrue(partner.exists())
        self.assertFalse(self.checkpoints())

    @mute_logger(RECORDER_LOG)
    def test_a_missing_table_does_not_reach_the_caller(self):
        self.env.cr.execute("ALTER TABLE monitor_event_data RENAME TO monitor_gone")

        self.assertTrue(self.make_partner(ref="SO1").exists())

    @mute_logger(RECORDER_LOG)
    def test_a_defect_in_recording_does_not_reach_the_caller(self):
        self.patch(type(self.env["monitor.config"]), "_switches", self.broken)

        self.assertTrue(self.make_partner().exists())

    @mute_logger(RECORDER_LOG)
    def test_a_defect_in_our_action_does_not_reach_the_caller(self):
        actions = type(self.env["ir.actions.server"])
        self.patch(actions, "_monitor_correlation", self.broken)

        self.assertTrue(self.make_partner().exists())

    @staticmethod
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("defect of ours")

    @mute_logger(RECORDER_LOG)
    def test_a_record_that_is_gone_does_not_reach_the_caller(self):
        values = self.checkpoint_values("paid", self.ref_field)
        action = self.env["ir.actions.server"].create(values)
        gone = self.make_partner()
        gone.unlink()

        context = {"active_model": "res.partner", "active_ids": gone.ids}
        action.with_context(**context)._run_action_monitor_checkpoint_multi()

    def test_the_error_of_another_action_stays_the_callers(self):
        self.make_automation(code="raise UserError('credit limit reached')")

        with self.assertRaises(UserError) as refused:
            self.make_partner()

        self.assertEqual(str(refused.exception), "credit limit reached")

        self.assertFalse(self.checkpoints())

    def test_one_odd_checkpoint_does_not_hold_up_the_others(self):
        street = self.env.ref("base.field_res_partner__street")
        self.paid_rule.action_server_ids.monitor_correlation_field_id = street
        odd = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(6000))
        self.make_partner(street=odd)  # too long for an index of PostgreSQL
        fine = self.make_partner()

        with mute_logger("odoo.sql_db", TICK_LOG):
            self.env["monitor.tick"]._run(NOON)

        self.assertEqual(self.states().get(f"res.partner,{fine.id}"), "running")

    def test_a_flow_of_many_weeks_does_not_hold_up_the_others(self):
        self.make_checkpoint_rule("shipped", trigger="on_archive")
        slow = self.make_partner(ref="SO1")
        self.tick()
        self.set_clock(NOON + timedelta(days=40))
        slow.active = False
        fine = self.make_partner()

        with mute_logger("odoo.sql_db", TICK_LOG):
            self.env["monitor.tick"]._run(NOON + timedelta(days=40))

        self.assertEqual(
            self.states(),
            {
                f"res.partner,{slow.id}": "succeeded",
                f"res.partner,{fine.id}": "running",
            },
        )
