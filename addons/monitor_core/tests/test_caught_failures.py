from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import monitor_recorder
from ..tools.span import MAX_SINGLE_RUNS
from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestCaughtFailures(MonitorCase, TransactionCase):
    """What fails inside of something that goes on hangs on it, in bounded numbers."""

    def make_action(self, code, name="Child"):
        return self.env["ir.actions.server"].create(
            {
                "name": name,
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": code,
            }
        )

    def make_catching(self, child, after="", times=1):
        """Make an action that runs ``child`` so often and catches what it raises."""
        return self.make_action(
            f"child = env['ir.actions.server'].browse({child.id}).with_context("
            "active_model='res.partner', active_id=record.id)\n"
            f"for number in range({times}):\n"
            "    try:\n"
            "        child.run()\n"
            "    except UserError:\n"
            f"        pass\n{after}",
            name="Parent",
        )

    def execute(self, action):
        """Run ``action`` in a transaction of its own and do what follows its end."""
        partner = self.env.user.partner_id
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            try:
                self.env(cr=cr)["ir.actions.server"].browse(action.id).with_context(
                    active_model="res.partner", active_id=partner.id
                ).run()
            except UserError:
                cr.rollback()
            else:
                self.end(cr)
        self.env.invalidate_all()

    def end(self, cr):
        """Do as a commit does: a cursor of a test leaves out what comes after it."""
        cr.flush()
        cr.postcommit.run()
        cr.postrollback.clear()

    def runs_of(self, action):
        return self.env["monitor.run"].search(
            [("source_ref", "=", f"{action._name},{action.id}")], order="id"
        )

    def test_a_failed_child_hangs_on_the_parent_that_went_on(self):
        child = self.make_action("raise UserError('no stock')")
        parent = self.make_catching(child)

        self.execute(parent)

        runs = self.runs_of(parent) + self.runs_of(child)
        self.assertEqual(runs.mapped("state"), ["succeeded", "failed"])
        self.assertEqual(runs[1].parent_id, runs[0])
        self.assertEqual(runs[0].child_ids, runs[1])

    def test_a_child_that_went_well_hangs_on_the_parent_that_failed(self):
        child = self.make_action("pass")
        inner = self.make_catching(child, after="raise UserError('no stock')")
        outer = self.make_catching(inner)

        self.execute(outer)

        self.assertEqual(self.runs_of(inner).state, "failed")
        self.assertEqual(self.runs_of(child).parent_id, self.runs_of(inner))
        self.assertEqual(self.runs_of(inner).parent_id, self.runs_of(outer))

    def test_a_child_that_was_written_before_its_parent_ended(self):
        """The parent commits between: its own row comes a transaction later."""
        child = self.make_action("raise UserError('no stock')")
        parent = self.make_catching(child, after="log('committed')")

        actions = type(self.env["ir.actions.server"])
        get_context = actions._get_eval_context

        def with_commit(action, *args, **kwargs):
            context = get_context(action, *args, **kwargs)
            return {**context, "log": lambda _text: self.end(context["env"].cr)}

        with patch.object(actions, "_get_eval_context", with_commit):
            self.execute(parent)

        self.assertEqual(self.runs_of(child).parent_id, self.runs_of(parent))

    def test_two_that_failed_together(self):
        child = self.make_action("raise UserError('no stock')")
        parent = self.make_catching(child, after="raise UserError('no stock')")

        self.execute(parent)

        self.assertEqual(self.runs_of(parent).state, "failed")
        self.assertEqual(self.runs_of(child).parent_id, self.runs_of(parent))

    def test_many_equal_failures_are_fifty_and_one_with_a_count(self):
        child = self.make_action("raise UserError('no stock')")
        parent = self.make_catching(child, times=200)

        self.execute(parent)

        runs = self.runs_of(child)
        self.assertEqual(runs.mapped("run_count"), [1] * MAX_SINGLE_RUNS + [150])
        self.assertEqual(runs.parent_id, self.runs_of(parent))
        self.assertEqual(set(runs.mapped("state")), {"failed"})
        events = self.env["monitor.event"].search([("run_id", "in", runs.ids)])
        self.assertEqual(sum(events.mapped("quantity")), 200)

    def test_failed_children_of_parents_that_are_kept_as_one(self):
        child = self.make_action("raise UserError('no stock')")
        parent = self.make_catching(child)
        outer = self.make_catching(parent, times=MAX_SINGLE_RUNS + 3)

        self.execute(outer)

        self.assertEqual(self.runs_of(parent).run_count, MAX_SINGLE_RUNS + 3)
        for run in self.runs_of(child):
            self.assertEqual(run.parent_id, self.runs_of(parent))
        self.assertEqual(self.runs_of(parent).parent_id, self.runs_of(outer))

    def test_equal_failures_of_one_request_count_unless_it_is_repeated(self):
        child = self.make_action("raise UserError('no stock')")
        parent = self.make_catching(child, times=3)
        request = SimpleNamespace(httprequest=SimpleNamespace(headers={}))

        with patch.object(monitor_recorder, "request", request):
            self.execute(parent)
            self.assertEqual(len(self.runs_of(child)), 3)
            self.execute(parent)
        self.assertEqual(len(self.runs_of(child)), 3)

    def test_a_link_that_cannot_be_set_loses_no_failure(self):
        child = self.make_action("raise UserError('no stock')")

        with (
            patch.object(monitor_recorder, "LINK_FAMILIES", "SELECT 1/0"),
            mute_logger("odoo.addons.monitor_core.models.monitor_recorder"),
        ):
            self.execute(self.make_catching(child))

        self.assertEqual(self.runs_of(child).state, "failed")
        self.assertFalse(self.runs_of(child).parent_id)

    def test_what_succeeds_looks_for_no_family(self):
        child = self.make_action("pass")

        with patch.object(monitor_recorder, "_write_pending") as write:
            self.execute(self.make_catching(child))

        write.assert_not_called()
