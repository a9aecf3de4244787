from . import test_alertmanager
from . import test_incident_request
from . import test_incident_context
from . import test_incident_evidence
from . import test_workflow_incidents
