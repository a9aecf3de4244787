from . import test_expense_approvals
