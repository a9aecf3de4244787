"""Functions and aggregates of PostgreSQL that this addon brings along, and its limits.

Routines are made anew by each update, because a new version may have other parameters,
and dropped when the addon is uninstalled.
"""

from contextlib import contextmanager

from odoo.tools import SQL


@contextmanager
def at_most(cr, setting, value):
    """Have ``lock_timeout`` or ``statement_timeout`` be ``value`` for a while.

    Use it in a savepoint: where what it limits raises, that takes the limit back.
    """
    cr.execute(SQL("SELECT current_setting(%s)", setting))
    (usual,) = cr.fetchone()
    cr.execute(SQL("SELECT set_config(%s, %s, true)", setting, value))
    yield
    cr.execute(SQL("SELECT set_config(%s, %s, true)", setting, usual))


def drop_routines(cr, names):
    """Drop these functions and aggregates, whatever their parameters were."""
    for name in names:
        cr.execute(
            SQL("SELECT oid::regprocedure::text FROM pg_proc WHERE proname = %s", name)
        )
        for (signature,) in cr.fetchall():
            cr.execute(SQL("DROP ROUTINE %s", SQL(signature)))
