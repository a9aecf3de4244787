from datetime import datetime

from odoo.tools import SQL

from ..models.monitor_rollup_day import VALUES
from .common import MonitorCase

KATHMANDU, NEW_YORK = "Asia/Kathmandu", "America/New_York"
NOON = datetime(2032, 6, 15, 12)


class DayCase(MonitorCase):
    """Two flows, read in New York (viewer), in Kathmandu (operator) and in UTC."""

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)
        self.env["res.users"].search([]).tz = False
        self.viewer.tz = NEW_YORK
        self.operator.tz = KATHMANDU
        self.orders = self.make_flow()
        self.returns = self.make_flow(code="returns", name="Returns")
        self.days = self.env["monitor.rollup.day"]
        self.tick(NOON)
        for table in ("event_data", "rollup", "rollup_day"):
            self.env.cr.execute(
                SQL("DELETE FROM %s", SQL.identifier(f"monitor_{table}"))
            )
        self.tick(NOON)  # nothing is left to fill

    def add_runs(self, flow, *runs, quantity=1):
        """Insert closing events given as (moment, ms) or (moment, ms, outcome)."""
        self.env.flush_all()
        for moment, duration, *rest in runs:
            outcome = rest[0] if rest else "success"
            fine = outcome == "success"
            self.env.cr.execute(
                "INSERT INTO monitor_event_data"
                " (workflow_id, kind, run_state, quantity, outcome_class, duration_ms,"
                "  occurred_at, recorded_at, retention)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'long')",
                [
                    flow.id,
                    "succeeded" if fine else "failed",
                    "succeeded" if fine else "failed",
                    quantity,
                    outcome,
                    duration,
                    moment,
                    NOON,
                ],
            )

    def numbers(self, zone="UTC", flow=None):
        """Return ``{day: runs}`` of the days of a zone."""
        found = self.days.search(
            [("tz", "=", zone), ("workflow_id", "=", (flow or self.orders).id)]
        )
        return {str(row.day): row.runs for row in found.sorted("day")}

    def everything(self):
        """Return all that is stored, to compare."""
        columns = [SQL.identifier(name) for name in VALUES]
        return self.env.execute_query(
            SQL(
                "SELECT workflow_id, tz, day, %s FROM monitor_rollup_day"
                " ORDER BY 1, 2, 3",
                SQL(", ").join(columns),
            )
        )

    def by_reader(self, user):
        return self.days.with_user(user).with_context(tz=user.tz)
