"""Deleting what has expired, a batch at a time."""

from odoo.tools import SQL

BATCH = 10_000  # rows of one transaction of the autovacuum


def delete_batch(env, table, expired, order):
    """Delete the first rows by column ``order`` for which ``expired`` holds.

    Table and column are ours. Returns ``(deleted, more)`` as the autovacuum expects
    it: whether it should ask again.
    """
    name = SQL.identifier(table)
    env.cr.execute(
        SQL(
            "DELETE FROM %s WHERE id IN ("
            "SELECT id FROM %s WHERE %s ORDER BY %s LIMIT %s)",
            name,
            name,
            expired,
            SQL.identifier(order),
            BATCH,
        )
    )
    done = env.cr.rowcount
    return done, done == BATCH
