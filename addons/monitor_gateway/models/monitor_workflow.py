import secrets
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.monitor_core.tools import address_token, clock, slug

from ..tools import badge, ping, snippets
from .monitor_workflow_heartbeat import OPERATORS

MANAGER = "monitor_core.group_monitor_manager"
# While the monitor itself does not look, what it last saw is no news.
CURRENT = ("ok", "failing")
#: As Healthchecks: once a day, an hour of grace.
DEFAULTS = {
    "schedule_type": "interval",
    "interval_number": 1,
    "interval_unit": "days",
    "grace_minutes": 60,
}


class MonitorWorkflow(models.Model):
    """What a workflow has to do with the web: ping addresses and status badge.

    A heartbeat is a job outside Odoo that says by a web address that it works.
    """

    _name = "monitor.workflow"
    _inherit = ["monitor.workflow", "monitor.workflow.heartbeat"]

    ping_uuid = fields.Char(
        string="Ping UUID",
        compute="_compute_ping_uuid",
        store=True,
        readonly=True,
        copy=False,
        groups=OPERATORS,
        help="Whoever knows it can ping this heartbeat.",
    )
    ping_slug = fields.Char(
        string="Name in Addresses",
        compute="_compute_ping_slug",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        help="How jobs that know the ping key call this heartbeat.",
    )
    made_by_ping = fields.Boolean(
        readonly=True,
        copy=False,
        help="A job made this heartbeat by a ping with ?create=1.",
    )
    ping_ids = fields.One2many(
        comodel_name="monitor.ping", inverse_name="workflow_id", readonly=True
    )
    ping_url = fields.Char(
        string="Ping Address", compute="_compute_ping_urls", groups=OPERATORS
    )
    ping_slug_url = fields.Char(
        string="Address by Name", compute="_compute_ping_urls", groups=OPERATORS
    )
    ping_crontab = fields.Text(
        string="Crontab", compute="_compute_ping_urls", groups=OPERATORS
    )
    ping_curl = fields.Text(
        string="Shell script", compute="_compute_ping_urls", groups=OPERATORS
    )
    ping_python = fields.Text(
        string="Python", compute="_compute_ping_urls", groups=OPERATORS
    )
    ping_powershell = fields.Text(
        string="PowerShell", compute="_compute_ping_urls", groups=OPERATORS
    )

    _ping_uuid_uniq = models.UniqueIndex("(ping_uuid)")

    @api.depends("kind")
    def _compute_ping_uuid(self):
        for workflow in self:
            known = workflow.ping_uuid
            if workflow.kind == "heartbeat" and not known:
                known = str(uuid.uuid4())
            workflow.ping_uuid = known

    @api.depends("kind", "code")
    def _compute_ping_slug(self):
        for workflow in self:
            known = workflow.ping_slug
            if workflow.kind == "heartbeat" and not known and workflow.code:
                known = workflow.code[:100]
            workflow.ping_slug = known

    @api.depends(
        "ping_uuid", "ping_slug", "company_id", "schedule_type", "cron_expression"
    )
    @api.depends_context("company")
    def _compute_ping_urls(self):
        # sudo: everybody's links begin with it
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        for workflow in self:
            company = workflow.company_id or self.env.company
            # sudo: the key of the heartbeat's own company, for who may read its UUID
            key = company.sudo().monitor_ping_key
            known = workflow.kind == "heartbeat" and workflow.ping_uuid
            url = f"{base}/monitor/ping/{workflow.ping_uuid}"
            cron = workflow.schedule_type == "cron" and workflow.cron_expression
            workflow.ping_url = url if known else False
            workflow.ping_slug_url = (
                f"{base}/monitor/ping/{key}/{workflow.ping_slug}"
                if known and workflow.ping_slug
                else False
            )
            workflow.ping_crontab = known and snippets.crontab(url, cron or None)
            workflow.ping_curl = known and snippets.shell(url)
            workflow.ping_python = known and snippets.python(url)
            workflow.ping_powershell = known and snippets.powershell(url)

    @api.constrains("ping_slug")
    def _check_ping_slug(self):
        for workflow in self:
            if workflow.ping_slug and not ping.is_slug(workflow.ping_slug):
                raise ValidationError(
                    self.env._(
                        "Name in addresses “%s”: use lower-case letters, digits, dots, "
                        "dashes and underscores, 100 at most.",
                        workflow.ping_slug,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        kind = self.default_get(["kind"]).get("kind")
        for vals in vals_list:
            if vals.get("kind", kind) == "heartbeat" and "schedule_type" not in vals:
                vals.update(DEFAULTS | vals)
        return super().create(vals_list)

    def unlink(self):
        """Delete the pings too: they reference without a constraint."""
        ids = self.ids
        result = super().unlink()
        # sudo: who may delete a heartbeat deletes what it received
        self.env["monitor.ping"].sudo().search([("workflow_id", "in", ids)]).unlink()
        return result

    def action_rotate_ping_uuid(self):
        """Give a new ping address; the old one is unknown from now on."""
        if not self.env.user.has_group("monitor_core.group_monitor_manager"):
            raise AccessError(
                self.env._("Only monitor managers may change a ping address.")
            )
        for workflow in self.filtered(lambda w: w.kind == "heartbeat"):
            workflow.ping_uuid = str(uuid.uuid4())
            workflow._note(self.env._("The ping address was changed."), "rotated")
        return True

    def action_open_pings(self):
        """Open what this heartbeat received."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pings of %s", self.name),
            "res_model": "monitor.ping",
            "view_mode": "list,form",
            "domain": [("workflow_id", "=", self.id)],
        }

    def _answer_within(self):
        """Return how long after its start a run has to tell its end."""
        self.ensure_one()
        expected = timedelta(milliseconds=self.expected_duration_ms or 0)
        return expected + self.env["monitor.health"]._grace(self)

    @api.model
    def _free_heartbeat_code(self, name):
        """Return a code like ``name`` that no workflow has."""
        code = slug.slugify(name)
        if self.with_context(active_test=False).search_count([("code", "=", code)]):
            code = f"{code[:119]}-{secrets.token_hex(4)}"
        return code

    # Status badge

    badge_token = fields.Char(readonly=True, copy=False, groups=MANAGER)
    badge_url = fields.Char(
        string="Badge", compute="_compute_badge_url", groups=MANAGER
    )

    _badge_token_uniq = models.UniqueIndex(
        "(badge_token) WHERE badge_token IS NOT NULL"
    )

    @api.depends("badge_token")
    def _compute_badge_url(self):
        for workflow in self:
            token = workflow.badge_token
            workflow.badge_url = token and (
                f"{workflow.get_base_url()}/monitor/badge/{token}.svg"
            )

    def action_share_badge(self):
        """Give each workflow a badge at a new address; an old one ends."""
        self._require_badge_manager()
        for workflow in self:
            workflow.badge_token = address_token.new()
        return True

    def action_stop_sharing_badge(self):
        """Take the badges away: their addresses are unknown from now on."""
        self._require_badge_manager()
        self.badge_token = False
        return True

    def _require_badge_manager(self):
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only managers of the Monitor share badges of workflows.")
            )

    @api.model
    def _shared_at(self, token):
        """Return the workflow whose badge has that address, or none, with ``sudo()``.

        Callable without rights: let nothing but ``_badge()`` of it leave.
        """
        # sudo: whoever knows the token may see this much
        workflows = self.sudo()
        if not address_token.is_token(token):
            return workflows.browse()
        workflow = workflows.search([("badge_token", "=", token)], limit=1)
        known = address_token.is_same(workflow.badge_token, token)
        return workflow if known else workflows.browse()

    def _badge(self):
        """Return the :class:`badge.Badge` of a shared workflow."""
        self.ensure_one()
        state = self.env["monitor.tick"].sudo()._state(clock.utcnow())
        health = self.health if state["status"] in CURRENT else "unknown"
        return badge.make(self.name, health)
