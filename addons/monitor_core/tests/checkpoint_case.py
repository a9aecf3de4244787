"""What the tests of the *Record checkpoint* action share."""

from datetime import datetime

from odoo.fields import Command
from odoo.tests import TransactionCase

from .common import MonitorCase

NOON = datetime(2026, 1, 5, 12)


class CheckpointCase(MonitorCase, TransactionCase):
    """A new partner is paid, one with a reference packed: Odoo's own rules say so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forget_rules(cls.env)
        cls.flow = cls.make_flow(
            ("paid", {"code": "packed", "deadline_minutes": 60}, "shipped")
        )
        cls.ref_field = cls.env.ref("base.field_res_partner__ref")
        cls.paid_rule = cls.make_checkpoint_rule("paid")
        cls.packed_rule = cls.make_checkpoint_rule(
            "packed",
            trigger="on_create_or_write",
            trigger_field_ids=[Command.set(cls.ref_field.ids)],
            filter_domain="[('ref', '!=', False)]",
        )

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)

    @classmethod
    def step(cls, code):
        return cls.flow.step_ids.filtered(lambda step: step.code == code)

    @classmethod
    def make_checkpoint_rule(cls, step, field=None, **values):
        action = cls.checkpoint_values(step, field)
        return cls.make_automation(name=f"Passed {step}", action=action, **values)

    @classmethod
    def checkpoint_values(cls, step, field=None):
        return {
            "name": f"Record {step}",
            "model_id": cls.env["ir.model"]._get_id("res.partner"),
            "state": "monitor_checkpoint",
            "monitor_step_id": cls.step(step).id,
            "monitor_correlation_field_id": field and field.id,
        }

    def make_partner(self, **values):
        partner = self.env["res.partner"].create({"name": "Ana", **values})
        self.env.flush_all()
        return partner

    def checkpoints(self):
        return self.env["monitor.event"].search(
            [("workflow_id", "=", self.flow.id), ("kind", "=", "checkpoint")],
            order="id",
        )

    def states(self):
        self.env.invalidate_all()
        return {run.correlation_id: run.state for run in self.flow.run_ids}
