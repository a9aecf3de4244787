def uninstall_hook(env):
    """Drop the table that no model owns."""
    env.cr.execute("DROP TABLE IF EXISTS monitor_event_key")
