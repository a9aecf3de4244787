from odoo import api, fields, models
from odoo.tools import SQL, formatLang

SHOWN_SIMILAR = 5
MS_PER_HOUR = 3_600_000
MEASURED = ("acknowledge_hours", "resolve_hours", "acknowledge_ms", "resolve_ms")


class MonitorIncidentScreen(models.AbstractModel):
    """What the screens of an incident need."""

    _name = "monitor.incident.screen"
    _description = "Monitor Incident: Screens"

    reason = fields.Char(compute="_compute_reason", string="Why")
    impact_line = fields.Char(compute="_compute_impact_line", string="At Stake")
    runbook = fields.Html(compute="_compute_runbook", string="Next Step")
    runbook_url = fields.Char(compute="_compute_runbook")
    acknowledge_hours = fields.Float(
        string="Hours to Acknowledge",
        compute="_compute_hours",
        store=True,
        aggregator="avg",
    )
    resolve_hours = fields.Float(
        string="Hours to Resolve",
        compute="_compute_hours",
        store=True,
        aggregator="avg",
    )
    can_run_again = fields.Boolean(compute="_compute_can_run_again")
    similar_ids = fields.Many2many(
        comodel_name="monitor.incident",
        compute="_compute_similar_ids",
        string="Earlier Ones",
    )

    @api.depends("alert_ids.state", "alert_ids.summary_code")
    @api.depends_context("lang", "tz", "uid")
    def _compute_reason(self):
        for incident in self:
            firing = incident.alert_ids.filtered(lambda a: a.state == "firing")
            lead = (firing or incident.alert_ids)[:1]
            incident.reason = lead.summary or False

    @api.depends("value_at_stake", "record_count", "customer_count")
    def _compute_impact_line(self):
        for incident in self:
            parts = []
            if incident.record_count == 1:
                parts.append(self.env._("1 record"))
            elif incident.record_count:
                parts.append(self.env._("%s records", incident.record_count))
            if incident.value_at_stake:
                currency = incident.currency_id or self.env.company.currency_id
                parts.append(
                    formatLang(self.env, incident.value_at_stake, currency_obj=currency)
                )
            if incident.customer_count == 1:
                parts.append(self.env._("1 customer"))
            elif incident.customer_count:
                parts.append(self.env._("%s customers", incident.customer_count))
            incident.impact_line = ", ".join(parts) or False

    @api.depends("acknowledge_ms", "resolve_ms")
    def _compute_hours(self):
        for incident in self:
            incident.acknowledge_hours = (incident.acknowledge_ms or 0) / MS_PER_HOUR
            incident.resolve_hours = (incident.resolve_ms or 0) / MS_PER_HOUR

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Average the times of those that were acknowledged or resolved, not all."""
        name, _colon, function = aggregate_spec.partition(":")
        if function == "avg" and name in MEASURED:
            column = self._field_to_sql(self._table, name, query)
            return SQL("AVG(NULLIF(%s, 0))", column)
        return super()._read_group_select(aggregate_spec, query)

    @api.depends("rule_id.runbook_html", "workflow_id.runbook_html")
    def _compute_runbook(self):
        for incident in self:
            # sudo: the next step is for whoever may see the incident
            rule, workflow = incident.rule_id.sudo(), incident.workflow_id.sudo()
            incident.runbook = rule.runbook_html or workflow.runbook_html
            incident.runbook_url = rule.runbook_url or workflow.runbook_url

    @api.depends("workflow_id", "state")
    def _compute_can_run_again(self):
        for incident in self:
            # sudo: only whether the button leads anywhere
            workflow = incident.workflow_id.sudo()
            incident.can_run_again = bool(
                workflow.run_now_allowed
                and workflow.source_model == "ir.cron"
                and workflow.source_state == "active"
            )

    @api.depends("rule_id", "workflow_id")
    def _compute_similar_ids(self):
        """Find the same before: of the same rule on the same workflow, the newest."""
        for incident in self:
            domain = [
                ("id", "!=", incident._origin.id),
                ("rule_id", "=", incident.rule_id.id),
                ("workflow_id", "=", incident.workflow_id.id),
                ("state", "in", ("resolved", "closed")),
            ]
            known = incident.rule_id or incident.workflow_id
            incident.similar_ids = (
                self.search(domain, limit=SHOWN_SIMILAR) if known else False
            )

    def action_open_record(self):
        """Open the record that the incident is about."""
        self.ensure_one()
        if self.model not in self.env or not self.res_id:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def action_open_workflow(self):
        """Open the workflow that the incident is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "monitor.workflow",
            "res_id": self.workflow_id.id,
            "views": [(False, "form")],
        }

    def action_open_runs(self):
        """Open the runs of the workflow since the incident began."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Runs since it began"),
            "res_model": "monitor.run",
            "view_mode": "list,form",
            "domain": [
                ("workflow_id", "=", self.workflow_id.id),
                ("started_at", ">=", self.first_seen_at),
            ],
        }

    def _ask(self, operation, title):
        """Return the window that asks what an operation needs to know."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "monitor.incident.act",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_operation": operation,
                "default_incident_ids": self.ids,
            },
        }

    def action_resolve_ask(self):
        """Ask how it was resolved."""
        return self._ask("resolve", self.env._("Resolve"))

    def action_snooze(self):
        """Ask until when it is put off."""
        return self._ask("snooze", self.env._("Snooze"))

    def action_reassign(self):
        """Ask who takes it over."""
        return self._ask("reassign", self.env._("Reassign"))

    def action_add_note(self):
        """Ask for a note."""
        return self._ask("note", self.env._("Add a note"))

    def action_merge(self):
        """Ask into which incident these are merged."""
        return self._ask("merge", self.env._("Merge"))

    def action_escalate(self):
        """Go to the next level of the escalation now."""
        return self.escalate()
