from odoo import api, fields, models

from odoo.addons.monitor_core.models.columns import BigInteger
from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.scales import SEVERITIES

from ..tools.scales import INCIDENT_STATES, PRIORITIES


class MonitorIncident(models.Model):
    """Something a person has to act on: owned, with deadlines, until it is over."""

    _name = "monitor.incident"
    _description = "Monitor Incident"
    _inherit = [
        "monitor.incident.direct",
        "monitor.incident.context",
        "monitor.incident.earlier",
        "monitor.incident.export",
        "monitor.incident.integrity",
        "monitor.incident.actions",
        "monitor.incident.merge",
        "monitor.incident.advance",
        "monitor.incident.follow",
        "monitor.incident.impact",
        "monitor.incident.intake",
        "monitor.incident.news",
        "monitor.incident.nudge",
        "monitor.incident.priority",
        "monitor.incident.screen",
        "monitor.incident.server.action",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "priority, first_seen_at desc, id desc"

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    title = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        selection=INCIDENT_STATES,
        required=True,
        default="new",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    severity = fields.Selection(
        selection=SEVERITIES, required=True, default="error", tracking=True
    )
    priority = fields.Selection(
        selection=PRIORITIES,
        required=True,
        default="3",
        readonly=True,
        help="Impact × urgency; P1 is the most urgent.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        ondelete="cascade",  # without a company, all companies see it
        index="btree_not_null",
        readonly=True,
    )
    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    rule_id = fields.Many2one(
        comodel_name="monitor.rule", ondelete="set null", readonly=True
    )
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", readonly=True
    )
    group_key = fields.Char(readonly=True, copy=False)
    labels = fields.Json(readonly=True, copy=False)

    # Who and until when
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        index="btree_not_null",
        domain=[("share", "=", False)],
        tracking=True,
        copy=False,
    )
    owner_reason = fields.Char(readonly=True, help="Why it is this person's.")
    team_id = fields.Many2one(
        comodel_name="monitor.team", index="btree_not_null", tracking=True
    )
    respond_by = fields.Datetime(readonly=True, copy=False)
    resolve_by = fields.Datetime(readonly=True, copy=False)
    respond_breached_at = fields.Datetime(readonly=True, copy=False)
    resolve_breached_at = fields.Datetime(readonly=True, copy=False)

    # What happened when
    count = fields.Integer(string="Times", default=1, readonly=True, copy=False)
    alert_count = fields.Integer(readonly=True, copy=False)
    first_seen_at = fields.Datetime(required=True, readonly=True, copy=False)
    last_seen_at = fields.Datetime(required=True, readonly=True, copy=False)
    opened_at = fields.Datetime(readonly=True, copy=False)
    acknowledged_at = fields.Datetime(readonly=True, copy=False)
    acknowledged_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    resolved_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    snoozed_at = fields.Datetime(readonly=True, copy=False)
    snoozed_until = fields.Datetime(readonly=True, copy=False)
    grouped_at = fields.Datetime(
        readonly=True, copy=False, help="When it was noticed; the group wait counts."
    )
    held_open_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When somebody reopened it: what was over by then does not resolve it.",
    )
    frozen_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="From then on what comes new is an incident of its own.",
    )
    released_at = fields.Datetime(
        readonly=True, copy=False, help="When a silence or a snooze ended meanwhile."
    )
    resolution = fields.Selection(
        selection=[
            ("recovered", "Recovered by itself"),
            ("fixed", "Fixed"),
            ("no_action", "No action needed"),
            ("self_resolved", "Over before anybody was told"),
            ("unwatched", "Not watched any more"),
            ("merged", "Merged"),
        ],
        readonly=True,
        copy=False,
    )
    resolution_note = fields.Text(copy=False)
    evidence = fields.Json(readonly=True, copy=False)
    flapping = fields.Boolean(readonly=True, copy=False)
    merged_into_id = fields.Many2one(
        comodel_name="monitor.incident", readonly=True, copy=False, index=True
    )
    previous_id = fields.Many2one(
        comodel_name="monitor.incident",
        string="Earlier Incident",
        index="btree_not_null",
        readonly=True,
        copy=False,
        help="The same before this one, and what resolved it.",
    )
    reopen_count = fields.Integer(readonly=True, copy=False)
    action_count = fields.Integer(
        readonly=True, copy=False, help="What people did about it. None: noise."
    )

    # Impact
    value_at_stake = fields.Monetary(readonly=True, copy=False)
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        readonly=True,
        copy=False,
        help="Of the value at stake: that of the company when it was worked out.",
    )
    record_count = fields.Integer(string="Records Affected", readonly=True, copy=False)
    customer_count = fields.Integer(
        string="Customers Affected", readonly=True, copy=False
    )

    # Escalation and notification
    escalation_policy_id = fields.Many2one(
        comodel_name="monitor.escalation.policy", readonly=True, copy=False
    )
    escalation_snapshot = fields.Json(
        readonly=True,
        copy=False,
        help="The policy as it was when the incident opened: edits do not disturb it.",
    )
    escalation_level = fields.Integer(readonly=True, copy=False)
    escalation_loop = fields.Integer(readonly=True, copy=False)
    next_step_at = fields.Datetime(
        readonly=True, copy=False, help="When escalation looks at it next."
    )
    notify_at = fields.Datetime(
        readonly=True, copy=False, help="When people are told of what is new."
    )
    last_notified_at = fields.Datetime(readonly=True, copy=False)
    notified_state = fields.Json(
        readonly=True, copy=False, help="What was told: alerts that fired, resolved."
    )

    # Metrics, in milliseconds
    detect_ms = BigInteger(string="Time to Detect (ms)", readonly=True, copy=False)
    acknowledge_ms = BigInteger(
        string="Time to Acknowledge (ms)", readonly=True, copy=False, aggregator="avg"
    )
    resolve_ms = BigInteger(
        string="Time to Resolve (ms)", readonly=True, copy=False, aggregator="avg"
    )

    noise_ratio = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="1 for what was closed without anybody doing anything, else 0.",
    )

    # Post-mortem of a critical one
    postmortem_required = fields.Boolean(readonly=True, copy=False)
    root_cause = fields.Html(copy=False)
    impact_text = fields.Html(string="Impact", copy=False)
    lessons = fields.Html(string="Lessons and Measures", copy=False)

    alert_ids = fields.One2many(
        comodel_name="monitor.alert", inverse_name="incident_id", readonly=True
    )
    entry_ids = fields.One2many(
        comodel_name="monitor.incident.entry", inverse_name="incident_id", readonly=True
    )
    notification_ids = fields.One2many(
        comodel_name="monitor.notification",
        inverse_name="incident_id",
        readonly=True,
        groups="monitor_core.group_monitor_operator,monitor_core.group_monitor_auditor",
    )

    # One open incident of a group, whoever opens it at the same moment.
    _open_uniq = models.UniqueIndex(
        "(group_key) WHERE group_key IS NOT NULL "
        "AND state IN ('new', 'acknowledged', 'in_progress', 'snoozed')"
    )
    _name_uniq = models.UniqueIndex("(name) WHERE name <> '/'")
    _next_step_idx = models.Index("(next_step_at) WHERE next_step_at IS NOT NULL")
    _resolved_idx = models.Index("(resolved_at) WHERE state = 'resolved'")
    _closed_idx = models.Index("(closed_at) WHERE closed_at IS NOT NULL")
    _group_idx = models.Index("(group_key, opened_at)")
    # few at a time: of those the new owner was not told yet
    _owner_untold_idx = models.Index("(id) WHERE told_user_id <> user_id")
    _priority_idx = models.Index(
        "(priority_review_at) WHERE priority_review_at IS NOT NULL"
    )
    _notify_idx = models.Index("(notify_at) WHERE notify_at IS NOT NULL")

    @api.autovacuum
    def _gc_incidents(self):
        """Delete in batches incidents that were closed long ago."""
        return self._delete_old(clock.utcnow())

    @api.autovacuum
    def _gc_alerts(self):
        """Delete in batches alerts that are over for long."""
        return self._delete_old_alerts(clock.utcnow())
