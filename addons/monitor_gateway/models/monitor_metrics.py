from collections import Counter, defaultdict
from datetime import timezone
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.monitor_core.models.monitor_workflow_reporting import READERS
from odoo.addons.monitor_core.tools import clock, histogram

from ..tools import exposition
from ..tools.exposition import COUNTER, GAUGE, HISTOGRAM, Family

DEFAULT_MAX_WORKFLOWS = 500
MAX_WORKFLOWS = "monitor_gateway.metrics_max_workflows"
#: The code under which all further workflows are summed; none is shown alone as this.
OTHER = "other"
OUTCOMES = {  # of a run: the column that counts it
    "succeeded": "succeeded",
    "business_error": "business_errors",
    "failed": "failed",
    "partial": "partial",
    "lost": "lost",
    "skipped": "skipped",
}
# Totals of what is settled and statistics of what is not: see monitor.metrics.total.
COUNTED = """
    SELECT workflow_id, {columns} FROM monitor_metrics_total
     WHERE workflow_id = ANY(%(ids)s)
    UNION ALL
    SELECT workflow_id, {columns} FROM monitor_rollup
     WHERE workflow_id = ANY(%(ids)s) AND hour >= %(since)s
"""


class Shown(NamedTuple):
    """The workflows of one answer, and under which labels each is counted."""

    workflows: models.BaseModel
    labels: dict  # {workflow id: {"code", "kind", "criticality"}}
    since: object  # what happened from this hour on is not in the totals yet

    @property
    def parameters(self):
        return {"ids": self.workflows.ids, "since": self.since}


