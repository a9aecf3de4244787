from odoo import fields, models

from odoo.addons.monitor_core.tools import clock

from ..tools.delegation import MAX_HOPS


class ResUsers(models.Model):
    """Whom a user stands in for is asked by record rules."""

    _inherit = "res.users"

    monitor_principal_ids = fields.Many2many(
        comodel_name="res.users",
        string="Stands In For",
        compute="_compute_monitor_principal_ids",
        help="Herself, and those who delegated to her, now.",
    )

    def _compute_monitor_principal_ids(self):
        # sudo: delegations of colleagues
        found = self.env["monitor.approval.delegation"].sudo()
        pairs = [
            (one.from_user, one.to_user)
            for _about, one in found._in_force(clock.utcnow())
        ]
        for user in self:
            persons, around = set(user.ids), set(user.ids)
            for _hop in range(MAX_HOPS):
                around = {giver for giver, to in pairs if to in around} - persons
                persons |= around
            user.monitor_principal_ids = user.browse(sorted(persons))

    def _keep_reminded(self, activity):
        """Move a reminder to what else waits for the user; without that it goes."""
        # sudo: what waits for a colleague, whoever decided
        other = (
            self.env["monitor.approval"]
            .sudo()
            .search(
                [
                    ("state", "=", "pending"),
                    ("holder_ids", "in", self.ids),
                    ("warned_at", "!=", False),
                ],
                order="due_at, id",
                limit=1,
            )
        )
        if other:
            activity.res_id = other.id
        else:
            activity.unlink()
