"""What each role sees and can do on screen."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged

from .test_decide import DecideCase

APPROVAL_ACTIONS = (
    "monitor_approval_action_mine",
    "monitor_approval_action",
    "monitor_approval_action_board",
    "monitor_approval_exception_action",
    "monitor_approval_delegation_action",
    "monitor_approval_policy_action",
    "monitor_approval_limit_action",
)
FOR_ALL = APPROVAL_ACTIONS[:2] + APPROVAL_ACTIONS[3:5]


@tagged("post_install", "-at_install")
class TestScreens(DecideCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(mode="decide")

    def open_action(self, xmlid, user):
        """Open a menu as somebody: its views are loaded and filled."""
        action = self.env.ref(f"monitor_approvals.{xmlid}")
        model = self.env[action.res_model].with_user(user)
        views = [(False, mode) for mode in action.view_mode.split(",")]
        loaded = model.get_views([*views, (False, "search")])["views"]
        self.assertEqual(len(loaded), len(views) + 1)
        records = model.search([])
        for kind in ("list", "form"):
            fields = model.get_view(view_type=kind)["models"][model._name]
            known = [name for name in fields if name in model._fields]
            records.read(known)
        return records

    def test_each_role_opens_what_it_may(self):
        own = self.request(self.policy)
        other = self.request(self.make_policy(mode="decide", tiers=[self.cleo]))
        (own + other).event_ids.invalidate_recordset()
        for user in (self.ben, self.viewer, self.operator, self.manager, self.auditor):
            seen = [self.open_action(xmlid, user) for xmlid in FOR_ALL]
            sees_all = user in (self.operator, self.manager, self.auditor)
            expected = own + other if sees_all else own if user == self.ben else None
            expected = expected or own.browse()
            self.assertEqual(seen[1] & (own + other), expected)
        for xmlid in APPROVAL_ACTIONS:
            self.open_action(xmlid, self.manager)

    def test_who_approves_finds_the_menu(self):
        menus = self.env["ir.ui.menu"].with_user(self.ben)._visible_menu_ids()
        mine = self.env.ref("monitor_approvals.monitor_menu_approval_mine")
        workflows = self.env.ref("monitor_core.monitor_menu_workflow")
        self.assertIn(mine.id, menus)
        self.assertNotIn(workflows.id, menus)

    def wizard(self, approvals, operation, user=None):
        model = self.env["monitor.approval.act"].with_user(user or self.ben)
        return Form(
            model.with_context(default_operation=operation, active_ids=approvals.ids)
        )

    def test_several_at_once(self):
        approvals = self.request(self.policy) + self.request(self.policy)
        form = self.wizard(approvals, "approve")
        self.assertEqual(form.count, 2)
        self.assertIn("100", form.total_text)
        self.assertFalse(form.blocked_count)
        form.comment = "Fine"
        form.save().action_do()
        self.assertEqual(approvals.mapped("state"), ["approved"] * 2)

    def test_what_does_not_wait_for_me_is_said_first(self):
        mine = self.request(self.policy)
        other = self.request(self.make_policy(mode="decide", tiers=[self.cleo]))
        other.sudo().approver_ids = [Command.link(self.ben.id)]
        form = self.wizard(mine + other, "approve")
        self.assertEqual((form.count, form.blocked_count), (1, 1))
        wizard = form.save()
        with self.assertRaises(UserError):
            wizard.action_do()
        wizard.only_possible = True
        wizard.action_do()
        self.assertEqual(mine.state, "approved")
        self.assertEqual(other.state, "pending")

    def test_nothing_is_left_of_an_act_that_is_refused(self):
        approvals = self.request(self.policy) + self.request(self.policy)
        approvals[1].with_user(self.ben).approve()
        with self.assertRaises(UserError), self.cr.savepoint():
            approvals.with_user(self.ben).approve()
        self.env.invalidate_all()
        self.assertEqual(approvals[0].state, "pending")

    def test_reassign_by_the_wizard(self):
        approval = self.request(self.policy)
        form = self.wizard(approval, "reassign")
        form.user_id = self.cleo
        form.save().action_do()
        self.assertEqual(approval.holder_ids, self.cleo)

    def test_explain_accept_close(self):
        document = self.make_document(function="approved")
        self.take()
        found = self.approval_of(document).exception_ids
        explain = self.env["monitor.approval.explain"]

        def do(user, operation, **values):
            wizard = explain.with_user(user).create(
                {
                    "operation": operation,
                    "exception_ids": found.ids,
                    "reason": "Known",
                    **values,
                }
            )
            wizard.action_do()

        with self.assertRaises(UserError):
            do(self.ben, "explain")
        do(self.ada, "explain")
        self.assertEqual(found.state, "explained")
        with self.assertRaises(UserError):
            do(self.operator, "waive")
        do(self.manager, "waive")
        self.assertEqual(found.state, "waived")
        self.at(found.waived_until)
        self.exceptions._reopen_expired(self.clock)
        self.assertEqual(found.state, "open")
        do(self.manager, "resolve")
        self.assertEqual(found.state, "resolved")

    def test_nobody_accepts_their_own(self):
        self.manager.group_ids += self.env.ref("base.group_partner_manager")
        document = self.make_document(user=self.manager, function="approved")
        self.take()
        found = self.approval_of(document).exception_ids
        with self.assertRaisesRegex(UserError, "yourself"):
            found.with_user(self.manager).action_resolve("It is fine")
