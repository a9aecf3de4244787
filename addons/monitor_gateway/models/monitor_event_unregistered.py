from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import event_type


class MonitorEventUnregistered(models.Model):
    """Types that senders use and nobody registered (a view on the tallies).

    A row per name and company; the last row, without a name, is all those there was no
    room for. A type leaves the list when it is registered, or a month after its last
    event.
    """

    _name = "monitor.event.unregistered"
    _description = "Unregistered Event Type"
    _auto = False
    _log_access = False
    _order = "last_seen_at desc, id"
    _depends = {
        "monitor.event.tally": ["name", "unregistered_count"],
        "monitor.event.type": ["name", "active"],
    }

    name = fields.Char(string="Type", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    event_count = fields.Integer(string="Events", readonly=True)
    first_seen_at = fields.Datetime(readonly=True)
    last_seen_at = fields.Datetime(readonly=True)
    last_source = fields.Char(string="Sender", readonly=True)
    last_event_id = fields.Integer(readonly=True, aggregator=None)
    last_flag = fields.Char(string="Complaint", readonly=True)

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                """
                CREATE VIEW %s AS
                SELECT min(k.id) AS id, k.name, k.company_id,
                       sum(k.unregistered_count)::int AS event_count,
                       min(k.first_seen_at) AS first_seen_at,
                       max(k.last_seen_at) AS last_seen_at,
                       max(k.last_event_id) AS last_event_id,
                       (array_agg(k.last_source ORDER BY k.last_event_id DESC))[1]
                           AS last_source,
                       (array_agg(k.last_flag ORDER BY k.last_flagged_at DESC)
                           FILTER (WHERE k.last_flag IS NOT NULL))[1] AS last_flag
                  FROM monitor_event_tally k
                 WHERE NOT EXISTS (
                     SELECT FROM monitor_event_type t
                      WHERE t.name = k.name AND t.active)
                 GROUP BY k.name, k.company_id
                HAVING sum(k.unregistered_count) > 0
                """,
                SQL.identifier(self._table),
            )
        )

    @api.depends("name")
    def _compute_display_name(self):
        for unregistered in self:
            unregistered.display_name = unregistered.name or self.env._("Further types")

    def action_register(self):
        """Open the form of a new type with what is known of it; nothing is saved."""
        self.ensure_one()
        self.env["monitor.event.type"].check_access("create")
        self._check_registrable()
        types = self.env["monitor.event.type"].with_context(active_test=False)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Register %s", self.name),
            "res_model": "monitor.event.type",
            "res_id": types.search([("name", "=", self.name)]).id,  # archived, if any
            "views": [(False, "form")],
            "context": self._registration(),
        }

    def _check_registrable(self):
        if event_type.is_ours(self.name or ""):
            raise UserError(
                self.env._(
                    "“%(name)s” cannot be registered: it is not one of the Monitor's "
                    "own types, and nobody else has names like that (%(complaint)s).",
                    name=self.name,
                    complaint=self.last_flag,
                )
            )
        if not event_type.is_registrable(self.name or ""):
            raise UserError(
                self.env._(
                    "“%(name)s” cannot be registered: a type has a name such as "
                    "%(example)s. Ask who sends it to use one.",
                    name=self.display_name,
                    example="com.example.order.paid",
                )
            )

    def _registration(self):
        """Return the values that the form begins with."""
        last = self.env["monitor.event"].search([("id", "=", self.last_event_id)])
        content = last.context or {}
        return {
            "default_name": self.name,
            "default_owner_id": self.env.uid,
            "default_business_fields": event_type.fields_of(content.get("data")),
        }
