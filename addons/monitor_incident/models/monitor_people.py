from odoo import api, models

from ..tools import escalation_texts, owner

VIEWER = "monitor_core.group_monitor_viewer"


class MonitorPeople(models.AbstractModel):
    """Who can be reached, and when she works: what owners and levels ask."""

    _name = "monitor.people"
    _description = "Monitor People"

    @api.model
    def _candidates(self, users, role, now, company):
        """Return :class:`owner.Candidate` of each user, archived ones included."""
        # sudo: whether a colleague is on leave, and which groups she has
        users = users.sudo().with_context(active_test=False)
        away = self._on_leave(users, now)
        viewers = self.env.ref(VIEWER)
        return [
            owner.Candidate(
                user_id=user.id,
                role=role,
                name=user.name,
                active=user.active,
                share=user.share,
                email=bool(user.email) or user.notification_type == "inbox",
                on_leave=user.id in away,
                may_see=viewers in user.all_group_ids,
                in_company=not company or company in user.company_ids,
            )
            for user in users
        ]

    @api.model
    def _on_leave(self, users, now):
        """Return the ids of the users who have a leave of their own at that moment."""
        leaves = self.env["resource.calendar.leaves"].sudo()  # sudo: see _candidates
        found = leaves.search(
            [
                ("resource_id.user_id", "in", users.ids),
                ("time_type", "=", "leave"),
                ("date_from", "<=", now),
                ("date_to", ">", now),
            ]
        )
        return set(found.resource_id.user_id.ids)

    @api.model
    def _managers(self, company):
        """Return the managers of the Monitor who work in the company, admin last."""
        users = self.env.ref("monitor_core.group_monitor_manager").sudo().all_user_ids
        admin = self.env.ref("base.user_admin", raise_if_not_found=False)
        users = users.filtered(lambda u: not company or company in u.company_ids)
        users -= self.env.ref("base.user_root")
        return (users - admin).sorted("id") + (admin if admin else users.browse())

    @api.model
    def _in_words(self, texts, code):
        """Return the sentence of a code in the reader's language."""
        # Marked for extraction where it stands (tools/escalation_texts.py)
        return self.env._(texts[code])  # pylint: disable=translation-not-lazy

    @api.model
    def _skipped_text(self, skipped):
        """Return who was passed over and why, as in ``Ana: on leave``."""
        return ", ".join(
            f"{person.name}: {self._in_words(escalation_texts.OBSTACLES, reason)}"
            for person, reason in skipped
        )
