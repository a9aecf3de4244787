from odoo import api, models

from odoo.addons.monitor_core.tools import clock


class MonitorIncident(models.Model):
    """Simplest defaults of what another part provides; the merge replaces this file."""

    # by topic, as in the other files of this model
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.incident"

    def _log(self, kind, code, params=None, note=None, user=None):  # part B
        """Write a line of the timeline of each incident."""
        # sudo: the timeline is written by the Monitor alone
        self.env["monitor.incident.entry"].sudo().create(
            [
                {
                    "incident_id": incident.id,
                    "at": clock.utcnow(),
                    "kind": kind,
                    "text_code": code,
                    "text_params": params or {},
                    "note": note,
                    "user_id": user.id if user else False,
                }
                for incident in self
            ]
        )

    @api.private
    def _take_news(self, now):  # part B: tools/grouping.py
        """Return what is new (``first``, ``repeat``, ...) and note it as told."""
        self.ensure_one()
        reason = "repeat" if self.last_notified_at else "first"
        self.write({"last_notified_at": now, "notify_at": False})
        return reason

    def escalate(self, note=None):  # part B
        """Do the next level at once."""
        self._take_next_level(clock.utcnow())
        return True

    def acknowledge(self, note=None):  # part B
        """Say that somebody takes care."""
        now = clock.utcnow()
        self.write({"state": "acknowledged", "acknowledged_at": now, "touched_at": now})
        return True
