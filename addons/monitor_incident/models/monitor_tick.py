from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.monitor_core.models.monitor_run import PRIVILEGED
from odoo.addons.monitor_core.tools import clock

#: Beyond so long without a tick the Monitor was blind.
BLIND_AFTER = timedelta(minutes=3)
#: So far apart ticks may be that are only slow.
SLOW_TICKS = timedelta(minutes=10)
#: After an outage what should have come meanwhile has so long to come.
CATCHING_UP = timedelta(minutes=30)


class MonitorTick(models.Model):
    _inherit = "monitor.tick"

    alert_snapshot = fields.Char(
        readonly=True,
        groups=PRIVILEGED,
        help="PostgreSQL snapshot up to which failures were seen by the rules.",
    )
    off_at = fields.Datetime(
        readonly=True, help="When the Monitor was last switched off at a tick."
    )
    outage_from = fields.Datetime(
        readonly=True,
        help="Last tick before an outage; empty if the Monitor never looked before.",
    )
    swept_at = fields.Datetime(
        readonly=True, help="When it was last looked for what is over and still open."
    )
    outage_to = fields.Datetime(readonly=True, help="First tick after an outage.")

    @api.model
    def _stages(self):
        """Notice an outage first; after the health, rules, alerts and incidents."""
        return [
            ("outage", self._notice_outage),
            *super()._stages(),
            ("module versions", self.env["monitor.module.version"]._look),
            ("rules", self.env["monitor.rule"]._evaluate),
            ("alerts", self.env["monitor.alert"]._review),
            ("incidents asked for", self.env["monitor.incident.request"]._take_new),
            ("incidents", self.env["monitor.incident"]._advance),
        ]

    @api.model
    def _cron_tick(self):
        if not self.env["monitor.config"]._switches().enabled:
            self._get().off_at = clock.utcnow().replace(microsecond=0)
        return super()._cron_tick()

    @api.model
    def _notice_outage(self, now):
        """Note since when nobody looked; switched off is no outage.

        Before its first tick the Monitor was blind as well: what is late then may have
        come as soon as Odoo runs again.
        """
        tick = self._get()
        last = max(filter(None, (tick.last_tick_at, tick.off_at)), default=False)
        # Ticks that come slowly do not put off for ever what is late.
        longest = SLOW_TICKS if last and self._catches_up(last) else BLIND_AFTER
        if last and now - last <= longest:
            return
        tick.write({"outage_from": last, "outage_to": now.replace(microsecond=0)})

    @api.model
    def _catches_up(self, now):
        """Tell whether what was due while nobody looked may still come."""
        until = self._get().outage_to
        return bool(until and until <= now < until + CATCHING_UP)
