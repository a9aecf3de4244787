from odoo.tools import SQL

from .models.enrichment_sql import drop_enrichment_routines
from .models.histogram_sql import drop_histogram_routines
from .models.recorder_sql import drop_functions
from .tools import clock


def post_init_hook(env):
    """Fill the board at once: the first tick need not be waited for."""
    env["monitor.discovery"]._sync(clock.utcnow())
    env["monitor.health"]._refresh_due(clock.utcnow())


def uninstall_hook(env):
    """Remove what Odoo does not know of: SQL functions, event tables, parameters."""
    drop_functions(env.cr)
    drop_histogram_routines(env.cr)
    drop_enrichment_routines(env.cr)
    env["monitor.event"]._drop_storage()
    env.cr.execute(
        SQL("DELETE FROM ir_config_parameter WHERE key LIKE %s", "monitor\\_core.%")
    )
    env.registry.clear_cache("stable")
