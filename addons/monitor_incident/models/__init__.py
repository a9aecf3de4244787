# Parts of alerts and incidents first: these inherit them.
from . import monitor_alert_group
from . import monitor_alert_suppression
from . import monitor_alert_take
from . import monitor_incident_actions
from . import monitor_incident_advance
from . import monitor_incident_follow
from . import monitor_incident_intake
from . import monitor_incident_integrity
from . import monitor_incident_news
from . import monitor_incident_part_c

from . import monitor_alert
from . import monitor_escalation_level
from . import monitor_escalation_policy
from . import monitor_incident
from . import monitor_incident_entry
from . import monitor_inhibition
from . import monitor_notification
from . import monitor_oncall_member
from . import monitor_oncall_rotation
from . import monitor_oncall_shift
from . import monitor_rule
from . import monitor_silence
from . import monitor_team
from . import monitor_tick
from . import monitor_workflow
