"""Column types that the monitor's tables need and Odoo does not have.

LooseMany2one: for tables that business transactions insert into. A foreign key makes
each INSERT lock the referenced row (``FOR KEY SHARE``). At
REPEATABLE READ that lock fails with a serialization error as soon as somebody else
updated that row since the transaction began: monitoring would then abort the very
transaction it watches. So rows written by the capture path reference without a
constraint, and a reference to what is gone reads as empty.

BigInteger: milliseconds of a run that takes more than 24 days do not fit in 32 bits.
"""

from odoo import fields
from odoo.tools import SQL


class LooseMany2one(fields.Many2one):
    """A Many2one whose column is a plain integer for PostgreSQL.

    Users are deleted (portal users by Odoo itself), old runs are cleaned up: what they
    leave behind in millions of rows is not worth an update. Who reads, groups by or
    searches for an empty reference finds them empty; a search for a record asks the
    bare column, which may have an index.
    """

    def update_db_foreign_key(self, model, column):
        return

    def to_sql(self, model, alias):
        """Return the column, empty where the record it names is gone."""
        column = super().to_sql(model, alias)
        if model.env.context.get("monitor_bare_references"):
            return column
        comodel = model.env[self.comodel_name]
        return SQL(
            "(SELECT found.id FROM %s found WHERE found.id = %s)",
            SQL.identifier(comodel._table),
            column,
        )

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        """Compare the bare column; only "is empty" also has to look for the record."""
        bare = super().condition_to_sql(
            field_expr,
            operator,
            value,
            model.with_context(monitor_bare_references=True),
            alias,
            query,
        )
        if operator not in ("in", "not in") or False not in value:
            return bare
        found = self.to_sql(model, alias)
        if operator == "in":
            return SQL("(%s OR %s IS NULL)", bare, found)
        return SQL("(%s AND %s IS NOT NULL)", bare, found)


class BigInteger(fields.Integer):
    """An Integer of 64 bits (XML-RPC gets what is beyond 32 bits as a float)."""

    _column_type = ("int8", "int8")
