import operator as compared

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.monitor_core.tools import clock

from ..tools.scales import OPEN_STATES

OPERATOR = "monitor_core.group_monitor_operator"
#: What rules choose workflows by.
SCOPED = {
    "active", "paused", "company_id", "kind", "tag_ids", "team_id", "criticality",
}  # fmt: skip
#: How a number of incidents may be searched.
COMPARISONS = {
    "in": lambda count, values: count in {int(value) for value in values},
    "not in": lambda count, values: count not in {int(value) for value in values},
    "=": compared.eq,
    "!=": compared.ne,
    ">": compared.gt,
    ">=": compared.ge,
    "<": compared.lt,
    "<=": compared.le,
}
SEVERITY_OF = {"failing": "error", "late": "warning", "degraded": "warning"}


class MonitorWorkflow(models.Model):
    """Its open incidents, on the board, on its form and in the RPC ``health``."""

    _inherit = "monitor.workflow"

    rules_due = fields.Boolean(
        readonly=True,
        copy=False,
        help="Its health was reviewed: rules look at it in the next stage of the tick.",
    )
    rules_check_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When rules about a window look again although nothing happens.",
    )
    incident_ids = fields.One2many(
        comodel_name="monitor.incident", inverse_name="workflow_id", readonly=True
    )
    open_incidents = fields.Integer(
        compute="_compute_open_incidents", search="_search_open_incidents"
    )
    open_incident_id = fields.Many2one(
        comodel_name="monitor.incident",
        string="Most Urgent Incident",
        compute="_compute_open_incidents",
    )

    _rules_due_idx = models.Index("(id) WHERE rules_due")
    _rules_check_idx = models.Index("(rules_check_at) WHERE rules_check_at IS NOT NULL")

    @api.depends("incident_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_incidents(self):
        """Count what the reader may see, in one query for a whole board."""
        incidents = self.env["monitor.incident"]
        self.open_incidents, self.open_incident_id = 0, False
        if not incidents.has_access("read"):
            return
        found = incidents.search(
            [("workflow_id", "in", self.ids), ("state", "in", OPEN_STATES)]
        )
        for workflow, members in found.grouped("workflow_id").items():
            mine = workflow & self
            mine.open_incidents, mine.open_incident_id = len(members), members[0]

    @api.model
    def _search_open_incidents(self, operator, value):
        """Find workflows that have some, or none."""
        compare = COMPARISONS.get(operator)
        if compare is None or isinstance(value, str):
            return NotImplemented
        incidents = self.env["monitor.incident"]
        open_ones = [("workflow_id", "!=", False), ("state", "in", OPEN_STATES)]
        counted = incidents._read_group(open_ones, ["workflow_id"], ["__count"])
        if compare(0, value):
            wrong = [found.id for found, count in counted if not compare(count, value)]
            return [("id", "not in", wrong)]
        right = [found.id for found, count in counted if compare(count, value)]
        return [("id", "in", right)]

    def write(self, vals):
        """Have the rules look again at what other rules may look at now."""
        if SCOPED & vals.keys():
            vals = {**vals, "rules_due": True}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_ends_alerts(self):
        """Of a workflow that is deleted nobody says anything more: its alerts end."""
        self.env["monitor.alert"]._end([("workflow_id", "in", self.ids)], "deleted")

    def _health_values(self):
        values = super()._health_values()
        values["open_incidents"] = self.open_incidents
        return values

    def action_open_incidents(self):
        """Show its incidents; the only open one at once."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "monitor_incident.monitor_incident_action"
        )
        action["domain"] = [("workflow_id", "=", self.id)]
        action["context"] = {"default_workflow_id": self.id}
        if self.open_incidents == 1:
            action.update(
                res_id=self.open_incident_id.id, views=[(False, "form")], domain=[]
            )
        return action

    def action_open_incident(self):
        """Open an incident by hand, or show the one that somebody opened before."""
        self.ensure_one()
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(self.env._("Only operators open incidents."))
        self.check_access("read")
        now = clock.utcnow().replace(microsecond=0)
        # sudo: incidents are written by the system alone; the group was checked
        incidents = self.env["monitor.incident"].sudo()
        key = f"manual:{self.id}:{self.company_id.id or 0}"
        incident = incidents._of_groups([key], now).get(key, incidents.browse())
        if incident.state not in OPEN_STATES:
            values = {
                "title": self._incident_title(),
                "severity": SEVERITY_OF.get(self.health, "error"),
                "workflow_id": self.id,
                "company_id": self.company_id.id,
            }
            try:
                with self.env.cr.savepoint():
                    incident = incidents._open_directly(key, values, now)
            except psycopg2.errors.UniqueViolation:
                raise UserError(
                    self.env._("Somebody opened an incident just now. Reload the page.")
                ) from None
        return {
            "type": "ir.actions.act_window",
            "res_model": "monitor.incident",
            "res_id": incident.id,
            "views": [(False, "form")],
        }

    def _incident_title(self):
        """Return the name and what is wrong with it."""
        return ": ".join(filter(None, [self.name, self.health_reason]))
