from . import monitor_rule_preview
from . import monitor_rule_preview_line
