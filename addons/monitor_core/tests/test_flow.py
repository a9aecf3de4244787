from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import monitor_recorder
from .checkpoint_case import NOON, CheckpointCase

FLOW_LOG = "odoo.addons.monitor_core.models.monitor_run_flow"


@tagged("post_install", "-at_install", "monitor")
class TestFlow(CheckpointCase):
    """Checkpoints that server actions record become runs with the next tick."""

    def test_a_rule_records_an_event_and_the_tick_makes_the_run(self):
        partner = self.make_partner()
        self.assertEqual(self.checkpoints().step, "paid")
        self.assertFalse(self.flow.run_ids)

        self.tick()

        self.assertRecordValues(
            self.flow.run_ids,
            [
                {
                    "correlation_id": f"res.partner,{partner.id}",
                    "state": "running",
                    "started_at": NOON,
                    "model": "res.partner",
                    "res_id": partner.id,
                    "user_id": self.env.uid,
                    "company_id": self.env.company.id,
                    "next_step": "packed",
                    "next_deadline_at": NOON + timedelta(hours=1),
                }
            ],
        )
        self.assertEqual(self.checkpoints().run_id, self.flow.run_ids)

    def test_further_ticks_change_nothing(self):
        self.make_partner()
        self.tick()
        before = self.flow.run_ids.read(), len(self.checkpoints())

        self.tick(NOON + timedelta(minutes=1))

        self.assertEqual((self.flow.run_ids.read(), len(self.checkpoints())), before)

    def test_each_record_is_a_run_of_its_own(self):
        self.env["res.partner"].create([{"name": "Ana"}, {"name": "Ben"}])
        self.tick()

        self.assertEqual(list(self.states().values()), ["running", "running"])

    def test_the_run_succeeds_when_its_last_step_was_passed(self):
        self.make_checkpoint_rule("shipped", trigger="on_archive")
        partner = self.make_partner()
        self.tick()
        self.set_clock(NOON + timedelta(minutes=30))
        partner.ref = "SO1"
        partner.active = False
        self.env.flush_all()

        self.tick()

        run = self.flow.run_ids
        self.assertEqual((run.state, run.duration_ms), ("succeeded", 30 * 60_000))

    def test_steps_of_one_transaction_are_one_run(self):
        self.make_partner(ref="SO1")
        self.tick()

        self.assertEqual(set(self.flow.run_ids.steps_done), {"paid", "packed"})

    def test_a_field_may_hold_the_id_that_other_systems_use(self):
        self.packed_rule.action_server_ids.monitor_correlation_field_id = self.ref_field
        self.api_of(self.service).run_start("order-to-cash", "SO1")
        self.make_partner(ref="SO1")

        self.tick()

        self.assertEqual(set(self.states()), {"SO1", self.paid_rule_id()})
        run = self.flow.run_ids.filtered(lambda run: run.correlation_id == "SO1")
        self.assertEqual(set(run.steps_done), {"packed"})

    def paid_rule_id(self):
        """Return the correlation id that the rule without a field gives."""
        return f"res.partner,{self.env['res.partner'].search([('ref', '=', 'SO1')]).id}"

    def test_an_empty_field_falls_back_to_the_record(self):
        self.paid_rule.action_server_ids.monitor_correlation_field_id = self.ref_field
        partner = self.make_partner()

        self.tick()

        self.assertEqual(set(self.states()), {f"res.partner,{partner.id}"})

    def test_a_person_may_run_the_action_on_many_records(self):
        action = self.env["ir.actions.server"].create(self.checkpoint_values("shipped"))
        partners = self.make_partner() + self.make_partner()

        action.with_context(active_model="res.partner", active_ids=partners.ids).run()

        steps = self.checkpoints().mapped("step")
        self.assertEqual(steps.count("shipped"), 2)

    def test_a_run_stalls_where_a_rule_does_not_fire(self):
        self.make_partner()
        self.tick()

        self.tick(NOON + timedelta(minutes=61))

        self.assertEqual(list(self.states().values()), ["stalled"])

    def test_a_late_step_revives_the_run(self):
        partner = self.make_partner()
        self.tick()
        self.tick(NOON + timedelta(minutes=61))
        self.set_clock(NOON + timedelta(minutes=62))
        self.make_partner()
        self.tick()
        self.assertEqual(self.flow.health, "late")
        self.flow.next_check_at = NOON + timedelta(days=1)  # nothing else is due
        self.set_clock(NOON + timedelta(minutes=90))
        partner.ref = "SO1"
        self.env.flush_all()

        self.tick()

        self.assertEqual(list(self.states().values()), ["running", "running"])
        self.assertNotEqual(self.flow.health, "late")

    def test_one_odd_checkpoint_is_counted_and_holds_up_no_other(self):
        odd, good = self.make_partner(), self.make_partner()
        apply = type(self.env["monitor.run"])._apply_checkpoints

        def apply_checkpoints(model, row, now):
            if row["correlation_id"] == f"res.partner,{odd.id}":
                raise ValueError("odd")
            return apply(model, row, now)

        counted = type(monitor_recorder.self_errors)()
        with (
            patch.object(
                type(self.env["monitor.run"]), "_apply_checkpoints", apply_checkpoints
            ),
            patch.object(monitor_recorder, "self_errors", counted),
            mute_logger(FLOW_LOG, "odoo.addons.monitor_core.models.monitor_recorder"),
        ):
            self.tick()

        self.assertEqual(set(self.states()), {f"res.partner,{good.id}"})
        self.assertEqual(counted["_apply_checkpoints", "ValueError"], 1)

    def test_a_step_in_use_cannot_be_deleted(self):
        with self.assertRaisesRegex(UserError, "“paid”.*“Record paid”"):
            self.step("paid").unlink()

    def test_a_checkpoint_after_the_end_changes_nothing(self):
        partner = self.make_partner()
        self.tick()
        correlation = f"res.partner,{partner.id}"
        self.api_of(self.service).run_finish("order-to-cash", correlation, "cancelled")
        partner.ref = "SO1"
        self.env.flush_all()

        self.tick()

        self.assertEqual(self.states(), {correlation: "cancelled"})


@tagged("post_install", "-at_install", "monitor")
class TestFlowSwitches(CheckpointCase):
    """An administrator who archives a rule sees exactly that effect stop."""

    def test_an_archived_rule_stops_its_own_effect(self):
        self.paid_rule.active = False

        self.make_partner(ref="SO1")

        self.assertEqual(self.checkpoints().mapped("step"), ["packed"])

    def test_a_rule_switched_on_again_works_again(self):
        self.paid_rule.active = False
        self.paid_rule.active = True

        self.make_partner()

        self.assertEqual(self.checkpoints().mapped("step"), ["paid"])

    def test_the_global_switch_stops_checkpoints(self):
        self.env["res.config.settings"].create({"monitor_enabled": False}).execute()

        self.make_partner()

        self.assertFalse(self.checkpoints())

    def test_an_action_without_a_step_does_nothing(self):
        self.paid_rule.action_server_ids.monitor_step_id = False

        self.make_partner()

        self.assertFalse(self.checkpoints())
