from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_datetime

from odoo.addons.base.models.res_partner import _tz_get

from ..tools import clock, health, schedule, slug
from ..tools.scales import (
    CRITICALITIES,
    DATA_SENSITIVITIES,
    HEALTHS,
    IMPACTS,
    INTERVAL_UNITS,
    WORKFLOW_KINDS,
)
from .columns import BigInteger
from .monitor_health import as_schedule, unpack_params
from .monitor_workflow_reporting import HealthSelection

SOURCE_STATES = [
    ("active", "Active"),
    ("archived", "Switched off"),
    ("deactivated", "Switched off by Odoo"),
    ("missing", "Deleted"),
]
# A change of these is a new question to the health rule.
REVIEWED_FIELDS = {
    "active",
    "captured",
    "paused",
    "pause_reason",
    "source_state",
    "next_expected_at",
    "schedule_type",
    "interval_number",
    "interval_unit",
    "cron_expression",
    "schedule_tz",
    "grace_minutes",
    "expected_duration_ms",
}
SCHEDULE_FIELDS = (
    "schedule_type",
    "interval_number",
    "interval_unit",
    "cron_expression",
    "schedule_tz",
)


class MonitorWorkflow(models.Model):
    """A monitored business capability: what should happen, who owns it, how it is."""

    _name = "monitor.workflow"
    _description = "Monitored Workflow"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "monitor.workflow.actions",
        "monitor.workflow.funnel",
        "monitor.workflow.integrity",
        "monitor.workflow.reporting",
    ]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Unique and stable: how external systems call this workflow.",
    )
    active = fields.Boolean(default=True, tracking=True)
    kind = fields.Selection(
        selection=WORKFLOW_KINDS, required=True, default="flow", index=True
    )
    company_id = fields.Many2one(comodel_name="res.company", index="btree_not_null")

    # The source in Odoo
    source_model = fields.Char(readonly=True, copy=False)
    source_id = fields.Many2oneReference(
        model_field="source_model", readonly=True, copy=False
    )
    source_name = fields.Char(readonly=True, copy=False)
    source_state = fields.Selection(
        selection=SOURCE_STATES, default="active", required=True, readonly=True
    )
    model_id = fields.Many2one(
        comodel_name="ir.model", string="Works On", ondelete="set null"
    )
    module = fields.Char(string="Technical App", readonly=True)
    app_name = fields.Char(string="App", index="btree_not_null")

    # What is monitored
    captured = fields.Boolean(
        string="Monitored",
        default=True,
        tracking=True,
        help="Off: runs of this workflow are not recorded.",
    )
    paused = fields.Boolean(
        tracking=True, copy=False, help="Runs are recorded, health is not judged."
    )
    pause_reason = fields.Char(copy=False, tracking=True)
    run_now_allowed = fields.Boolean(
        tracking=True,
        help="Operators may start this scheduled action at once. It does its real "
        "work: allow it where starting it twice does no harm.",
    )

    # Who and how important
    process_owner_id = fields.Many2one(
        comodel_name="res.users", domain=[("share", "=", False)], tracking=True
    )
    technical_owner_id = fields.Many2one(
        comodel_name="res.users", domain=[("share", "=", False)], tracking=True
    )
    compliance_owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Compliance Stakeholder",
        domain=[("share", "=", False)],
        tracking=True,
    )
    owner_guessed = fields.Boolean(readonly=True, copy=False)
    team_id = fields.Many2one(
        comodel_name="monitor.team", index="btree_not_null", tracking=True
    )
    tag_ids = fields.Many2many(comodel_name="monitor.tag", string="Tags")
    criticality = fields.Selection(
        selection=CRITICALITIES, required=True, default="medium", tracking=True
    )
    criticality_guessed = fields.Boolean(readonly=True, copy=False)
    data_sensitivity = fields.Selection(selection=DATA_SENSITIVITIES)
    customer_impact = fields.Selection(selection=IMPACTS)
    rto_minutes = fields.Integer(
        string="Recovery Time Objective (min)",
        help="How long this workflow may be down.",
    )
    rpo_minutes = fields.Integer(
        string="Recovery Point Objective (min)",
        help="How much work, in minutes, may be lost.",
    )
    runbook_html = fields.Html(string="Runbook")
    runbook_url = fields.Char(string="Runbook URL")

    # When it should run
    schedule_type = fields.Selection(
        selection=[
            ("none", "No schedule"),
            ("source", "As scheduled in Odoo"),
            ("interval", "Every so often"),
            ("cron", "Cron expression"),
        ],
        default="none",
        required=True,
        tracking=True,
    )
    interval_number = fields.Integer(default=1)
    interval_unit = fields.Selection(selection=INTERVAL_UNITS, default="days")
    cron_expression = fields.Char(help="Five fields, e.g. 0 7 * * 1-5")
    schedule_tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone",
        default="UTC",
    )
    schedule_text = fields.Char(string="Schedule", compute="_compute_schedule_text")
    grace_minutes = fields.Integer(
        string="Grace (min)",
        help="How late is not late yet. 0: the default of the settings.",
    )
    expected_duration_ms = BigInteger(
        string="Expected Duration (ms)", help="0: not judged."
    )
    next_expected_at = fields.Datetime(readonly=True, copy=False)

    # How it is: written by the tick in plain SQL (monitor.health), never by hand
    health = HealthSelection(
        selection=HEALTHS,
        default="new",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand="_group_expand_health",
    )
    health_reason_code = fields.Char(readonly=True, copy=False)
    health_params = fields.Json(readonly=True, copy=False)
    health_reason = fields.Text(string="Reason", compute="_compute_health_reason")
    health_since = fields.Datetime(readonly=True, copy=False)
    last_run_at = fields.Datetime(readonly=True, copy=False)
    last_success_at = fields.Datetime(readonly=True, copy=False)
    last_failure_at = fields.Datetime(readonly=True, copy=False)
    last_duration_ms = BigInteger(readonly=True, copy=False, aggregator="avg")
    running_since = fields.Datetime(readonly=True, copy=False)
    consecutive_failures = fields.Integer(readonly=True, copy=False, aggregator="max")
    run_count_7d = fields.Integer(string="Runs (7 d)", readonly=True, copy=False)
    failure_count_7d = fields.Integer(
        string="Failures (7 d)", readonly=True, copy=False
    )
    success_rate_7d = fields.Float(
        string="Success Rate (7 d)", readonly=True, copy=False, aggregator="avg"
    )
    p50_ms = BigInteger(
        string="50 % End Within (ms)", readonly=True, copy=False, aggregator="max"
    )
    p95_ms = BigInteger(
        string="95 % End Within (ms)", readonly=True, copy=False, aggregator="max"
    )
    p99_ms = BigInteger(
        string="99 % End Within (ms)", readonly=True, copy=False, aggregator="max"
    )
    trend_7d = fields.Json(string="Last 7 Days", readonly=True, copy=False)
    next_check_at = fields.Datetime(readonly=True, copy=False)

    step_ids = fields.One2many(
        comodel_name="monitor.flow.step", inverse_name="workflow_id", copy=True
    )
    run_ids = fields.One2many(
        comodel_name="monitor.run", inverse_name="workflow_id", readonly=True
    )
    error_group_ids = fields.One2many(
        comodel_name="monitor.error.group", inverse_name="workflow_id", readonly=True
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already in use.")
    _source_uniq = models.UniqueIndex(
        "(source_model, source_id) WHERE source_model IS NOT NULL"
    )
    _next_check_idx = models.Index("(next_check_at)")

    @api.depends(*SCHEDULE_FIELDS)
    def _compute_schedule_text(self):
        for workflow in self:
            workflow.schedule_text = schedule.in_words(as_schedule(workflow))

    @api.depends("health", "health_reason_code", "health_params")
    @api.depends_context("lang", "tz", "uid")
    def _compute_health_reason(self):
        for workflow in self:
            workflow.health_reason = workflow._reason()

    def _reason(self):
        """Return why the health is what it is, in the reader's language and zone."""
        self.ensure_one()
        if self.health_reason_code not in health.REASONS:
            return self.env._("Not looked at yet")
        code, params = self.health_reason_code, unpack_params(self.health_params)
        if not self._may_quote(params.pop("company_id", None)):
            code, params = f"{code}_plain", params | {"error": None}
        verdict = health.Verdict(self.health, code, params)
        return health.render(
            verdict,
            show_moment=self._show_moment,
            show_duration=lambda delta: schedule.format_duration(
                delta.total_seconds() * 1000
            ),
            translate=self._translate_reason,
        )

    def _may_quote(self, company_id):
        """Whether the reader may read an error that users of that company met."""
        user = self.env.user
        return (
            not company_id or user._is_superuser() or company_id in user.company_ids.ids
        )

    def _show_moment(self, moment):
        """Return a moment as people say it: the time alone when it is today."""
        local = fields.Datetime.context_timestamp(self, moment)
        today = fields.Datetime.context_timestamp(self, clock.utcnow()).date()
        if local.date() == today:
            return f"{local:%H:%M}"
        return format_datetime(self.env, moment, dt_format="medium")

    def _translate_reason(self, template):
        # The templates are marked for extraction where they stand (tools/health.py).
        return self.env._(template)  # pylint: disable=translation-not-lazy

    @api.model
    def _group_expand_health(self, _values, _domain):
        """Show the columns that ask for attention also while they are empty."""
        return ["failing", "late", "degraded", "paused", "healthy"]

    @api.constrains("code")
    def _check_code(self):
        for workflow in self:
            if not slug.is_valid_code(workflow.code):
                raise ValidationError(
                    self.env._(
                        "Code “%s”: use lower-case letters, digits, dots, dashes and "
                        "underscores, 128 at most.",
                        workflow.code,
                    )
                )

    @api.constrains("captured")
    def _check_captured(self):
        """What others report cannot be left unobserved, it can be paused."""
        for workflow in self:
            if not workflow.captured and not workflow.source_model:
                raise ValidationError(
                    self.env._(
                        "“%s” is reported by another system and always recorded. Pause "
                        "or archive it instead.",
                        workflow.name,
                    )
                )

    @api.constrains(*SCHEDULE_FIELDS)
    def _check_schedule(self):
        for workflow in self:
            if workflow.schedule_type == "source":
                continue  # Odoo's own business: it has intervals of 833 years
            problem = schedule.validate(as_schedule(workflow))
            if problem:
                raise ValidationError(self.env._("Schedule: %s", problem))

    @api.constrains(
        "grace_minutes", "expected_duration_ms", "rto_minutes", "rpo_minutes"
    )
    def _check_not_negative(self):
        for workflow in self:
            for name in (
                "grace_minutes",
                "expected_duration_ms",
                "rto_minutes",
                "rpo_minutes",
            ):
                if workflow[name] < 0:
                    label = workflow._fields[name]._description_string(self.env)
                    raise ValidationError(self.env._("%s cannot be negative.", label))

    @api.model_create_multi
    def create(self, vals_list):
        workflows = super().create(vals_list)
        workflows._set_next_expected()
        self.env["monitor.discovery"]._forget_captured_sources()
        return workflows

    def write(self, vals):
        vals = self._with_confirmations(vals)
        if REVIEWED_FIELDS & vals.keys() and "next_check_at" not in vals:
            vals["next_check_at"] = False  # the next tick looks at it
        result = super().write(vals)
        if (
            not {"next_expected_at"} & vals.keys()
            and set(SCHEDULE_FIELDS) & vals.keys()
        ):
            self._set_next_expected()
        if {"captured", "active", "source_model", "source_id"} & vals.keys():
            self.env["monitor.discovery"]._forget_captured_sources()
        return result

    @api.model
    def _with_confirmations(self, vals):
        """Whoever sets what was guessed has confirmed it."""
        vals = dict(vals)
        if "process_owner_id" in vals:
            vals.setdefault("owner_guessed", False)
        if "criticality" in vals:
            vals.setdefault("criticality_guessed", False)
        return vals

    def unlink(self):
        """Delete the history too: runs and events reference without a constraint."""
        ids = tuple(self.ids)
        result = super().unlink()
        if ids:
            for table in ("monitor_run", "monitor_event_data"):
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE workflow_id IN %s",
                        SQL.identifier(table),
                        ids,
                    )
                )
        self.env["monitor.discovery"]._forget_captured_sources()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_discovered(self):
        for workflow in self:
            if workflow.source_model and workflow.source_state != "missing":
                raise UserError(
                    self.env._(
                        "“%s” exists in Odoo and would be found again within a minute. "
                        "Switch off “Monitored” instead.",
                        workflow.name,
                    )
                )
        self.step_ids._check_not_recorded()

    def _set_next_expected(self):
        """Compute when a workflow with a schedule of its own is due next."""
        now = clock.utcnow()
        self = self.sudo()  # sudo: whoever sets a schedule does not set this moment
        for workflow in self.filtered(
            lambda w: w.schedule_type in ("interval", "cron")
        ):
            due = schedule.next_after(as_schedule(workflow), now)
            workflow.next_expected_at = due and due.replace(microsecond=0)
        self.filtered(lambda w: w.schedule_type == "none").next_expected_at = False
