from odoo import api, fields, models

from odoo.addons.monitor_core.models.columns import LooseMany2one
from odoo.addons.monitor_core.models.monitor_recorder import quiet
from odoo.addons.monitor_core.models.recorder_sql import call_guarded

from ..tools.scales import ORIGINS, RISKS
from .capture_sql import insert_observations

DOCUMENT_STATES = [
    ("none", "Not to be approved"),
    ("pending", "Waits"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("gone", "Deleted"),
]


class MonitorApprovalObservation(models.Model):
    """How a document was found, until *Monitor: age approvals* took it in.

    A business transaction does nothing but insert rows here, without foreign keys.
    """

    _name = "monitor.approval.observation"
    _description = "Monitor Approval Observation"
    _log_access = False
    _order = "id"

    policy_id = LooseMany2one(comodel_name="monitor.approval.policy", required=True)
    version = fields.Integer()
    res_id = fields.Integer(required=True)
    seen_at = fields.Datetime(required=True)
    actor_id = LooseMany2one(comodel_name="res.users")
    origin = fields.Selection(selection=ORIGINS)
    act = fields.Char(help="One transaction is one act.")
    is_new = fields.Boolean(help="The document was made in this transaction.")
    state = fields.Selection(selection=DOCUMENT_STATES, required=True)
    tiers = fields.Json()
    values = fields.Json()
    requester_id = LooseMany2one(comodel_name="res.users")
    beneficiary_id = LooseMany2one(comodel_name="res.users")
    creator_id = LooseMany2one(comodel_name="res.users")
    company_id = LooseMany2one(comodel_name="res.company")
    department = fields.Char()
    amount = fields.Float(digits=0)
    currency_id = LooseMany2one(comodel_name="res.currency")
    rate_date = fields.Date()
    amount_company = fields.Float(digits=0)
    risk = fields.Selection(selection=RISKS)
    error = fields.Char(help="Why it could not be taken in; tried again each night.")

    _document_idx = models.Index("(policy_id, res_id, id)")

    @api.model
    @quiet
    def _insert(self, policy, notes, now):
        """Note documents as they are now; never raises, in a savepoint of its own."""
        reading = policy._reading_quietly()
        if reading is None or not notes:
            return
        insert = insert_observations(reading, policy.id, policy.version, notes, now)
        call_guarded(self.env.cr, insert.code, insert.params)
