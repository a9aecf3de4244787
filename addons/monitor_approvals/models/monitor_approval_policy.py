from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_incident.tools.scales import AGE_UNITS

WINDOWS = [
    ("none", "Any time"),
    ("approver", "Working hours of the approver"),
    ("company", "Working hours of the company"),
]
MODES = [
    ("observe", "Elsewhere in Odoo: only observed"),
    ("decide", "Here: requested and decided in Monitor"),
]


class MonitorApprovalPolicy(models.Model):
    """What is approved, by whom, within what time; and what counts as a breach.

    Each change makes a version; a request is judged by the version that was in force
    when it was requested.
    """

    _name = "monitor.approval.policy"
    _description = "Monitor Approval Policy"
    _inherit = [
        "mail.thread",
        "monitor.approval.policy.versioning",
        "monitor.approval.policy.capture",
        "monitor.approval.policy.sweep",
        "monitor.approval.policy.request",
    ]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Only documents of this company. Empty: of any.",
    )
    model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Documents",
        ondelete="set null",
        domain=[("transient", "=", False), ("abstract", "=", False)],
    )
    model = fields.Char(
        compute="_compute_model",
        store=True,
        precompute=True,
        string="Model Name",
        help="Stays when the app of the documents is uninstalled.",
    )
    mode = fields.Selection(
        selection=MODES,
        string="Decided",
        default="observe",
        required=True,
        tracking=True,
    )
    adapter = fields.Selection(
        selection=[("record", "The document's own fields")],
        string="Observed By",
        default="record",
        required=True,
    )
    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    team_id = fields.Many2one(
        comodel_name="monitor.team",
        help="Its leader is the manager of those who have none.",
    )

    # Which documents, and how far they are
    domain = fields.Char(
        string="Which Documents",
        default="[]",
        tracking=True,
        help="Others need no approval under this policy.",
    )
    pending_domain = fields.Char(string="Waits When", default="[]", tracking=True)
    approved_domain = fields.Char(string="Approved When", default="[]", tracking=True)
    rejected_domain = fields.Char(string="Rejected When", default="[]", tracking=True)

    # Where the document tells
    requester_path = fields.Char(
        string="Requested By",
        help="Field that leads to a user, such as user_id. Empty: who made it wait.",
    )
    beneficiary_path = fields.Char(
        string="For",
        help="Field that leads to the user who has the benefit, such as "
        "employee_id.user_id: may not approve it either.",
    )
    department_path = fields.Char(
        string="Department",
        help="Field with the department. Empty: the name of the team.",
    )
    amount_path = fields.Char(string="Amount")
    currency_path = fields.Char(
        string="Currency", help="Empty: the currency of the document's company."
    )
    date_path = fields.Char(
        string="Date of the Rate", help="Empty: the day on which it is requested."
    )
    material_paths = fields.Char(
        string="Material Fields",
        tracking=True,
        help="A change of these after the approval makes it stale; separated by "
        "commas. Fields of lines as order_line.price_unit. The amount always counts.",
    )
    risk_ids = fields.One2many(
        comodel_name="monitor.approval.risk", inverse_name="policy_id", copy=True
    )

    # Who decides
    tier_ids = fields.One2many(
        comodel_name="monitor.approval.policy.tier",
        inverse_name="policy_id",
        string="Tiers",
        copy=True,
    )
    parallel = fields.Boolean(
        string="All Tiers at Once",
        tracking=True,
        help="Off: a tier is asked when the one before it approved.",
    )
    amount_bound = fields.Selection(
        selection=[("ge", "From the limit on (≥)"), ("gt", "Above the limit (>)")],
        string="A Tier Is Asked",
        default="ge",
        required=True,
        tracking=True,
    )
    different_persons = fields.Boolean(
        string="Different Person on Each Tier", default=True, tracking=True
    )
    self_limit = fields.Monetary(
        string="Self-Approval Below",
        currency_field="company_currency_id",
        tracking=True,
        help="Below this amount approving one's own is noted, but is no breach.",
    )
    company_currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_company_currency_id"
    )
    enforce = fields.Boolean(
        string="Refuse What Is Not Approved",
        tracking=True,
        help="A document cannot become “approved” before it is approved here. What "
        "gets past (the superuser, SQL) is found and raised.",
    )
    approved_action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        string="Then Run",
        ondelete="restrict",
        help="Runs on the document, as the person who approved it.",
    )
    rejected_action_id = fields.Many2one(
        comodel_name="ir.actions.server", string="Or Run", ondelete="restrict"
    )

    # Within what time
    warn_amount = fields.Float(string="Remind After", default=4, tracking=True)
    warn_unit = fields.Selection(
        selection=AGE_UNITS, default="working_hours", required=True
    )
    due_amount = fields.Float(string="Due After", default=8, tracking=True)
    due_unit = fields.Selection(
        selection=AGE_UNITS, default="working_hours", required=True
    )
    escalate_amount = fields.Float(string="Escalate After", default=16, tracking=True)
    escalate_unit = fields.Selection(
        selection=AGE_UNITS, default="working_hours", required=True
    )
    window = fields.Selection(
        selection=WINDOWS,
        string="Decisions Are Expected",
        default="approver",
        required=True,
        tracking=True,
    )

    # What counts as a breach
    decrease_allowed = fields.Boolean(
        string="May Become Less",
        tracking=True,
        help="An amount that went down after the approval is no breach.",
    )
    tolerance = fields.Monetary(
        currency_field="company_currency_id",
        help="By how much the amount may change after the approval.",
    )
    rubber_seconds = fields.Integer(
        string="Too Fast (s)",
        default=5,
        help="Who approves within so many seconds has not read it. 0: not judged.",
    )
    burst_count = fields.Integer(
        string="Too Many at Once", default=20, help="0: not judged."
    )
    burst_minutes = fields.Integer(string="Within (min)", default=5)

    approval_count = fields.Integer(compute="_compute_approval_count")

    @api.depends("model_id")
    def _compute_model(self):
        for policy in self:
            policy.model = policy.model_id.model or policy.model

    @api.constrains("model_id")
    def _check_model_id(self):
        """Raise where nobody said which documents."""
        for policy in self:
            if not policy.model:
                raise ValidationError(self.env._("Say which documents it is about."))

    def _compute_company_currency_id(self):
        for policy in self:
            company = policy.company_id or self.env.company
            policy.company_currency_id = company.currency_id

    def _compute_approval_count(self):
        counts = dict(
            self.env["monitor.approval"]._read_group(
                [("policy_id", "in", self.ids), ("state", "=", "pending")],
                ["policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            policy.approval_count = counts.get(policy, 0)

    @api.constrains(
        "domain", "pending_domain", "approved_domain", "rejected_domain", "model_id"
    )
    def _check_domains(self):
        """Raise unless each domain is plain data that the model understands."""
        names = ("domain", "pending_domain", "approved_domain", "rejected_domain")
        for policy in self:
            for name in names:
                try:
                    policy._records()._search(policy._domain(name))
                except (ValueError, SyntaxError, TypeError) as error:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” is no filter on these documents: %(error)s",
                            field=self._fields[name]._description_string(self.env),
                            error=error,
                        )
                    ) from error

    def _domain(self, name):
        """Return one of the domains; plain values only, nothing is evaluated."""
        return self._plain_domain(self[name])

    def _records(self):
        """Return the model of the documents.

        sudo: a policy is about all documents, not those its author sees; what is told
        of one is shown to people who may see the approval.
        """
        records = self.env[self.model].sudo().with_context(active_test=False)
        # of documents without a company, the same whoever asks first
        companies = self.env["res.company"].sudo()
        main = self.company_id or companies.search([], order="id", limit=1)
        return records.with_company(main)

    @api.model
    def _discover(self):
        """Make policies of what an app lets people approve; for bridges.

        Runs each minute: ask only what is cheap to know. What somebody archived is
        not made again.

        :return: the new policies
        """
        return self.browse()

    def action_what_if(self):
        """Show what the newest version would have said of the last ninety days."""
        self.ensure_one()
        what_if = self.env["monitor.approval.what.if"].create({"policy_id": self.id})
        return what_if.action_look()

    def action_open_approvals(self):
        """Open the approvals under this policy."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "monitor_approvals.monitor_approval_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)]}
