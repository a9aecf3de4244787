from . import monitor_workflow_pause
