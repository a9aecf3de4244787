import logging

from odoo.tools import SQL

from .tools import clock

_logger = logging.getLogger(__name__)


def post_init_hook(env):
    """Fill the board at once: the first tick need not be waited for."""
    env["monitor.discovery"]._sync(clock.utcnow())
    env["monitor.health"]._refresh_due(clock.utcnow())


def uninstall_hook(env):
    """Remove what Odoo does not know of: the partitioned table and our parameters."""
    env["monitor.event"]._drop_storage()
    env.cr.execute(
        SQL("DELETE FROM ir_config_parameter WHERE key LIKE %s", "monitor\\_core.%")
    )
    env.registry.clear_cache("stable")
