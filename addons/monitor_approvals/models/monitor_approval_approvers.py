from odoo import api, models
from odoo.exceptions import MissingError

from ..tools.definition import TierRule


class MonitorApprovalApprovers(models.AbstractModel):
    """Whom a tier asks: worked out when it is requested, kept from then on."""

    _name = "monitor.approval.approvers"
    _description = "Monitor Approval: Approvers"

    @api.model
    def _approvers(self, policy, rule: TierRule, document, requester, company):
        """Return ``(users, role)``: who decides on a tier, and as what they are asked.

        Extend by ``_approvers_<kind>(policy, rule, document, requester)``, which
        returns the same. Archived and portal users are left out, and people who do not
        work in the company.
        """
        find = getattr(self, f"_approvers_{rule.approver}")
        users, role = find(policy, rule, document, requester)
        return self._able(users, company), role

    @api.model
    def _able(self, users, company):
        """Return those of these users who can decide in a company."""
        # sudo: which companies colleagues work in
        able = users.sudo().filtered(
            lambda user: (
                user.active
                and not user.share
                and (not company or company in user.company_ids)
            )
        )
        return able.with_env(self.env)

    @api.model
    def _quorum(self, rule: TierRule, approvers):
        """Return how many have to approve."""
        if rule.quorum == "all":
            return max(1, len(approvers))
        return rule.count if rule.quorum == "count" else 1

    def _approvers_users(self, policy, rule, document, requester):
        users = self.env["res.users"].browse(rule.users)
        try:
            users.mapped("active")  # read once for all documents
        except MissingError:
            users = users.exists()
        return users, self.env._("named in the policy")

    def _approvers_group(self, policy, rule, document, requester):
        group = self.env["res.groups"].sudo().browse(rule.group or []).exists()
        # sudo: who is in a group; OdooBot decides nothing
        users = group.all_user_ids - self.env.ref("base.user_root")
        return users, group.full_name or ""

    def _approvers_field(self, policy, rule, document, requester):
        users = self.env["res.users"]
        try:
            found = document.mapped(rule.path) if rule.path else users
        except (KeyError, AttributeError):
            found = users  # the field is gone
        if found._name == "res.partner":
            found = found.user_ids  # who it is, not who sells to it
        elif found._name != "res.users":
            found = found.user_id if "user_id" in found._fields else users
        return found, self.env._("named in the document")

    def _approvers_role(self, policy, rule, document, requester):
        if rule.role == "team_leader":
            return policy.team_id.leader_id, self.env._("leader of the team")
        owner = policy.workflow_id[f"{rule.role}_id"]
        label = policy.workflow_id._fields[f"{rule.role}_id"]
        return owner, label._description_string(self.env)

    def _approvers_manager(self, policy, rule, document, requester):
        return self._manager_of(requester, policy), self.env._("manager")

    @api.model
    def _manager_of(self, user, policy=None):
        """Return the manager of a user: without HR, the leader of a team of theirs."""
        teams = self.env["monitor.team"].sudo()  # sudo: teams of colleagues
        own = teams.search([("member_ids", "in", user.ids), ("leader_id", "!=", False)])
        leaders = own.leader_id - user
        if not leaders and policy:
            leaders = policy.team_id.leader_id - user
        return leaders[:1]
