"""Pure rules of the gateway: see ``monitor_core.tools``."""
