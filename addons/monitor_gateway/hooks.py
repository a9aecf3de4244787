from odoo.tools import SQL


def uninstall_hook(env):
    """Remove what no model owns: a table, and our parameters."""
    env.cr.execute("DROP TABLE IF EXISTS monitor_event_key")
    env.cr.execute(
        SQL("DELETE FROM ir_config_parameter WHERE key LIKE %s", "monitor\\_gateway.%")
    )
