from odoo import api, fields, models

from odoo.addons.monitor_core.models.monitor_run import PRIVILEGED


class MonitorTick(models.Model):
    _inherit = "monitor.tick"

    alert_snapshot = fields.Char(
        readonly=True,
        groups=PRIVILEGED,
        help="PostgreSQL snapshot up to which failures were seen by the rules.",
    )

    @api.model
    def _stages(self):
        """After the health: rules, alerts and incidents."""
        return [
            *super()._stages(),
            ("module versions", self.env["monitor.module.version"]._look),
            ("incidents asked for", self.env["monitor.incident.request"]._take_new),
        ]
