from dataclasses import replace
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import escalation
from ..tools.scales import OPEN_STATES

#: So soon nobody is told once more: who is told twenty times reads nothing any more.
BRAKE = timedelta(minutes=5)


class MonitorIncidentNudge(models.AbstractModel):
    """What people do where they want somebody told at once: remind, escalate."""

    _name = "monitor.incident.nudge"
    _description = "Incident: Telling People by Hand"

    reminded_at = fields.Datetime(
        readonly=True, copy=False, help="When its owner was last reminded by hand."
    )
    raised_at = fields.Datetime(
        readonly=True, copy=False, help="When it was last escalated by hand."
    )

    def remind(self, note=None):
        """Tell the owners once more, now (the server action *Remind*)."""
        now = self._moment()
        for incident in self._nudged("reminded_at", now):
            owner = incident.user_id
            key = f"remind.{fields.Datetime.to_string(now)}"
            incident.env["monitor.notification"]._queue(
                incident,
                key,
                owner,
                self.env["discuss.channel"],
                ("activity", "inbox"),
                now,
                reason="reminder",
            )
            params = {"people": owner.name}
            incident._act("notified", "reminded", note, params, acts=False)
        self.env["monitor.notification"].sudo()._wake_delivery(now)  # sudo: its log
        return True

    def escalate(self, note=None):
        """Have escalation go to the next level at once."""
        now = self._moment()
        for incident in self._nudged("raised_at", now):
            incident._act("escalated", "escalated", note)
            incident._take_next_level(now)
        self.env["monitor.notification"].sudo()._wake_delivery(now)  # sudo: its log
        return True

    def _nudged(self, last, now):
        """Return those of which people may be told, now noted as told by hand.

        :param last: the field that says when that was the last time

        Raises where all were told of just now; of several the others are left out.
        A scheduled action leaves them out without a word.
        """
        incidents = self._operated()
        if not self.env.su:
            for incident in incidents:
                incident._require_open()
        incidents = incidents.filtered(lambda one: one.state in OPEN_STATES)
        fresh = incidents.filtered(lambda one: one[last] and now - one[last] < BRAKE)
        if fresh and fresh == incidents and not self.env.su:
            raise UserError(
                self.env._(
                    "People were told of %(name)s a moment ago. Wait %(minutes)s "
                    "minutes before you have them told again, or call them.",
                    name=fresh[0].name,
                    minutes=round(BRAKE.total_seconds() / 60),
                )
            )
        told = incidents - fresh
        told.write({last: now})
        return told

    def _take_next_level(self, now):
        """Do the next level at once: somebody asked for it."""
        for incident in self:
            policy, progress, facts = incident._escalation_input(now)
            # somebody looks at it, and asks for more people all the same
            facts = replace(facts, acknowledged=False)
            index = escalation.skip_to_next(policy, progress, facts)
            if index is None and policy.levels:  # begin anew
                progress = escalation.Progress(now, progress.loop + 1)
                index = escalation.skip_to_next(policy, progress, facts)
            if index is not None:
                incident._do_levels([index], policy, progress, facts, now)
