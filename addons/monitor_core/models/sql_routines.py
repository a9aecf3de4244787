"""Functions and aggregates of PostgreSQL that this addon brings along.

Made anew by each update, because a new version may have other parameters; dropped
when the addon is uninstalled.
"""

from odoo.tools import SQL


def drop_routines(cr, names):
    """Drop these functions and aggregates, whatever their parameters were."""
    for name in names:
        cr.execute(
            SQL("SELECT oid::regprocedure::text FROM pg_proc WHERE proname = %s", name)
        )
        for (signature,) in cr.fetchall():
            cr.execute(SQL("DROP ROUTINE %s", SQL(signature)))
