from odoo import fields, models

from odoo.addons.monitor_core.tools.scales import (
    CRITICALITIES,
    SEVERITIES,
    WORKFLOW_KINDS,
)

from ..tools.scales import AGE_UNITS, GROUPINGS, RULE_KINDS


class MonitorRule(models.Model):
    """What to detect, where, how bad it is, and who is to do something about it."""

    _name = "monitor.rule"
    _description = "Monitor Rule"
    _inherit = [
        "mail.thread",
        "monitor.rule.screen",
        "monitor.scope",
        "monitor.rule.integrity",
        "monitor.rule.monitor",
        "monitor.rule.evaluation",
        "monitor.rule.end",
        "monitor.rule.scope",
        "monitor.rule.health",
        "monitor.rule.failure",
        "monitor.rule.records",
        "monitor.rule.volume",
        "monitor.rule.window",
    ]
    _order = "sequence, name, id"
    _scope_fields = ("workflow_ids", "tag_ids", "team_ids")

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(selection=RULE_KINDS, required=True, tracking=True)
    severity = fields.Selection(
        selection=SEVERITIES, required=True, default="error", tracking=True
    )
    action_required = fields.Boolean(
        default=True,
        tracking=True,
        help="Opens an incident. Off: informational, an alert is listed, nobody told.",
    )
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")

    # Where it looks: all that is set must hold, nothing set means everywhere
    workflow_ids = fields.Many2many(comodel_name="monitor.workflow", string="Workflows")
    workflow_kind = fields.Selection(selection=WORKFLOW_KINDS)
    tag_ids = fields.Many2many(comodel_name="monitor.tag", string="Tags")
    team_ids = fields.Many2many(comodel_name="monitor.team", string="Teams")
    min_criticality = fields.Selection(selection=CRITICALITIES)

    # What it looks for: which of these count depends on the kind
    threshold = fields.Integer(
        default=1,
        help="Failures in a row, fewest runs of a rate, or records of a backlog.",
    )
    window_minutes = fields.Integer(string="Window (min)", default=60)
    rate_percent = fields.Float(string="Rate (%)", default=10.0)
    limit_minutes = fields.Float(
        string="Limit (min)", help="Longest time a run may take. 0: only the factor."
    )
    factor = fields.Float(
        default=3.0,
        help="Of the time within which 95 % of the runs of the last 7 days ended, or "
        "of the usual number of runs.",
    )
    direction = fields.Selection(
        selection=[("few", "Too few"), ("many", "Too many"), ("both", "Both")],
        default="both",
    )
    model_id = fields.Many2one(
        comodel_name="ir.model", string="Records", ondelete="set null"
    )
    model = fields.Char(related="model_id.model", string="Model Name")
    domain = fields.Char(default="[]")
    date_field_id = fields.Many2one(
        comodel_name="ir.model.fields",
        string="Age Since",
        ondelete="set null",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('date', 'datetime')),"
        " ('store', '=', True)]",
    )
    age = fields.Float(default=24.0)
    age_unit = fields.Selection(selection=AGE_UNITS, default="hours")
    key_path = fields.Char(
        string="Key",
        help="What must not come twice: correlation_id, record, or a path in the "
        "context of the run, such as data.order.",
    )
    slo_target = fields.Float(string="Objective (%)", default=99.5, digits=(6, 3))
    slo_days = fields.Integer(string="Period (days)", default=30)

    # How long before it counts, and when it is over
    for_minutes = fields.Integer(
        string="Lasts At Least (min)",
        help="It has to hold so long before anybody is told.",
    )
    recover_successes = fields.Integer(
        default=1, help="Successful runs in a row after which it is over."
    )
    recover_minutes = fields.Integer(
        help="It has to be well so long before it is over. 0: at once."
    )

    # Who is told, and how often
    group_by = fields.Selection(
        selection=GROUPINGS,
        required=True,
        default="workflow",
        help="Alerts that agree in this are one incident.",
    )
    group_wait_seconds = fields.Integer(
        default=30, help="What is over before, nobody is told of."
    )
    group_interval_minutes = fields.Integer(
        default=5, help="News of an incident are told so often at most."
    )
    repeat_interval_minutes = fields.Integer(
        default=240, help="An incident without news is told again after this time."
    )
    owner = fields.Selection(
        selection=[
            ("technical", "Technical owner of the workflow"),
            ("process", "Process owner of the workflow"),
            ("compliance", "Compliance stakeholder of the workflow"),
            ("record", "Who is responsible for the record"),
            ("user", "A person"),
        ],
        required=True,
        default="technical",
    )
    owner_field_id = fields.Many2one(
        comodel_name="ir.model.fields",
        ondelete="set null",
        domain="[('model_id', '=', model_id), ('relation', '=', 'res.users')]",
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Person", domain=[("share", "=", False)]
    )
    team_id = fields.Many2one(
        comodel_name="monitor.team",
        help="Responsible where the workflow has no team.",
    )
    escalation_policy_id = fields.Many2one(comodel_name="monitor.escalation.policy")
    respond_minutes = fields.Integer(
        string="Respond Within (min)", help="0: by severity, from the settings."
    )
    resolve_minutes = fields.Integer(
        string="Resolve Within (min)", help="0: by severity, from the settings."
    )
    working_time = fields.Boolean(
        default=True,
        help="Deadlines count in the working time of who is responsible. Off: the "
        "clock, at night and on weekends too.",
    )
    server_action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        string="Run When Opened",
        ondelete="set null",
        help="Runs on the incident, or on the record where its model is that one's.",
    )
    runbook_html = fields.Html(string="Runbook")
    runbook_url = fields.Char(string="Runbook URL")

    # Context captured when it fires
    capture_runs = fields.Boolean(string="Recent Runs", default=True)
    capture_changes = fields.Boolean(
        string="Changes Since the Last Success", default=True
    )
    capture_queues = fields.Boolean(string="Queues")
    capture_database = fields.Boolean(string="Locks and Slow Statements")
    capture_logs = fields.Boolean(string="Log Lines")

    next_check_at = fields.Datetime(readonly=True, copy=False, index=True)
    last_check_at = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Char(readonly=True, copy=False)

    alert_ids = fields.One2many(
        comodel_name="monitor.alert", inverse_name="rule_id", readonly=True
    )
