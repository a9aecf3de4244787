from . import monitor_approval_policy
from . import res_company
