from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import captured


class MonitorModuleVersion(models.Model):
    """Which version of which module was installed since when; Odoo keeps the last."""

    _name = "monitor.module.version"
    _description = "Monitor Module Version"
    _log_access = False
    _order = "id desc"

    name = fields.Char(string="Module", required=True, readonly=True)
    version = fields.Char(readonly=True)
    seen_at = fields.Datetime(string="Since", required=True, readonly=True)
    baseline = fields.Boolean(
        readonly=True, help="It was there when the Monitor first looked."
    )

    _name_idx = models.Index("(name, id DESC)")

    @api.model
    def _look(self, now):
        """Note versions that are new, a stage of the tick: one statement.

        A version that comes back after another one is new again.
        """
        self.env.cr.execute(
            """
            INSERT INTO monitor_module_version (name, version, seen_at, baseline)
            SELECT module.name, module.latest_version, %(now)s,
                   NOT EXISTS (SELECT 1 FROM monitor_module_version)
              FROM ir_module_module module
              LEFT JOIN LATERAL (
                   SELECT known.version FROM monitor_module_version known
                    WHERE known.name = module.name
                    ORDER BY known.id DESC LIMIT 1) last ON true
             WHERE module.state = 'installed' AND module.latest_version IS NOT NULL
               AND last.version IS DISTINCT FROM module.latest_version
             ORDER BY module.name
            """,
            {"now": now},
        )
        if self.env.cr.rowcount:
            self.invalidate_model(flush=False)

    @api.model
    def _changes_since(self, moment, limit):
        """Return what came since, newest first, at most ``limit``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT name, version, baseline, seen_at FROM monitor_module_version
                 WHERE name IN (SELECT name FROM monitor_module_version
                                 WHERE seen_at > %s AND NOT baseline)
                 ORDER BY id
                """,
                moment,
            )
        )
        told = captured.version_changes(
            [(name, version, base, str(at)) for name, version, base, at in rows]
        )
        return [one for one in told if one["at"] > str(moment)][:limit]
