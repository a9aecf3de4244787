"""Column types that the monitor's tables need and Odoo does not have.

LooseMany2one: for tables that business transactions insert into. A foreign key makes
each INSERT lock the referenced row (``FOR KEY SHARE``). At
REPEATABLE READ that lock fails with a serialization error as soon as somebody else
updated that row since the transaction began: monitoring would then abort the very
transaction it watches. So rows written by the capture path reference without a
constraint, and whoever deletes the referenced record cleans up.

BigInteger: milliseconds of a run that takes more than 24 days do not fit in 32 bits.
"""

from odoo import fields


class LooseMany2one(fields.Many2one):
    """A Many2one whose column is a plain integer for PostgreSQL."""

    def update_db_foreign_key(self, model, column):
        return


class BigInteger(fields.Integer):
    """An Integer of 64 bits (XML-RPC gets what is beyond 32 bits as a float)."""

    _column_type = ("int8", "int8")
