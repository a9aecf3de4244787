from odoo import api, models
from odoo.tools import SQL

#: Requests under a version that was not in force yet. A first version governs what was
#: already waiting when the policy was made.
RETROACTIVE = """
    SELECT approval.id, approval.policy_version AS used, version.effective_from
      FROM monitor_approval approval
      JOIN monitor_approval_policy_version version ON version.id = approval.version_id
     WHERE version.number > 1
       AND version.effective_from > approval.requested_at
"""


class MonitorApprovalRetroactive(models.AbstractModel):
    """Versions of policies apply from their moment on; what differs is found."""

    _name = "monitor.approval.retroactive"
    _description = "Monitor Approval: Retroactive Policies"

    @api.model
    def _judge_versions(self, now):
        """Find requests that are judged by a version made later; settle what is not.

        That takes SQL: nothing in the Monitor can do it.
        """
        self.env.flush_all()
        # sudo: part of a scheduled action
        approvals = self.env["monitor.approval"].sudo()
        found = []
        for row in self.env.execute_query_dict(SQL(RETROACTIVE)):
            evidence = {
                "version": row["used"],
                "effective_from": row["effective_from"].isoformat(),
            }
            approval = approvals.browse(row["id"])
            found.append(approval._breach("retroactive", "error", evidence))
        exceptions = self.env["monitor.approval.exception"].sudo()
        known = exceptions.search(
            [("kind", "=", "retroactive"), ("state", "!=", "resolved")]
        )
        (known - exceptions._raise_all(found, now))._settle(now)
