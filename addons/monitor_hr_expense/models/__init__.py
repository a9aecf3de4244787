from . import monitor_approval_approvers
from . import monitor_approval_policy
from . import monitor_approval_policy_tier
