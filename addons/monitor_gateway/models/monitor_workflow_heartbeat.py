from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.monitor_core.tools import schedule

from ..tools import snippets

OPERATORS = "monitor_core.group_monitor_operator"


class MonitorWorkflowHeartbeat(models.AbstractModel):
    """What operators see and do with a heartbeat."""

    _name = "monitor.workflow.heartbeat"
    _description = "Monitored Workflow: Heartbeat"

    ping_rhythm = fields.Char(
        string="Expected",
        compute="_compute_ping_rhythm",
        help="How often it should come, and how late is not late yet.",
    )
    ping_first = fields.Char(
        string="First Ping", compute="_compute_ping_first", groups=OPERATORS
    )

    @api.depends("schedule_text", "grace_minutes")
    def _compute_ping_rhythm(self):
        for workflow in self:
            grace = self.env["monitor.health"]._grace(workflow)
            workflow.ping_rhythm = workflow.schedule_text and self.env._(
                "%(every)s, %(grace)s of grace",
                every=workflow.schedule_text,
                grace=schedule.format_duration(grace.total_seconds() * 1000),
            )

    @api.depends("ping_url")
    def _compute_ping_first(self):
        for workflow in self:
            url = workflow.ping_url
            workflow.ping_first = url and snippets.first(url)

    @api.onchange("name")
    def _onchange_name(self):
        """Spare people to think of a code for a new heartbeat."""
        if self.kind == "heartbeat" and self.name and not self.code:
            self.code = self._free_heartbeat_code(self.name)

    def action_send_test_ping(self):
        """Have the browser call the address, as the job will.

        It sends a note (``/log``): nobody makes a job look well that did not work.
        """
        self.ensure_one()
        self._require_operator()
        if self.kind != "heartbeat":
            raise UserError(self.env._("“%s” is no heartbeat.", self.name))
        return {
            "type": "ir.actions.client",
            "tag": "monitor_test_ping",
            "params": {
                "url": f"{self.ping_url}/log",
                "text": self.env._("Test ping by %s", self.env.user.name),
            },
        }

    @api.model
    def get_empty_list_help(self, help_message):
        """Show operators the line by which a job makes its own heartbeat."""
        text = super().get_empty_list_help(help_message)
        if not self.env.context.get("monitor_heartbeats"):
            return text
        if not self.env.user.has_group(OPERATORS):
            return text
        # sudo: everybody's links begin with it
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        key = self.env.company.monitor_ping_key
        url = f"{base}/monitor/ping/{key}/nightly-backup?create=1"
        hint = Markup("<p>%s</p><p><code>%s</code></p>") % (
            self.env._("Or let a job make its own heartbeat, when it first pings:"),
            snippets.first(url),
        )
        return Markup(text or "") + hint
