from . import monitor_approval_act
from . import monitor_approval_explain
from . import monitor_approval_what_if
from . import monitor_approval_what_if_line
