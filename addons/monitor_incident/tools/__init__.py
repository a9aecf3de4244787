"""Pure rules of incidents: see ``monitor_core.tools``."""
