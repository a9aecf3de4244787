import logging
from datetime import timedelta

from odoo import api, models

from odoo.addons.monitor_core.tools.fingerprint import is_retryable
from odoo.addons.monitor_core.tools.payload import storable_text

from ..tools.observation import Observation

_logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(hours=1)
MAX_ERROR = 300
#: What rules need to know of a workflow.
FACTS = """
    SELECT w.id, w.code, w.name, w.kind, w.criticality, w.team_id, w.company_id,
           w.active, w.paused, w.health, w.health_reason_code, w.health_params,
           w.health_since, w.consecutive_failures, w.last_run_at, w.last_success_at,
           w.last_failure_at, w.last_duration_ms, w.running_since, w.p95_ms,
           w.run_count_7d, w.source_state,
           array(SELECT monitor_tag_id FROM monitor_tag_monitor_workflow_rel
                  WHERE monitor_workflow_id = w.id) AS tag_ids
      FROM monitor_workflow w
"""


class MonitorRuleEvaluation(models.AbstractModel):
    """The tick's stage *rules*: look at what changed or is due, tell what is seen."""

    _name = "monitor.rule.evaluation"
    _description = "Monitor Rules: Evaluation"

    @api.model
    def _evaluate(self, now):
        """Evaluate the rules; a rule that raises is noted and stops no other.

        Workflows are looked at when their health was reviewed, rules about records when
        they are due: the cost grows with what changed, not with what exists.
        """
        rules = self.search([("active", "=", True)])
        workflows = self._due_workflows(now)
        failures = self._new_failures(now)
        observations, broken = [], self.browse()
        for observe in self._observers(failures):
            seen, failing = self._observe_safely(observe, rules, workflows, now)
            observations += seen
            broken |= failing
        broken = self._broken(rules, broken, failures)
        observations += self._ended(rules, workflows, observations, broken, now)
        observations += self._defects(broken, now)
        self.env["monitor.alert"]._take(observations, now)
        self._looked_at(workflows, observations, now)

    @api.model
    def _observe_safely(self, observe, rules, workflows, now):
        """Return what is seen, and the rules that cannot be evaluated.

        Where all together raise, each is asked alone.
        """
        try:
            with self.env.cr.savepoint():
                return observe(rules, workflows, now), self.browse()
        except Exception as error:
            if is_retryable(error):
                raise
            self.env.invalidate_all(flush=False)
            _logger.exception("Rules are evaluated one at a time")
        observations, broken = [], self.browse()
        for rule in rules:
            try:
                with self.env.cr.savepoint():
                    observations += observe(rule, workflows, now)
            except Exception as error:
                if is_retryable(error):
                    raise
                self.env.invalidate_all(flush=False)
                rule._checked(now, now + RETRY_AFTER, told(error))
                broken |= rule
        return observations, broken

    @api.model
    def _broken(self, rules, broken, failures):
        """Return all rules that cannot be evaluated now; forget what is mended.

        Rules of their own clock note that themselves, and may be waiting to be tried.
        Those about each failure are asked when something fails.
        """
        kinds = self._health_kinds() | ({"failure"} if failures else set())
        asked = rules.filtered(lambda rule: rule.kind in kinds)
        (asked - broken).filtered("last_error").write({"last_error": False})
        return rules.filtered("last_error")

    @api.model
    def _defects(self, broken, now):
        """Return that rules cannot be evaluated, each by its name."""
        watching = self.search([("kind", "=", "defect")], limit=1)
        if not watching:
            return []
        return [
            Observation(
                rule_id=watching.id,
                labels=watching._labels(key=f"rule {rule.id}"),
                active=True,
                since=now,
                code="defect",
                params={"error": f"{rule.name}: {rule.last_error}"},
            )
            for rule in broken - watching
        ]

    @api.model
    def _observers(self, failures):
        """Return the methods ``(rules, workflows, now) -> [Observation]``; extend.

        :param failures: what failed since the last look, see :meth:`_new_failures`
        """
        return [
            self._observe_health,
            lambda rules, _workflows, _now: self._observe_failures(failures, rules),
            self._observe_windows,
            self._observe_volume,
            self._observe_records,
            self._observe_monitor,
        ]

    @api.model
    def _due_workflows(self, now):
        """Return ``{id: facts}`` of the workflows that were reviewed or are due."""
        self.env.flush_all()
        self.env.cr.execute(
            f"{FACTS} WHERE w.rules_due OR w.rules_check_at <= %s"
            " OR w.running_since IS NOT NULL",
            [now],
        )
        return {row["id"]: row for row in self.env.cr.dictfetchall()}

    @api.model
    def _looked_at(self, workflows, observations, now):
        """Forget what was due; look again where something ends without an event.

        A window slides on by itself. What failed and was well again before the rules
        looked is over at the next look.
        """
        seen = [observation for observation in observations if observation.active]
        sliding = {
            observation.workflow_id
            for observation in seen
            if observation.labels["kind"] in self._window_kinds()
        }
        failed = {o.workflow_id for o in seen if o.labels["kind"] == "failure"}
        if not workflows and not failed:
            return
        self.env.cr.execute(
            """
            UPDATE monitor_workflow
               SET rules_due = false,
                   rules_check_at = CASE
                       WHEN id = ANY(%(failed)s)
                        AND coalesce(consecutive_failures, 0) = 0 THEN %(now)s
                       WHEN id = ANY(%(sliding)s) THEN %(again)s END
             WHERE id = ANY(%(ids)s)
               AND (rules_due OR rules_check_at IS NOT NULL
                    OR id = ANY(%(sliding)s) OR id = ANY(%(failed)s))
            """,
            {
                "sliding": sorted(sliding & workflows.keys()),
                "failed": sorted(failed),
                "now": now,
                "again": now + timedelta(minutes=5),
                "ids": sorted((workflows.keys() | failed) - self._held(now)),
            },
        )
        self.env["monitor.workflow"].invalidate_model(flush=False)

    @api.model
    def _held(self, now):
        """Return workflows that stay due, because nothing could be said of them yet."""
        return set()

    def _labels(self, workflow=None, **more):
        """Return the labels of an alert of this rule, as texts."""
        labels = {"rule": str(self.id), "kind": self.kind, "severity": self.severity}
        if workflow:
            labels["workflow"] = workflow["code"]
            labels["criticality"] = workflow["criticality"]
            if workflow["team_id"]:
                labels["team"] = str(workflow["team_id"])
        return labels | more

    def _observed(self, workflow, condition, **more):
        """Return that a condition holds for a workflow."""
        return Observation(
            rule_id=self.id,
            labels=self._labels(workflow, **more.pop("labels", {})),
            active=True,
            since=condition.since,
            value=condition.value,
            code=condition.code,
            params=condition.params,
            workflow_id=workflow["id"],
            company_id=more.pop("company_id", workflow["company_id"]),
            **more,
        )

    # A rule of its own clock

    def _due(self, now):
        return self.filtered(lambda r: not r.next_check_at or r.next_check_at <= now)

    def _guarded(self, observe, now, every):
        """Return what ``observe(rule)`` sees; who raises is looked at in an hour."""
        observations = []
        for rule in self:
            try:
                with self.env.cr.savepoint():
                    observations += observe(rule)
                rule._checked(now, now + every, False)
            except Exception as error:
                if is_retryable(error):
                    raise
                self.env.invalidate_all(flush=False)
                _logger.exception("Rule %r could not be evaluated", rule.name)
                rule._checked(now, now + RETRY_AFTER, told(error))
        return observations

    def _checked(self, now, again, error):
        values = {"last_check_at": now.replace(microsecond=0), "next_check_at": again}
        news = error and not self.last_error
        if (self.last_error or False) != error:
            values["last_error"] = error
        self.write(values)
        if news:
            self._tell_author(error)

    def _tell_author(self, error):
        """Tell who made the rule, once, that it cannot be evaluated.

        Of one that is shipped, or whose author is gone, the alert about the Monitor
        itself alone tells.
        """
        author = self.create_uid
        if not author.active or author._is_superuser():
            return
        rule = self.with_context(lang=author.lang)
        text = rule.env._(
            "This rule cannot be evaluated, so it says nothing: %(error)s. It is tried "
            "again by itself, and as soon as it is changed.",
            error=error,
        )
        try:
            with self.env.cr.savepoint():
                rule.message_post(body=text, partner_ids=author.partner_id.ids)
        except Exception as failed:
            # What keeps a message from being written must not stop other rules.
            if is_retryable(failed):
                raise
            self.env.invalidate_all(flush=False)
            _logger.exception("The author of rule %s was not told", self.id)


def told(error):
    """Return an error in one line, for the rule's form."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return storable_text(text)[:MAX_ERROR]
