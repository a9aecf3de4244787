from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import clock, funnel

PERIODS = (1, 7, 30, 90)  # days
MAX_RUNS = 20_000  # the newest of a period; a board must not read millions


class MonitorWorkflowFunnel(models.AbstractModel):
    """How far the runs of a flow come, and where they wait."""

    _name = "monitor.workflow.funnel"
    _description = "Monitored Workflow: Funnel"

    def flow_funnel(self, days=7):
        """Return how many runs of the last ``days`` days reached each step.

        :param int days: 1, 7, 30 or 90
        :return: ``{"runs", "limited", "steps": [row]}``; a row as of
            :func:`funnel.rows`. What waits now is counted whenever it began;
            ``limited``: only the newest 20,000 runs were looked at
        :raises UserError: for another period
        """
        self.ensure_one()
        self.check_access("read")
        if days not in PERIODS or isinstance(days, bool):
            raise UserError(
                self.env._("Choose one of these periods, in days: %s.", "1, 7, 30, 90")
            )
        now = clock.utcnow()
        kinds = dict(self.step_ids._fields["kind"]._description_selection(self.env))
        steps = [
            funnel.StepInfo(step.code, step.name, kinds[step.kind], step.optional)
            for step in self.step_ids.sorted(lambda s: (s.sequence, s.id))
        ]
        total, passed = self._funnel_passed(now - timedelta(days=days), now)
        return {
            "runs": min(total, MAX_RUNS),
            "limited": total > MAX_RUNS,
            "steps": funnel.rows(
                steps, min(total, MAX_RUNS), passed, self._funnel_waiting(now)
            ),
        }

    @api.model
    def _funnel_runs(self, domain, limit=None):
        """Return the SELECT of runs that the reader may see."""
        runs = self.env["monitor.run"]
        query = runs._search(domain, order="started_at desc", limit=limit)
        columns = ("id", "started_at", "state", "steps_done", "next_step")
        return query.select(*(SQL.identifier(query.table, name) for name in columns))

    def _funnel_passed(self, since, now):
        """Return the number of runs and ``{step: Passed}``.

        The time to a step counts from the step that this run passed just before.
        """
        domain = Domain("workflow_id", "=", self.id) & Domain("started_at", ">=", since)
        rows = self.env.execute_query(
            SQL(
                """
                WITH run AS MATERIALIZED (
                    SELECT *, row_number() OVER (ORDER BY started_at DESC) AS place
                      FROM (%(runs)s) found
                ), passed AS (
                    SELECT step.key AS code,
                           extract(epoch FROM step.value::timestamp - coalesce(
                               lag(step.value::timestamp) OVER (
                                   PARTITION BY run.id ORDER BY step.value::timestamp),
                               run.started_at)) * 1000 AS took
                      FROM run, jsonb_each_text(run.steps_done) step
                     WHERE run.place <= %(most)s
                )
                SELECT NULL, count(*), NULL, NULL FROM run
                 UNION ALL
                SELECT code, count(*),
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(took, 0)),
                       percentile_cont(0.95) WITHIN GROUP (ORDER BY greatest(took, 0))
                  FROM passed GROUP BY code
                """,
                runs=self._funnel_runs(domain, MAX_RUNS + 1),
                most=MAX_RUNS,
            )
        )
        passed = {
            code: funnel.Passed(number, round(median), round(p95))
            for code, number, median, p95 in rows
            if code is not None
        }
        return next(row[1] for row in rows if row[0] is None), passed

    def _funnel_waiting(self, now):
        """Return ``{step: Waiting}`` of the runs under way, whenever they began."""
        domain = Domain("workflow_id", "=", self.id) & Domain(
            "state", "in", ("running", "stalled")
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT next_step, count(*), count(*) FILTER (WHERE state = 'stalled'),
                       extract(epoch FROM %(now)s - min(coalesce(
                           (SELECT max(value::timestamp)
                              FROM jsonb_each_text(steps_done)), started_at))) * 1000
                  FROM (%(runs)s) run
                 WHERE next_step IS NOT NULL GROUP BY next_step
                """,
                now=now,
                runs=self._funnel_runs(domain),
            )
        )
        return {
            code: funnel.Waiting(number, stalled, max(0, round(longest)))
            for code, number, stalled, longest in rows
        }
