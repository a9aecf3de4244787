"""Odoo's approval of expenses, as it happens and as it should not."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.monitor_approvals.tests.approval_case import ApprovalCase


class ExpenseCase(ApprovalCase):
    """Use as ``class TestX(ExpenseCase, TransactionCase)``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quiet = {"no_reset_password": True, "tracking_disable": True}
        team = "base.group_user,hr_expense.group_hr_expense_team_approver"
        for login, groups in (
            ("clerk", "base.group_user"),
            ("boss", team),
            ("assistant", team),
            ("officer", "base.group_user,hr_expense.group_hr_expense_user"),
            ("chief", "base.group_user,hr_expense.group_hr_expense_manager"),
        ):
            user = new_test_user(
                cls.env, f"expense_{login}", groups=groups, context=quiet
            )
            setattr(cls, login, user)
        cls.department = cls.env["hr.department"].create({"name": "Field Service"})
        cls.employee = cls.make_employee(cls.clerk, manager=cls.boss)
        cls.chief_employee = cls.make_employee(cls.chief)
        cls.product = cls.env["product.product"].create(
            {"name": "Hotel", "type": "service", "can_be_expensed": True}
        )
        cls.policy = cls.env.ref("monitor_hr_expense.policy_expense")
        cls.policy.write({"active": True, "window": "none", "rubber_seconds": 0})

    @classmethod
    def make_employee(cls, user, manager=None):
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "department_id": cls.department.id,
                "expense_manager_id": manager.id if manager else False,
                "company_id": cls.env.company.id,
            }
        )

    def expense(self, employee=None, user=None, amount=120):
        """Make a draft expense as somebody."""
        expenses = self.env["hr.expense"].with_user(user or self.clerk)
        expense = expenses.create(
            {
                "name": "Night in Ghent",
                "employee_id": (employee or self.employee).id,
                "product_id": self.product.id,
                "total_amount_currency": amount,
                "tax_ids": [Command.clear()],
            }
        )
        self.take()
        return expense

    def submitted(self, **values):
        """Make an expense that waits; return it and its approval."""
        expense = self.expense(**values)
        expense.action_submit()
        self.take()
        return expense, self.approval_of(expense)


@tagged("post_install", "-at_install")
class TestExpenseApprovals(ExpenseCase, TransactionCase):
    def test_waits_and_is_approved_in_odoo(self):
        expense, approval = self.submitted()
        self.assertEqual(approval.requester_id, self.clerk)
        self.assertEqual(approval.holder_ids, self.boss)
        self.assertEqual(approval.department, "Field Service")
        self.assertEqual(approval.amount_company, 120)
        expense.with_user(self.boss).action_approve()
        self.take()
        self.assertEqual(approval.state, "approved")
        self.assertEqual(approval.decided_by_id, self.boss)
        self.assertFalse(approval.exception_ids)

    def test_approved_in_the_monitor(self):
        expense, approval = self.submitted()
        approval.with_user(self.boss).approve()
        self.assertEqual(expense.approval_state, "approved")
        self.assertEqual(approval.state, "approved")

    def test_rejected_in_the_monitor(self):
        expense, approval = self.submitted()
        approval.with_user(self.boss).reject(comment="No receipt")
        self.assertEqual(expense.approval_state, "refused")
        self.assertEqual(approval.state, "rejected")
        self.assertIn("No receipt", "".join(expense.message_ids.mapped("body")))

    def test_only_who_is_asked_decides_in_the_monitor(self):
        _expense, approval = self.submitted()
        with self.assertRaises(UserError):
            approval.with_user(self.assistant).approve()

    def test_an_officer_may_as_well(self):
        expense, approval = self.submitted()
        expense.with_user(self.officer).action_approve()
        self.take()
        self.assertEqual(approval.decided_by_id, self.officer)
        self.assertFalse(approval.exception_ids)

    def test_an_officer_who_sees_approvals_may_as_well(self):
        self.officer.group_ids += self.env.ref("monitor_core.group_monitor_operator")
        _expense, approval = self.submitted()
        approval.with_user(self.officer).approve()
        self.assertEqual(approval.decided_by_id, self.officer)
        self.assertFalse(approval.exception_ids)

    def test_approved_by_who_is_not_asked(self):
        expense, approval = self.submitted()
        expense.with_user(self.assistant).sudo().approval_state = "approved"
        self.take()
        self.assertEqual(self.kinds(approval), ["bypass"])

    def test_refused_and_submitted_again(self):
        expense, approval = self.submitted()
        expense.with_user(self.boss)._do_refuse("No receipt")
        self.take()
        expense.with_user(self.officer).action_reset()
        expense.action_submit()
        self.take()
        self.assertEqual(approval.state, "rejected")
        self.assertEqual(self.approval_of(expense).round, 2)

    def test_a11_the_beneficiary_approves(self):
        expense = self.expense(employee=self.chief_employee, user=self.officer)
        expense.sudo().manager_id = self.boss
        expense.action_submit()  # an assistant asks for the chief
        self.take()
        expense.with_user(self.chief).action_approve()
        self.take()
        approval = self.approval_of(expense)
        self.assertNotIn(self.officer, approval.decided_by_id)
        self.assertIn("self_approval", self.kinds(approval))

    def test_a35_an_employee_is_the_own_manager(self):
        expense = self.expense(employee=self.chief_employee, user=self.chief)
        expense.sudo().manager_id = self.chief
        self.take()
        expense.action_submit()
        self.take()
        self.assertEqual(expense.approval_state, "approved")
        approval = self.approval_of(expense)
        self.assertEqual(self.story(approval)[-1], "auto_approved")
        self.assertEqual(self.kinds(approval), ["self_approval"])

    def test_autovalidated_as_nobody_is_named(self):
        expense = self.expense(employee=self.chief_employee, user=self.chief)
        expense.action_submit()
        self.take()
        self.assertEqual(expense.approval_state, "approved")
        self.assertIn("self_approval", self.kinds(self.approval_of(expense)))

    def test_changed_after_the_approval(self):
        expense, approval = self.submitted()
        expense.with_user(self.boss).action_approve()
        self.take()
        expense.sudo().with_user(self.officer).write({"total_amount_currency": 500})
        self.take()
        self.assertEqual(self.kinds(approval), ["stale"])


@tagged("post_install", "-at_install")
class TestExpenseCheckpoints(ExpenseCase, TransactionCase):
    """Each automation rule that is shipped; archiving one stops just its effect."""

    def steps(self):
        expense, _approval = self.submitted()
        expense.with_user(self.boss).action_approve()
        self.env.cr.flush()
        events = self.env["monitor.event"].search(
            [
                ("workflow_id", "=", self.policy.workflow_id.id),
                ("kind", "=", "checkpoint"),
                ("res_id", "=", expense.id),
            ]
        )
        return sorted(events.mapped("step"))

    def test_both(self):
        self.assertEqual(self.steps(), ["asked", "decided"])

    def test_asked_archived(self):
        self.env.ref("monitor_hr_expense.automation_asked").active = False
        self.assertEqual(self.steps(), ["decided"])

    def test_decided_archived(self):
        self.env.ref("monitor_hr_expense.automation_decided").active = False
        self.assertEqual(self.steps(), ["asked"])
