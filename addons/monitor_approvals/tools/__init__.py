"""Pure rules of approvals: see ``monitor_core.tools``."""
