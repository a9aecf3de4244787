from . import monitor_rule_preview
from . import monitor_rule_preview_line
from . import monitor_incident_silence
