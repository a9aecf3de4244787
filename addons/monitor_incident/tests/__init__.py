from . import test_alert
from . import test_incident
from . import test_incident_actions
from . import test_silence
