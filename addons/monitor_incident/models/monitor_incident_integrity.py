from odoo import api, models
from odoo.exceptions import AccessError

# What people write into an incident's form; all else is what happened.
EDITABLE = {
    "title",
    "team_id",
    "severity",
    "resolution_note",
    "root_cause",
    "impact_text",
    "lessons",
}
MAIL_PREFIXES = ("message_", "activity_", "my_activity_", "website_message_")


class MonitorIncidentIntegrity(models.AbstractModel):
    """What nobody may write on an incident: what happened, when, and who did it."""

    _name = "monitor.incident.integrity"
    _description = "Incident: Integrity"

    @api.model_create_multi
    def create(self, vals_list):
        """Incidents are opened by rules and by the Monitor's own methods."""
        if not self.env.su:
            raise AccessError(
                self.env._("Incidents are opened by rules, not written by hand.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        vals = dict(vals)
        self._refuse_written(vals)
        if "user_id" in vals:  # a new owner is somebody's act, with its own line
            self.reassign(vals.pop("user_id"))
        if "severity" in vals:  # so is how severe it is, with all that follows
            self._change_severity(vals.pop("severity"))
        return super().write(vals) if vals else True

    @api.model
    def _refuse_written(self, vals):
        refused = {
            name
            for name in vals.keys() - EDITABLE - {"user_id"}
            if not name.startswith(MAIL_PREFIXES)
        }
        if refused:
            raise AccessError(
                self.env._(
                    "What happened to an incident cannot be written (%s). Use its "
                    "buttons.",
                    ", ".join(sorted(refused)),
                )
            )

    def copy_data(self, default=None):
        """Refuse: an incident happened once."""
        raise AccessError(self.env._("An incident cannot be duplicated."))
