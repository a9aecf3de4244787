import secrets

from odoo import api, fields, models


class ResCompany(models.Model):
    """Each company has a key under which its heartbeats are pinged by name."""

    _inherit = "res.company"

    monitor_ping_key = fields.Char(
        string="Ping Key",
        compute="_compute_monitor_ping_key",
        store=True,
        readonly=True,
        copy=False,
        groups="monitor_core.group_monitor_operator",
        help="Part of the address of heartbeats that are pinged by name.",
    )

    _monitor_ping_key_uniq = models.UniqueIndex("(monitor_ping_key)")

    # Computed, not a default: a default would give all existing companies the same
    # one. What it depends on only has it computed for a new company.
    @api.depends("name")
    def _compute_monitor_ping_key(self):
        for company in self:
            company.monitor_ping_key = company.monitor_ping_key or _new_key()

    def _rotate_monitor_ping_key(self):
        """Give a new key; addresses with the old one are unknown from now on."""
        for company in self:
            company.monitor_ping_key = _new_key()


def _new_key():
    return secrets.token_urlsafe(16)
