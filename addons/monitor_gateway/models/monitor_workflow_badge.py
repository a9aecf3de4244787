import hmac
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.monitor_core.tools import clock

from ..tools import badge

TOKEN_BYTES = 24  # 192 random bits
IS_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")  # as token_urlsafe makes them
MANAGER = "monitor_core.group_monitor_manager"
# While the monitor itself does not look, what it last saw is no news.
CURRENT = ("ok", "failing")


class MonitorWorkflow(models.Model):
    """A workflow may have a status badge, which whoever knows its address can see."""

    _inherit = "monitor.workflow"

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
            workflow.badge_token = secrets.token_urlsafe(TOKEN_BYTES)
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
    def _badge(self, token):
        """Return the :class:`badge.Badge` at an address, ``None`` where there is none.

        Callable without rights: nothing but the name and the health leaves it.
        """
        if not IS_TOKEN.fullmatch(token):
            return None
        # sudo: whoever knows the token may see this much
        workflow = self.sudo().search([("badge_token", "=", token)], limit=1)
        if not workflow or not hmac.compare_digest(
            workflow.badge_token.encode(), token.encode()
        ):
            return None
        state = self.env["monitor.tick"].sudo()._state(clock.utcnow())
        health = workflow.health if state["status"] in CURRENT else "unknown"
        return badge.make(workflow.name, health)
