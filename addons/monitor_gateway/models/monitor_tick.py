import logging

from odoo import api, fields, models

from odoo.addons.monitor_core.models.monitor_run import PRIVILEGED

_logger = logging.getLogger(__name__)


class MonitorTick(models.Model):
    """The tick also settles metrics, counts events, trims pings, and pings itself."""

    _inherit = "monitor.tick"

    tally_snapshot = fields.Char(
        readonly=True,
        groups=PRIVILEGED,
        help="PostgreSQL snapshot up to which events from outside are counted by type.",
    )
    tally_day = fields.Date(
        readonly=True, help="Day for which the figures of event types were worked out."
    )
    metrics_settled_until = fields.Datetime(
        readonly=True, help="Hours before this one are in the totals of metrics."
    )

    @api.model
    def _stages(self):
        return [
            *super()._stages(),
            ("metrics", self.env["monitor.metrics.total"]._settle),
            ("event types", self.env["monitor.event.tally"]._count),
            ("pings", self.env["monitor.ping"]._trim_recent),
        ]

    @api.model
    def _cron_tick(self):
        # Here and not in _run: a tick that somebody runs on the command line must not
        # hide from the outside that the scheduled one has stopped.
        result = super()._cron_tick()
        try:
            with self.env.cr.savepoint():
                self.env["monitor.deadman"]._ping_after_commit()
        except Exception:
            _logger.exception("The dead-man's ping was not sent")
        return result
