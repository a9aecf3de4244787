from odoo import api, fields, models

from odoo.addons.monitor_core.tools.scales import SEVERITIES

from ..tools.scales import ALERT_STATES, END_REASONS, SUPPRESSIONS
from .sentences import render


class MonitorAlert(models.Model):
    """A firing of a rule for one set of labels, from first to last occurrence."""

    _name = "monitor.alert"
    _description = "Monitor Alert"
    _inherit = [
        "monitor.alert.external",
        "monitor.alert.group",
        "monitor.alert.row",
        "monitor.alert.suppression",
        "monitor.alert.take",
    ]
    _log_access = False
    _order = "last_seen_at desc, id desc"

    name = fields.Char(readonly=True, help="In business words.")
    rule_id = fields.Many2one(
        comodel_name="monitor.rule", ondelete="set null", index=True, readonly=True
    )
    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow", ondelete="set null", index=True, readonly=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        ondelete="cascade",  # without a company, all companies see it
        index="btree_not_null",
        readonly=True,
    )
    source = fields.Char(default="rule", readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    labels = fields.Json(readonly=True)
    state = fields.Selection(
        selection=ALERT_STATES, required=True, default="firing", readonly=True
    )
    suppression = fields.Selection(selection=SUPPRESSIONS, readonly=True)
    suppressed_by = fields.Char(readonly=True)
    silence_id = fields.Many2one(
        comodel_name="monitor.silence",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The silence or maintenance window that mutes it, or did last.",
    )
    muted_at = fields.Datetime(
        readonly=True, help="Since when, having fired, what mutes it now does."
    )
    released_at = fields.Datetime(
        readonly=True, help="When a silence or maintenance window ended meanwhile."
    )
    explains = fields.Boolean(
        readonly=True, help="An inhibition names it as what explains other alerts."
    )
    severity = fields.Selection(selection=SEVERITIES, required=True, readonly=True)
    count = fields.Integer(string="Times", default=1, readonly=True)
    value = fields.Float(readonly=True, aggregator=None)  # of no one unit
    summary_code = fields.Char(readonly=True)
    summary_params = fields.Json(readonly=True)
    summary = fields.Char(compute="_compute_summary")
    first_seen_at = fields.Datetime(required=True, readonly=True)
    last_seen_at = fields.Datetime(required=True, readonly=True)
    fired_at = fields.Datetime(readonly=True, help="When it had lasted long enough.")
    clear_since = fields.Datetime(
        readonly=True, help="Since when the condition does not hold any more."
    )
    resolved_at = fields.Datetime(readonly=True)
    end_reason = fields.Selection(
        selection=END_REASONS,
        string="Ended Because",
        readonly=True,
        help="Why nobody looks any more; empty where it recovered.",
    )
    next_check_at = fields.Datetime(readonly=True)
    flips = fields.Json(readonly=True, help="When it lately began and ended.")
    flapping = fields.Boolean(readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", readonly=True
    )
    first_run_id = fields.Many2oneReference(model_field="run_model", readonly=True)
    last_run_id = fields.Many2oneReference(model_field="run_model", readonly=True)
    run_model = fields.Char(compute="_compute_run_model")
    sample_run_ids = fields.Json(readonly=True)
    annotations = fields.Json(readonly=True, help="What an outside source adds.")
    incident_id = fields.Many2one(
        comodel_name="monitor.incident",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )

    # One open alert for one set of labels, whoever looks at the same moment.
    _open_uniq = models.UniqueIndex("(fingerprint) WHERE state <> 'resolved'")
    _due_idx = models.Index("(next_check_at) WHERE next_check_at IS NOT NULL")
    # Alerts before one with the same labels, for how often it began and ended.
    _past_idx = models.Index("(fingerprint, resolved_at)")
    _explains_idx = models.Index("(id) WHERE explains AND state <> 'resolved'")
    _muted_idx = models.Index("(suppression) WHERE state = 'suppressed'")
    _closed_idx = models.Index("(resolved_at) WHERE state = 'resolved'")
    _open_rule_idx = models.Index("(rule_id, workflow_id) WHERE state <> 'resolved'")

    def _compute_run_model(self):
        self.run_model = "monitor.run"

    @api.depends("summary_code", "summary_params", "name")
    @api.depends_context("lang", "tz", "uid")
    def _compute_summary(self):
        for alert in self:
            text = render(alert, alert.summary_code, alert.summary_params)
            alert.summary = text or alert.name
