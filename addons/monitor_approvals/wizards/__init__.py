from . import monitor_approval_act
from . import monitor_approval_explain
