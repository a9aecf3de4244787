import json

from odoo import api, fields, models
from odoo.tools import SQL

from .monitor_approval_observation import DOCUMENT_STATES

KNOW = """
    INSERT INTO monitor_approval_document
        (policy_id, res_id, state, "values", amount, round)
    SELECT policy_id, res_id, 'none', "values", amount, round
      FROM json_to_recordset(%s) AS r(
        policy_id int, res_id int, "values" jsonb, amount numeric, round int)
    ON CONFLICT (policy_id, res_id) DO UPDATE
       SET "values" = excluded."values", amount = excluded.amount,
           round = excluded.round
"""


class MonitorApprovalDocument(models.Model):
    """How a document was last seen: what the sweep compares it with."""

    _name = "monitor.approval.document"
    _description = "Monitor Approval: Known Document"
    _log_access = False
    _rec_name = "res_id"

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy",
        required=True,
        ondelete="cascade",
        readonly=True,
    )
    res_id = fields.Integer(required=True, readonly=True)
    state = fields.Selection(selection=DOCUMENT_STATES, required=True, readonly=True)
    values = fields.Json(readonly=True)
    tiers = fields.Json(readonly=True)
    amount = fields.Float(digits=0, readonly=True)
    editor_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="set null",
        help="Who changed material fields last.",
    )
    round = fields.Integer(readonly=True)
    seen_at = fields.Datetime(readonly=True)

    _document_uniq = models.Constraint("UNIQUE (policy_id, res_id)")

    @api.model
    def _know(self, approvals, seen):
        """Remember what documents were when they were approved here; one statement.

        :param seen: ``{id of a document: (values, amount)}``
        """
        rows = []
        for approval in approvals:
            values, amount = seen[approval.res_id]
            rows.append(
                {
                    "policy_id": approval.policy_id.id,
                    "res_id": approval.res_id,
                    "values": values,
                    "amount": amount,
                    "round": approval.round,
                }
            )
        self.env.cr.execute(SQL(KNOW, json.dumps(rows)))
        self.invalidate_model(flush=False)
