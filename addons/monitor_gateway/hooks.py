from odoo.tools import SQL


def uninstall_hook(env):
    """Remove our parameters: Odoo does not know whose they are."""
    env.cr.execute(
        SQL("DELETE FROM ir_config_parameter WHERE key LIKE %s", "monitor\\_gateway.%")
    )
