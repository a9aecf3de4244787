from odoo import api, models

from .working_book import WorkingBook


class MonitorApprovalPeople(models.AbstractModel):
    """Finds what waits for nobody: who is asked is archived, or on leave for long."""

    _name = "monitor.approval.people"
    _description = "Monitor Approval: People Who Can Decide"

    @api.model
    def _look_for_people(self, now):
        """Find approvals that nobody can decide: who is asked is archived, or away."""
        self.env.flush_all()
        self._look_for_archived(now)
        self._look_for_away(now)

    @api.model
    def _look_for_archived(self, now):
        # sudo: part of a scheduled action
        exceptions = self.env["monitor.approval.exception"].sudo()
        self.env.cr.execute(
            """
            SELECT holder.res_users_id, array_agg(approval.id ORDER BY approval.id)
              FROM monitor_approval approval
              JOIN monitor_approval_holder_rel holder
                   ON holder.monitor_approval_id = approval.id
              JOIN res_users u ON u.id = holder.res_users_id AND NOT u.active
             WHERE approval.state = 'pending'
             GROUP BY holder.res_users_id
            """
        )
        found = [self._orphans(*row) for row in self.env.cr.fetchall()]
        known = exceptions.search(
            [
                ("kind", "=", "orphaned"),
                ("approval_id", "=", False),
                ("state", "!=", "resolved"),
            ]
        )
        now_so = {one["fingerprint"] for one in found}
        known.filtered(lambda one: one.fingerprint not in now_so)._settle(now)
        exceptions._raise_all(found, now)

    @api.model
    def _orphans(self, user_id, ids):
        approvals = self.env["monitor.approval"].sudo().browse(ids)
        policies = approvals.policy_id
        return {
            "kind": "orphaned",
            "severity": "error",
            "evidence": {"users": [user_id], "ids": ids},
            "count": len(ids),
            "fingerprint": f"orphaned:{user_id}",
            "person_ids": [user_id],
            "policy_id": policies.id if len(policies) == 1 else False,
            "record_name": ", ".join(policies.mapped("name")),
            "company_id": approvals[:1].company_id.id,
        }

    @api.model
    def _look_for_away(self, now):
        """Find what waits for people on leave, longer than the company takes.

        The due date follows the hours of who is asked, so it would not come; after as
        many hours of the company somebody has to see to it. Delegates are asked, too.
        """
        away = self._away(now)
        if not away:
            return
        # sudo: part of a scheduled action
        approvals = self.env["monitor.approval"].sudo()
        waiting = approvals.search(
            [("state", "=", "pending"), ("holder_ids", "in", sorted(away))]
        )
        book, found = WorkingBook(self.env), []
        for approval in waiting:
            here = set(approval.holder_ids.ids) - away
            if not here and approval._waits_too_long(now, book):
                evidence = {"levels": [approval.tier], "away": approval.holder_ids.ids}
                found.append(approval._breach("no_approver", "error", evidence))
        self.env["monitor.approval.exception"]._raise_all(found, now)

    @api.model
    def _away(self, now):
        """Return the ids of users who are asked, on leave, and without a delegate."""
        self.env.cr.execute(
            """
            SELECT DISTINCT holder.res_users_id
              FROM monitor_approval_holder_rel holder
              JOIN resource_resource resource ON resource.user_id = holder.res_users_id
              JOIN resource_calendar_leaves leave ON leave.resource_id = resource.id
             WHERE leave.time_type = 'leave'
               AND leave.date_from <= %s AND leave.date_to > %s
            """,
            [now, now],
        )
        away = {row[0] for row in self.env.cr.fetchall()}
        delegations = self.env["monitor.approval.delegation"]._in_force(now)
        covered = {
            one.from_user
            for about, one in delegations
            if about is None and not one.models and one.max_amount is None
        }
        return away - covered
