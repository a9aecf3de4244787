from . import monitor_approval_policy
from . import tier_definition
