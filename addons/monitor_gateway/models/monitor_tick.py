from odoo import api, fields, models


class MonitorTick(models.Model):
    """The tick also keeps the totals of metrics."""

    _inherit = "monitor.tick"

    metrics_settled_until = fields.Datetime(
        readonly=True, help="Hours before this one are in the totals of metrics."
    )

    @api.model
    def _stages(self):
        totals = self.env["monitor.metrics.total"]
        return [*super()._stages(), ("metrics", totals._settle)]
