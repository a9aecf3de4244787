from . import monitor_incident_evidence
