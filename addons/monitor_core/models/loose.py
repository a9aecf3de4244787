"""Many2one without a foreign key, for tables that business transactions insert into.

A foreign key makes each INSERT lock the referenced row (``FOR KEY SHARE``). At
REPEATABLE READ that lock fails with a serialization error as soon as somebody else
updated that row since the transaction began: monitoring would then abort the very
transaction it watches. So rows written by the capture path reference without a
constraint, and whoever deletes the referenced record cleans up.
"""

from odoo import fields


class LooseMany2one(fields.Many2one):
    """A Many2one whose column is a plain integer for PostgreSQL."""

    def update_db_foreign_key(self, model, column):
        return
