from . import monitor_incident_act
from . import monitor_incident_evidence
from . import monitor_incident_silence
from . import monitor_rule_preview
from . import monitor_rule_preview_line
