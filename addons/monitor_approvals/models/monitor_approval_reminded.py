from odoo import models
from odoo.fields import Command

ACTIVITY = "monitor_approvals.mail_activity_decide"


class MonitorApprovalReminded(models.AbstractModel):
    """Reminders: one activity for a person, however many approvals wait for her."""

    _name = "monitor.approval.reminded"
    _description = "Monitor Approval: Reminders"

    def _remind_of(self, user):
        """Remind somebody of these."""
        first, count = self.sorted("due_at")[:1], len(self)
        words = self.with_context(lang=user.lang or "en_US").env._
        summary = (
            words("Waits for your decision: %s", first.record_name)
            if count == 1
            else words("%s approvals wait for your decision", count)
        )
        first.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY,
            summary=summary,
            user_id=user.id,
            date_deadline=first.due_at and first.due_at.date(),
        )

    def _release(self):
        """Ask nobody about these any more; their reminders go."""
        if not self:
            return
        self.write({"holder_ids": [Command.clear()]})
        # sudo: an id that Odoo keeps in memory
        known = self.env["ir.model.data"].sudo()
        kind = known._xmlid_to_res_id(ACTIVITY, raise_if_not_found=False)
        if not kind:
            return
        # sudo: reminders of others, too
        activities = self.env["mail.activity"].sudo()
        for activity in activities.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", kind),
            ]
        ):
            activity.user_id._keep_reminded(activity)
