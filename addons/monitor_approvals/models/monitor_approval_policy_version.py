from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import definition


class MonitorApprovalPolicyVersion(models.Model):
    """A policy as it is from a moment on; never changed afterwards."""

    _name = "monitor.approval.policy.version"
    _description = "Monitor Approval Policy Version"
    _order = "policy_id, number desc"
    _rec_name = "number"
    _log_access = True

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    number = fields.Integer(required=True, readonly=True)
    effective_from = fields.Datetime(required=True, readonly=True)
    definition = fields.Text(required=True, readonly=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True)

    _number_uniq = models.Constraint("UNIQUE (policy_id, number)")

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse: what was requested under a version is judged by it for ever."""
        raise UserError(self.env._("A version of a policy cannot be changed."))

    def _load(self):
        """Return the :class:`definition.Definition` of this version."""
        self.ensure_one()
        return definition.load(self.definition)

    @api.model
    def _in_force(self, policy, moment):
        """Return the version of a policy that was in force at a moment (naive UTC).

        Before the first one, the first one: nothing is without a policy.
        """
        versions = policy.version_ids
        begun = versions.filtered(lambda one: one.effective_from <= moment)
        chosen = begun or versions
        key = "number" if begun else "effective_from"
        return chosen.sorted(key, reverse=bool(begun))[:1]
