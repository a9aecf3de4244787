from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

from odoo.addons.monitor_core.models.monitor_health import FAILED
from odoo.addons.monitor_core.tools import clock

from ..models.monitor_rule_evaluation import FACTS
from ..tools import episodes
from ..tools.episodes import Outcome

MAX_RUNS = 200_000
MAX_LINES = 200
LONGEST_DAYS = 90
RUNS = f"""
    SELECT r.workflow_id, r.finished_at, r.run_count, r.state, r.duration_ms,
           {FAILED} AS bad
      FROM monitor_run r JOIN monitor_workflow w ON w.id = r.workflow_id
     WHERE r.workflow_id IN %(ids)s AND r.finished_at > %(since)s
       AND r.state <> 'cancelled'
     ORDER BY r.finished_at DESC LIMIT %(most)s
"""
FLIPS = """
    SELECT workflow_id, occurred_at AS at, context->>'to' AS health
      FROM monitor_event_data
     WHERE workflow_id IN %(ids)s AND recorded_at > %(since)s AND step = 'health'
       AND source = 'health'
     ORDER BY workflow_id, occurred_at
"""


class MonitorRulePreview(models.TransientModel):
    """What a rule would have raised over the last days, before it is switched on."""

    _name = "monitor.rule.preview"
    _description = "Monitor Rule Preview"

    rule_id = fields.Many2one(
        comodel_name="monitor.rule", required=True, ondelete="cascade"
    )
    days = fields.Integer(default=7, required=True)
    count = fields.Integer(string="Alerts", readonly=True)
    workflow_count = fields.Integer(string="Workflows", readonly=True)
    remark = fields.Char(readonly=True)
    line_ids = fields.One2many(
        comodel_name="monitor.rule.preview.line", inverse_name="preview_id"
    )

    def action_look(self):
        """Look again, over as many days as were asked for."""
        self._look()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _look(self):
        """Work out what would have been raised, and keep it as lines."""
        self.ensure_one()
        if not 1 <= self.days <= LONGEST_DAYS:
            raise UserError(self.env._("Days: 1 to %s.", LONGEST_DAYS))
        now = clock.utcnow()
        found, remark = self._found(now)
        seen = {line["workflow_id"] for line in found} - {False}
        workflows = self.env["monitor.workflow"].browse(seen)
        hidden = seen - set(workflows._filtered_access("read").ids)
        found = [line for line in found if line["workflow_id"] not in hidden]
        found.sort(key=lambda line: line["since"], reverse=True)
        self.line_ids.unlink()
        self.write(
            {
                "count": len(found),
                "workflow_count": len(
                    {line["workflow_id"] for line in found} - {False}
                ),
                "remark": remark,
                "line_ids": [(0, 0, line) for line in found[:MAX_LINES]],
            }
        )

    def _found(self, now):
        """Return the lines, and what has to be said of them."""
        rule = self.rule_id
        if rule.kind in ("backlog", "record_age"):
            return self._found_records(now)
        rows = self.env.execute_query_dict(SQL(f"{FACTS} WHERE w.active"))
        facts = {row["id"]: row for row in rows if rule._looks_at(row)}
        if not facts:
            return [], self.env._("It looks at no workflow.")
        since = now - timedelta(days=self.days)
        hold = timedelta(minutes=rule.for_minutes)
        if rule.kind in ("late", "heartbeat", "stalled"):
            by_workflow, remark = (
                self._past_flips(facts, since),
                self.env._(
                    "From the changes of health; it does not tell late from stalled."
                ),
            )
        elif rule.kind in ("deactivated", "misconfigured", "outage", "defect"):
            return [], self.env._(
                "The past does not tell; it is looked at from now on."
            )
        elif rule.kind in ("duplicate", "volume"):
            return self._found_now(facts, now)
        else:
            by_workflow, remark = self._past_runs(facts, since)
        lines = [
            self._line(facts[workflow_id], episode)
            for workflow_id, found in by_workflow.items()
            for episode in episodes.lasting(found, hold)
        ]
        return lines, remark

    @api.model
    def _line(self, workflow, episode):
        return {
            "workflow_id": workflow["id"],
            "what": workflow["name"],
            "since": episode.since.replace(microsecond=0),
            "until": episode.until and episode.until.replace(microsecond=0),
            "count": episode.count,
        }

    def _past_runs(self, facts, since):
        """Return ``{workflow id: [Episode]}`` from past runs."""
        query = SQL(RUNS, ids=tuple(facts), since=since, most=MAX_RUNS)
        rows = self.env.execute_query_dict(query)
        remark = False
        if len(rows) == MAX_RUNS:
            remark = self.env._(
                "From the last %(count)s runs, since %(since)s.",
                count=MAX_RUNS,
                since=fields.Datetime.context_timestamp(self, rows[-1]["finished_at"]),
            )
        rows.sort(key=lambda row: (row["workflow_id"], row["finished_at"]))
        found = {
            workflow_id: self._episodes(facts[workflow_id], runs)
            for workflow_id, runs in groupby(rows, lambda row: row["workflow_id"])
        }
        return found, remark

    def _episodes(self, workflow, runs):
        rule = self.rule_id
        outcomes = [
            Outcome(run["finished_at"], self._is_bad(workflow, run), run["run_count"])
            for run in runs
        ]
        if rule.kind == "failure_rate":
            window = timedelta(minutes=rule.window_minutes)
            return episodes.of_rate(outcomes, window, rule.threshold, rule.rate_percent)
        if rule.kind == "slo_burn":
            period = timedelta(days=rule.slo_days)
            return episodes.of_burn(outcomes, rule.slo_target, rule.threshold, period)
        in_a_row = rule.threshold if rule.kind == "consecutive_failures" else 1
        return episodes.in_a_row(outcomes, in_a_row)

    def _is_bad(self, workflow, run):
        rule = self.rule_id
        if rule.kind == "lost":
            return run["state"] == "lost"
        if rule.kind != "slow":
            return bool(run["bad"])
        usual = rule.factor * (workflow["p95_ms"] or 0)
        limits = [limit for limit in (rule.limit_minutes * 60_000, usual) if limit]
        return bool(limits) and (run["duration_ms"] or 0) > min(limits)

    def _past_flips(self, facts, since):
        """Return ``{workflow id: [Episode]}`` from past changes of health."""
        query = SQL(FLIPS, ids=tuple(facts), since=since)
        found = {}
        for row in self.env.execute_query_dict(query):
            kind = facts[row["workflow_id"]]["kind"]
            signals = kind == "heartbeat"
            if signals != (self.rule_id.kind == "heartbeat"):
                continue
            bad = row["health"] == ("failing" if signals else "late")
            outcome = Outcome(row["at"], bad)
            found.setdefault(row["workflow_id"], []).append(outcome)
        return {
            workflow_id: episodes.in_a_row(outcomes, 1)
            for workflow_id, outcomes in found.items()
        }

    def _found_now(self, facts, now):
        """Return what the rule sees at this moment, where the past is not kept so."""
        rule = self.rule_id
        if rule.kind == "duplicate":
            seen = rule._observe_duplicate(list(facts.values()), now)
        else:
            seen = rule._observe_volume(rule, facts, now)
        lines = [
            {
                "workflow_id": observation.workflow_id,
                "what": str(observation.params.get("key") or rule.name),
                "since": (observation.since or now).replace(microsecond=0),
                "count": int(observation.value or 1),
            }
            for observation in seen
            if observation.active
        ]
        return lines, self.env._("What it sees now.")

    def _found_records(self, now):
        # what its reader may not see, a preview does not show
        rule = self.rule_id.with_context(monitor_as_user=self.env.uid)
        seen = [o for o in rule._observe_model(now) if o.active]
        lines = [
            {
                "workflow_id": False,
                "what": str(o.params.get("record") or o.params.get("what")),
                "since": (o.since or now).replace(microsecond=0),
                "count": int(o.value or 1),
            }
            for o in seen
        ]
        return lines, self.env._(
            "What it sees now: Odoo does not keep how records were earlier."
        )
