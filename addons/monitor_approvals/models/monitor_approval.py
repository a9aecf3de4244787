from odoo import api, fields, models

from ..tools.scales import AGING_BUCKETS, ORIGINS, RISKS, STATES


class MonitorApproval(models.Model):
    """A request for a decision on a record: one round of it."""

    _name = "monitor.approval"
    _description = "Monitor Approval"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "monitor.about.record",
        "monitor.record.link",
        "monitor.approval.acts",
        "monitor.approval.checks",
        "monitor.approval.clocked",
        "monitor.approval.judged",
        "monitor.approval.integrity",
        "monitor.approval.mine",
        "monitor.approval.reminded",
        "monitor.approval.retroactive",
        "monitor.approval.talk",
        "monitor.approval.turns",
        "monitor.approval.log",
    ]
    _order = "due_at, pending_since, id"
    _rec_name = "record_name"

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    policy_version = fields.Integer(readonly=True)
    version_id = fields.Many2one(
        comodel_name="monitor.approval.policy.version",
        readonly=True,
        ondelete="restrict",
    )
    mode = fields.Selection(
        selection=[("observe", "Observed"), ("decide", "Decided here")],
        readonly=True,
        default="observe",
    )
    model = fields.Char(readonly=True, required=True, string="Document Model")
    res_id = fields.Many2oneReference(
        model_field="model", string="Document", readonly=True, required=True
    )
    record_name = fields.Char(string="What", readonly=True)
    model_name = fields.Char(string="Kind", readonly=True)
    round = fields.Integer(readonly=True, default=1)
    state = fields.Selection(
        selection=STATES,
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    tier = fields.Integer(
        string="Current Tier", readonly=True, help="The lowest that waits."
    )
    tier_ids = fields.One2many(
        comodel_name="monitor.approval.tier",
        inverse_name="approval_id",
        string="Tiers",
        readonly=True,
    )
    event_ids = fields.One2many(
        comodel_name="monitor.approval.event",
        inverse_name="approval_id",
        string="Timeline",
        readonly=True,
    )
    exception_ids = fields.One2many(
        comodel_name="monitor.approval.exception",
        inverse_name="approval_id",
        readonly=True,
    )
    approver_ids = fields.Many2many(
        comodel_name="res.users",
        relation="monitor_approval_approver_rel",
        string="Approvers",
        readonly=True,
        help="Of all tiers, as they were when it was requested.",
    )
    holder_ids = fields.Many2many(
        comodel_name="res.users",
        relation="monitor_approval_holder_rel",
        string="Waits For",
        readonly=True,
        help="Whose decision is awaited now.",
    )
    parallel = fields.Boolean(readonly=True)

    requester_id = fields.Many2one(
        comodel_name="res.users",
        string="Requested By",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    maker_ids = fields.Many2many(
        comodel_name="res.users",
        relation="monitor_approval_maker_rel",
        string="Made By",
        readonly=True,
        help="Who requested, made or last changed it, or has the benefit.",
    )
    beneficiary_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    origin = fields.Selection(selection=ORIGINS, readonly=True)
    comment = fields.Text(string="Last Comment", readonly=True)
    asked_id = fields.Many2one(
        comodel_name="res.users",
        string="Question To",
        readonly=True,
        ondelete="set null",
    )

    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one(
        comodel_name="res.currency", readonly=True, ondelete="restrict"
    )
    amount_company = fields.Monetary(
        string="In Company Currency",
        readonly=True,
        currency_field="company_currency_id",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    rate_date = fields.Date(readonly=True)
    band = fields.Char(string="Value Band", readonly=True)
    department = fields.Char(readonly=True)
    risk = fields.Selection(selection=RISKS, readonly=True, default="low")
    snapshot = fields.Json(readonly=True, help="Material fields when it was approved.")
    snapshot_digest = fields.Char(readonly=True)

    requested_at = fields.Datetime(readonly=True)
    pending_since = fields.Datetime(
        readonly=True, help="Since when the current tier can decide."
    )
    warn_at = fields.Datetime(string="Remind At", readonly=True)
    due_at = fields.Datetime(string="Due", readonly=True)
    breach_at = fields.Datetime(
        readonly=True, help="The last moment at which it is not late."
    )
    escalate_at = fields.Datetime(readonly=True)
    warned_at = fields.Datetime(readonly=True)
    breached_at = fields.Datetime(string="Late Since", readonly=True)
    escalated_at = fields.Datetime(readonly=True)
    escalation_level = fields.Integer(readonly=True, default=0)
    next_check_at = fields.Datetime(readonly=True)
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        readonly=True,
        ondelete="set null",
    )
    aging_bucket = fields.Selection(
        selection=AGING_BUCKETS,
        string="Age",
        readonly=True,
        group_expand="_group_expand_buckets",
    )
    decided_at = fields.Datetime(readonly=True)
    decided_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict", index=True
    )
    on_behalf_of_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    elapsed_hours = fields.Float(readonly=True, aggregator="avg")
    working_hours = fields.Float(readonly=True, aggregator="avg")
    in_window = fields.Boolean(readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, ondelete="restrict", index=True
    )

    _open_uniq = models.UniqueIndex(
        "(policy_id, model, res_id) WHERE state = 'pending'",
        "This is already waiting for a decision.",
    )
    _round_uniq = models.UniqueIndex("(policy_id, model, res_id, round)")
    _document_idx = models.Index("(model, res_id)")
    _due_idx = models.Index("(next_check_at, id) WHERE state = 'pending'")
    _decided_idx = models.Index("(decided_at) WHERE decided_at IS NOT NULL")

    @api.model
    def _group_expand_buckets(self, values, domain):
        return [value for value, _label in AGING_BUCKETS]
