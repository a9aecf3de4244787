from random import randint

from odoo import fields, models


class MonitorTag(models.Model):
    """A word by which people sort workflows, and rules choose them."""

    _name = "monitor.tag"
    _description = "Monitor Tag"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: randint(1, 11))

    _name_uniq = models.Constraint("UNIQUE (name)", "This tag exists already.")
