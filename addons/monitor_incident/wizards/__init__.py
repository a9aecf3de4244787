from . import monitor_incident_silence
