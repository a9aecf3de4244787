from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.scales import EVENT_KINDS, ORIGINS, RISKS


class MonitorApprovalEvent(models.Model):
    """A fact about an approval: who decided what, when, in whose name, and how.

    Rows are only ever added. They keep what they tell of as it was then, and refer to
    no business record by a foreign key.
    """

    _name = "monitor.approval.event"
    _description = "Monitor Approval Event"
    _order = "approval_id, id"
    _rec_name = "kind"

    approval_id = fields.Many2one(
        comodel_name="monitor.approval",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy", readonly=True, ondelete="restrict"
    )
    policy_version = fields.Integer(readonly=True)
    kind = fields.Selection(selection=EVENT_KINDS, required=True, readonly=True)
    origin = fields.Selection(selection=ORIGINS, readonly=True)
    act = fields.Char(readonly=True, help="Facts of one act have the same.")
    occurred_at = fields.Datetime(required=True, readonly=True, index=True)
    recorded_at = fields.Datetime(required=True, readonly=True)
    actor_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict", index=True
    )
    on_behalf_of_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    role = fields.Char(readonly=True, help="As what the actor was asked, then.")
    comment = fields.Text(readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Integer(readonly=True)
    record_name = fields.Char(readonly=True)
    round = fields.Integer(readonly=True)
    tier = fields.Integer(readonly=True)
    escalation_level = fields.Integer(readonly=True)
    amount = fields.Float(readonly=True, digits=0)
    currency_id = fields.Many2one(
        comodel_name="res.currency", readonly=True, ondelete="restrict"
    )
    amount_company = fields.Float(readonly=True, digits=0)
    rate = fields.Float(readonly=True, digits=0, help="Company amount by amount.")
    rate_date = fields.Date(readonly=True)
    department = fields.Char(readonly=True)
    risk = fields.Selection(selection=RISKS, readonly=True)
    elapsed_seconds = fields.Float(readonly=True, digits=0)
    working_seconds = fields.Float(readonly=True, digits=0)
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar", readonly=True, ondelete="set null"
    )
    in_window = fields.Boolean(readonly=True)
    values = fields.Json(readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, ondelete="restrict", index=True
    )

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse: what happened is not changed."""
        raise UserError(self.env._("What happened to an approval cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _never_delete(self):
        raise UserError(self.env._("What happened to an approval cannot be deleted."))
