"""What is refused at once, in plain words, instead of failing later."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from .test_decide import DecideCase


@tagged("post_install", "-at_install")
class TestRefusedPolicies(DecideCase, TransactionCase):
    def unfit(self, **values):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.make_policy(**values)

    def test_fields_that_lead_to_something_else(self):
        for name, path in (
            ("requester_path", "parent_id"),
            ("beneficiary_path", "name"),
            ("amount_path", "name"),
            ("amount_path", "user_id"),
            ("currency_path", "country_id"),
            ("date_path", "name"),
        ):
            with self.subTest(name=name, path=path):
                self.unfit(**{name: path})

    def test_filters_that_are_none(self):
        for text in ("[(1, '=', 1)]", "[('name',)]", "5", "['name']", "[", "open('x')"):
            for name in ("domain", "pending_domain"):
                with self.subTest(name=name, text=text):
                    self.unfit(**{name: text})
            with self.subTest(text=text):
                self.unfit(tiers=[{"user_ids": [self.ben.id], "domain": text}])

    def test_times_that_nobody_waits(self):
        for amount in (1e300, 5000):
            with self.subTest(amount=amount):
                self.unfit(due_amount=amount, due_unit="days")
                tier = {"user_ids": [self.ben.id], "own_terms": True}
                self.unfit(tiers=[{**tier, "warn_amount": amount, "warn_unit": "days"}])
        self.make_policy(due_amount=-1)

    def test_versions_number_themselves(self):
        policy = self.make_policy(version=7)
        self.assertEqual(policy.version, 1)
        for values in ({"version": 0}, {"version_ids": [Command.clear()]}):
            with self.assertRaises(UserError), self.cr.savepoint():
                policy.write(values)
        self.assertEqual(len(policy.version_ids), 1)

    def test_a_contact_is_asked_itself_not_its_salesperson(self):
        tier = {"approver": "field", "approver_path": "parent_id"}
        policy = self.make_policy(tiers=[tier], mode="decide")
        self.ben.partner_id.user_id = self.eve
        document = self.make_document(parent_id=self.ben.partner_id.id)
        approval = self.request(policy, document)
        self.assertEqual(approval.sudo().holder_ids, self.ben)

    def test_who_may_not_change_a_policy_does_not_compare(self):
        policy = self.make_policy()
        portal = new_test_user(self.env, "portal_p", "base.group_portal")
        for user in (portal, self.ada):
            with self.assertRaises(AccessError):
                policy.with_user(user).action_sweep()


@tagged("post_install", "-at_install")
class TestRefusedActs(DecideCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "monitor_core.group_monitor_manager"
        cls.manager = new_test_user(cls.env, "app_boss", groups)
        cls.policy = cls.make_policy(mode="decide")

    def test_a_manager_does_not_hand_it_to_herself(self):
        approval = self.request(self.policy)
        with self.assertRaisesRegex(UserError, "not yourself"), self.cr.savepoint():
            approval.with_user(self.manager).reassign(self.manager.id, "quicker")
        approval.with_user(self.manager).reassign(self.eve.id, "Ben is ill")
        self.assertEqual(approval.sudo().holder_ids, self.eve)
        approval.with_user(self.eve).reassign(self.manager.id, "You know more")
        self.assertEqual(approval.sudo().holder_ids, self.manager)

    def test_what_is_closed_stays_closed_and_says_why(self):
        self.policy.active = False
        self.make_policy()
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", self.eve)
        found = self.approval_of(document).exception_ids
        found.with_user(self.manager).action_resolve(" Eve was asked by phone ")
        self.assertEqual(found.resolution, "Eve was asked by phone")
        self.assertEqual(found.resolved_by_id, self.manager)
        managed = found.with_user(self.manager)
        for act in (
            lambda: managed.action_waive("again", "2099-01-01 00:00:00"),
            lambda: managed.action_resolve("again"),
        ):
            with self.assertRaisesRegex(UserError, "closed already"):
                act()
        self.assertEqual(found.state, "resolved")
