from odoo import fields, models, tools
from odoo.tools import SQL

from ..tools.scales import OUTCOME_CLASSES


class MonitorErrorGroup(models.Model):
    """The same error of the same workflow, counted (a view).

    A row per fingerprint and company: what another company's users met is not told.
    """

    _name = "monitor.error.group"
    _description = "Monitor Error Group"
    _auto = False
    _log_access = False
    _order = "last_seen_at desc"
    _rec_name = "error_message"

    workflow_id = fields.Many2one(comodel_name="monitor.workflow", readonly=True)
    fingerprint = fields.Char(readonly=True)
    error_type = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    outcome_class = fields.Selection(selection=OUTCOME_CLASSES, readonly=True)
    count = fields.Integer(readonly=True)
    first_seen_at = fields.Datetime(readonly=True)
    last_seen_at = fields.Datetime(readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    last_run_id = fields.Many2one(comodel_name="monitor.run", readonly=True)

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                """
                CREATE VIEW %s AS
                SELECT max(id) AS id, workflow_id, company_id, fingerprint,
                       (array_agg(error_type ORDER BY id DESC))[1] AS error_type,
                       (array_agg(error_message ORDER BY id DESC))[1] AS error_message,
                       (array_agg(outcome_class ORDER BY id DESC))[1] AS outcome_class,
                       sum(run_count)::int AS count,
                       min(finished_at) AS first_seen_at,
                       max(finished_at) AS last_seen_at,
                       max(id) AS last_run_id
                  FROM monitor_run
                 WHERE fingerprint IS NOT NULL AND workflow_id IS NOT NULL
                 GROUP BY workflow_id, company_id, fingerprint
                """,
                SQL.identifier(self._table),
            )
        )

    def action_open_runs(self):
        """Open the runs that ended with this error."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.error_message,
            "res_model": "monitor.run",
            "view_mode": "list,form",
            "domain": [
                ("workflow_id", "=", self.workflow_id.id),
                ("fingerprint", "=", self.fingerprint),
                ("company_id", "=", self.company_id.id),
            ],
        }
