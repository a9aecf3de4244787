from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.observation import Observation
from .monitor_tick import CATCHING_UP

LEAST_OUTAGE = timedelta(minutes=3)
#: What could not be taken in is tried again within an hour.
TRIED_AGAIN = timedelta(minutes=65)


class MonitorRuleMonitor(models.AbstractModel):
    """Rules about the Monitor itself: was it blind, is it broken?

    As Sentry's system incidents: who was blind does not blame 200 scheduled actions.
    """

    _name = "monitor.rule.monitor"
    _description = "Monitor Rules: The Monitor Itself"

    @api.model
    def _observe_monitor(self, rules, _workflows, now):
        tick = self.env["monitor.tick"]._get()
        observations = []
        for rule in rules.filtered(lambda r: r.kind in ("outage", "defect")):
            if rule.kind == "outage":
                observations.append(rule._observe_outage(tick, now))
            else:
                observations += [rule._defect(tick), *rule._mended(now)]
        return observations

    def _observe_outage(self, tick, now):
        lasted = timedelta(minutes=self.limit_minutes or 0)
        known = tick.outage_from and tick.outage_to
        shown = known and now < tick.outage_to + CATCHING_UP
        active = bool(
            shown and tick.outage_to - tick.outage_from >= max(lasted, LEAST_OUTAGE)
        )
        params = {}
        if active:
            params = {
                "since": tick.outage_from,
                "until": tick.outage_to,
                "duration": tick.outage_to - tick.outage_from,
            }
        return Observation(
            self.id,
            self._labels(),
            active,
            since=tick.outage_from if active else None,
            code="outage",
            params=params,
        )

    def _defect(self, tick):
        return Observation(
            self.id,
            self._labels(),
            bool(tick.error),
            code="defect",
            params={"error": (tick.error or "").split("\n")[0][:300]},
        )

    def _mended(self, now):
        """Return that what could not be taken in, and then was, is over."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT fingerprint, labels FROM monitor_alert
                 WHERE rule_id = %s AND state <> 'resolved' AND last_seen_at < %s
                   AND labels ? 'key'
                """,
                self.id,
                now - TRIED_AGAIN,
            )
        )
        return [
            Observation(self.id, row["labels"], False, known_as=row["fingerprint"])
            for row in rows
        ]

    @api.model
    def _kinds_held(self, now):
        held = super()._kinds_held(now)
        return (
            held | {"late", "heartbeat"}
            if self.env["monitor.tick"]._catches_up(now)
            else held
        )

    @api.model
    def _held(self, now):
        """Look again at what is late once it had time to come."""
        held = super()._held(now)
        if not self.env["monitor.tick"]._catches_up(now):
            return held
        self.env.cr.execute(
            "SELECT id FROM monitor_workflow"
            " WHERE rules_due AND health IN ('late', 'failing')"
        )
        return held | {row[0] for row in self.env.cr.fetchall()}
