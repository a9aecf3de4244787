from . import test_purchase_approvals
