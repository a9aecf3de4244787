from datetime import timedelta

from odoo import fields, models

from odoo.addons.monitor_core.tools import clock

USUAL_SNOOZE = timedelta(hours=4)


class MonitorIncidentAct(models.TransientModel):
    """Asks for what an operation on incidents needs to know, then does it."""

    _name = "monitor.incident.act"
    _description = "Act on Incidents"

    operation = fields.Selection(
        selection=[
            ("resolve", "Resolve"),
            ("snooze", "Snooze"),
            ("reassign", "Reassign"),
            ("note", "Add a note"),
            ("merge", "Merge"),
        ],
        required=True,
    )
    incident_ids = fields.Many2many(comodel_name="monitor.incident", required=True)
    resolution = fields.Selection(
        selection=[("fixed", "Fixed"), ("no_action", "No action needed")],
        default="fixed",
    )
    until = fields.Datetime(
        default=lambda self: (clock.utcnow() + USUAL_SNOOZE).replace(microsecond=0)
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="New Owner",
        domain=[("share", "=", False)],
        default=lambda self: self.env.user,
    )
    target_id = fields.Many2one(
        comodel_name="monitor.incident",
        string="Into",
        domain="[('id', 'not in', incident_ids),"
        " ('state', 'in', ('new', 'acknowledged', 'in_progress', 'snoozed'))]",
    )
    note = fields.Text()

    def action_do(self):
        """Do it, as who asked for it."""
        self.ensure_one()
        incidents, note = self.incident_ids, self.note or None
        if self.operation == "resolve":
            incidents.resolve(note, self.resolution or "fixed")
        elif self.operation == "snooze":
            incidents.snooze(fields.Datetime.to_string(self.until), note)
        elif self.operation == "reassign":
            incidents.reassign(self.user_id.id, note)
        elif self.operation == "merge":
            incidents.merge(self.target_id.id, note)
        else:
            incidents.add_note(note or "")
        return {"type": "ir.actions.act_window_close"}
