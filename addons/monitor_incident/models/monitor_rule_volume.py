from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_health import ENDED_COUNT

from ..tools import volume
from ..tools.observation import Observation
from ..tools.rule_conditions import Condition
from .monitor_rule_evaluation import FACTS

WEEKS = 8
SETTLED = timedelta(minutes=5)  # what happened in an hour is told by then


class MonitorRuleVolume(models.AbstractModel):
    """Rules about an hour with too few or too many runs."""

    _name = "monitor.rule.volume"
    _description = "Monitor Rules: Volume"

    @api.model
    def _observe_volume(self, rules, _workflows, now):
        due = rules.filtered(lambda r: r.kind == "volume")._due(now)
        hour = (now - SETTLED).replace(minute=0, second=0, microsecond=0)
        wait = hour + timedelta(hours=1) + SETTLED - now
        return due._guarded(
            lambda rule: rule._unusual_hours(hour - timedelta(hours=1)), now, wait
        )

    def _unusual_hours(self, hour):
        """Return what was unusual, and what no more is, in the hour from ``hour``."""
        rows = self.env.execute_query_dict(SQL(f"{FACTS} WHERE w.active"))
        rows = [row for row in rows if self._looks_at(row)]
        counts = self._hourly_counts([row["id"] for row in rows], hour)
        observations = []
        for row in rows:
            count, past = counts[row["id"]]
            found = volume.unusual(
                count, past, self.factor, self.threshold, self.direction
            )
            if not found:
                observations.append(
                    Observation(
                        self.id, self._labels(row), False, workflow_id=row["id"]
                    )
                )
                continue
            usual = sorted(past)[len(past) // 2]
            params = {"count": count, "usual": usual, "hour": hour}
            condition = Condition(f"volume_{found}", hour, float(count), params)
            observations.append(self._observed(row, condition))
        return observations

    @api.model
    def _hourly_counts(self, ids, hour):
        """Return ``{workflow id: (count, [those of the hour in past weeks])}``."""
        hours = [hour - timedelta(weeks=week) for week in range(WEEKS + 1)]
        counts = {workflow_id: {} for workflow_id in ids}
        if not ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT h.workflow_id, h.hour, %s FROM monitor_rollup h
                 WHERE h.workflow_id IN %s AND h.hour IN %s
                """,
                SQL(ENDED_COUNT),
                tuple(ids),
                tuple(hours),
            )
        )
        for workflow_id, when, count in rows:
            counts[workflow_id][when] = int(count)
        since = dict(
            self.env.execute_query(
                SQL(
                    "SELECT workflow_id, min(hour) FROM monitor_rollup"
                    " WHERE workflow_id IN %s GROUP BY workflow_id",
                    tuple(ids),
                )
            )
        )
        return {
            workflow_id: (
                by_hour.get(hour, 0),
                # a week before the first run is none with no runs
                [
                    by_hour.get(past, 0)
                    for past in hours[1:]
                    if workflow_id in since and past >= since[workflow_id]
                ],
            )
            for workflow_id, by_hour in counts.items()
        }
