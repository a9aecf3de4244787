from odoo import api, fields, models

from ..tools.scales import TIMELINE_KINDS
from .sentences import render


class MonitorIncidentEntry(models.Model):
    """One line of an incident's timeline; nobody edits it."""

    _name = "monitor.incident.entry"
    _description = "Monitor Incident Timeline"
    _log_access = False
    _order = "at desc, id desc"

    incident_id = fields.Many2one(
        comodel_name="monitor.incident",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    at = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(selection=TIMELINE_KINDS, required=True, readonly=True)
    text_code = fields.Char(readonly=True, help="A sentence of tools/summaries.py.")
    text_params = fields.Json(readonly=True)
    text = fields.Char(compute="_compute_text")
    note = fields.Text(readonly=True, help="What a person wrote.")
    user_id = fields.Many2one(
        comodel_name="res.users", ondelete="set null", readonly=True
    )
    company_id = fields.Many2one(related="incident_id.company_id")

    @api.depends("text_code", "text_params", "note")
    @api.depends_context("lang", "tz", "uid")
    def _compute_text(self):
        for entry in self:
            text = render(entry, entry.text_code, entry.text_params)
            entry.text = text or entry.note
