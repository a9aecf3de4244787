from odoo import fields, models


class MonitorIncidentEvidence(models.TransientModel):
    """A file that its maker downloads; nobody else sees it, and it does not stay."""

    _name = "monitor.incident.evidence"
    _description = "Monitor Incident Evidence"

    name = fields.Char(required=True, readonly=True)
    data = fields.Binary(required=True, readonly=True, attachment=False)