class MonitorMetrics(models.AbstractModel):
    """What Prometheus scrapes: plain figures from statistics that exist already."""

    _name = "monitor.metrics"
    _description = "Monitor Metrics"

    @api.model
    def _render(self, content_type):
        """Return all metrics that the caller may see, in that format.

        :raises AccessError: for whoever may not read the health of workflows
        """
        if not self.env.su and not any(map(self.env.user.has_group, READERS)):
            raise AccessError(
                self.env._(
                    "This user may not read the Monitor. Ask an administrator for the "
                    "group “Monitor service account”."
                )
            )
        # sudo: a service account has no access of its own; companies are filtered
        return exposition.render(self.sudo()._families(), content_type)

    @api.model
    def _families(self):
        """Return the metrics as :class:`Family`; extend to add more.

        Runs as superuser for the calling user: restrict to ``self._company_domain()``
        what belongs to a company, and keep the number of label values bounded.
        """
        shown = self._shown_workflows()
        return [
            *self._tick_families(clock.utcnow()),
            self._health_family(shown),
            self._last_success_family(shown),
            self._runs_family(shown),
            self._duration_family(shown),
            *self._event_families(),
        ]

    @api.model
    def _company_domain(self):
        """Return the domain of what the calling user's companies may see."""
        if self.env.user._is_superuser():
            return Domain.TRUE
        return Domain("company_id", "in", [*self.env.user.company_ids.ids, False])

    @api.model
    def _shown_workflows(self):
        """Choose who gets series of its own: the oldest, so that the choice is stable.

        A counter that moved between its own code and ``other`` would go down there.
        """
        workflows = self.env["monitor.workflow"].search_fetch(
            self._company_domain() & Domain("active", "in", [True, False]),
            ["code", "kind", "criticality", "health", "last_success_at", "active"],
            order="id",
        )
        limit = self._max_workflows()
        rest = {"code": OTHER, "kind": "", "criticality": ""}
        labels = {
            workflow.id: {
                "code": workflow.code,
                "kind": workflow.kind,
                "criticality": workflow.criticality,
            }
            if place < limit and workflow.code != OTHER
            else rest
            for place, workflow in enumerate(workflows)
        }
        return Shown(workflows, labels, self.env["monitor.metrics.total"]._since())

    @api.model
    def _max_workflows(self):
        return self.env["monitor.config"]._number(MAX_WORKFLOWS, DEFAULT_MAX_WORKFLOWS)

    # The monitor itself

    @api.model
    def _tick_families(self, now):
        tick = self.env["monitor.tick"].search([], limit=1)
        state = self.env["monitor.tick"]._state(now)
        families = [
            Family(
                "odoo_monitor_up",
                GAUGE,
                "1 when the monitor works, 0 when it is late, failing or off.",
                [({}, int(state["status"] == "ok"))],
            ),
            Family(
                "odoo_monitor_self_errors",
                COUNTER,
                "Stages of the monitor's own tick that failed.",
                [({}, tick.error_count)],
            ),
        ]
        if tick.last_tick_at:
            age = max(0.0, (now - tick.last_tick_at).total_seconds())
            families += [
                Family(
                    "odoo_monitor_tick_age_seconds",
                    GAUGE,
                    "Time since the monitor last looked.",
                    [({}, age)],
                ),
                Family(
                    "odoo_monitor_tick_duration_seconds",
                    GAUGE,
                    "How long the last tick took.",
                    [({}, tick.duration_ms / 1000)],
                ),
            ]
        return families

    # Workflows

    @api.model
    def _health_family(self, shown):
        """One series for each workflow: the health it has now, with the value 1.

        Of those summed as ``other``, the value is how many have that health.
        """
        series = Counter()
        for workflow in shown.workflows.filtered("active"):
            labels = shown.labels[workflow.id]
            series[tuple({**labels, "health": workflow.health}.items())] += 1
        return Family(
            "odoo_monitor_workflow_health",
            GAUGE,
            "Workflows by their present health; the value is their number.",
            [(dict(labels), number) for labels, number in series.items()],
        )

    @api.model
    def _last_success_family(self, shown):
        moments = {}
        for workflow in shown.workflows.filtered("last_success_at"):
            code = shown.labels[workflow.id]["code"]
            moment = workflow.last_success_at.replace(tzinfo=timezone.utc).timestamp()
            moments[code] = max(moment, moments.get(code, moment))
        return Family(
            "odoo_monitor_workflow_last_success_timestamp_seconds",
            GAUGE,
            "When a run last succeeded, in seconds since 1970.",
            [({"code": code}, moment) for code, moment in moments.items()],
        )

    @api.model
    def _runs_family(self, shown):
        names = list(OUTCOMES.values())
        sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
        rows = self._counted(shown, names, f"workflow_id, {sums}", "workflow_id")
        # Series begin at 0: the first run is an increase, not a series that appears.
        runs = {labels["code"]: [0] * len(names) for labels in shown.labels.values()}
        for workflow_id, *counts in rows:
            code = shown.labels[workflow_id]["code"]
            runs[code] = [a + b for a, b in zip(runs[code], counts, strict=True)]
        return Family(
            "odoo_monitor_runs",
            COUNTER,
            "Runs that ended, by outcome.",
            [
                ({"code": code, "outcome": outcome}, count)
                for code, counts in runs.items()
                for outcome, count in zip(OUTCOMES, counts, strict=True)
            ],
        )

    @api.model
    def _duration_family(self, shown):
        durations, totals = defaultdict(Counter), Counter()
        for workflow_id, bucket, count in self._counted(
            shown,
            ["histogram"],
            "workflow_id, key::integer, sum(value::bigint)::bigint",
            "workflow_id, key",
            SQL(", jsonb_each_text(histogram)"),
        ):
            seconds = histogram.value(bucket) / 1000
            durations[shown.labels[workflow_id]["code"]][seconds] += count
        for workflow_id, total in self._counted(
            shown,
            ["duration_sum"],
            "workflow_id, coalesce(sum(duration_sum), 0)",
            "workflow_id",
        ):
            totals[shown.labels[workflow_id]["code"]] += float(total) / 1000
        return Family(
            "odoo_monitor_run_duration_seconds",
            HISTOGRAM,
            "How long runs took; within 5 percent.",
            [
                ({"code": code}, exposition.to_buckets(counts, totals[code]))
                for code, counts in durations.items()
            ],
        )

    @api.model
    def _counted(self, shown, columns, select, group_by, also_from=None):
        """Return rows of figures over all time, for the workflows of an answer."""
        return self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) counted %s GROUP BY %s",
                SQL(select),
                SQL(COUNTED.format(columns=", ".join(columns)), **shown.parameters),
                also_from or SQL(),
                SQL(group_by),
            )
        )

    # Events from outside

    @api.model
    def _event_families(self):
        """Return counters of events, of the types that broke their schema by name.

        Those types were registered, so people bound their number, not senders.
        """
        tally = self.env["monitor.event.tally"]
        groups = tally._read_group(
            self._company_domain(),
            ["name"],
            ["event_count:sum", "invalid_count:sum", "unregistered_count:sum"],
        )
        flagged = [
            ({"reason": "invalid", "type": name}, int(invalid))
            for name, _count, invalid, _unregistered in groups
            if invalid
        ]
        unregistered = sum(int(group[3]) for group in groups)
        flagged.append(({"reason": "unregistered", "type": ""}, unregistered))
        return [
            Family(
                "odoo_monitor_events",
                COUNTER,
                "Events that other systems sent.",
                [({}, sum(int(group[1]) for group in groups))],
            ),
            Family(
                "odoo_monitor_events_flagged",
                COUNTER,
                "Events that are not what their type promises, or have none.",
                flagged,
            ),
        ]
