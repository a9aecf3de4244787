import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import clock

from ..tools import escalation
from ..tools.scales import OPEN_STATES
from .monitor_incident_intake import raise_if_retryable
from .transactions import anew

_logger = logging.getLogger(__name__)

BATCH = 100
#: How long an incident is left alone that could not be escalated.
BACK_OFF = timedelta(hours=1)
#: How soon one that people muted is looked at again.
LOOK_AGAIN = timedelta(minutes=5)
ACTIVITY = "monitor_incident.mail_activity_monitor_incident"
POLICY_PARAMETER = "monitor_incident.escalation_policy_id"
HELD_STATES = ("acknowledged", "in_progress")


class MonitorIncident(models.Model):
    """Who is told when nobody does anything: one pass a minute over what is due."""

    # by topic, as in the other files of this model
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.incident"

    escalation_state = fields.Json(
        readonly=True, copy=False, help="The round, and which of its levels are done."
    )
    escalation_error = fields.Char(
        readonly=True, copy=False, help="Why it could not be escalated the last time."
    )
    touched_at = fields.Datetime(
        readonly=True, copy=False, help="When a person last did something about it."
    )

    @api.model
    def _cron_escalate(self):
        """Do all that is due, and commit after each stage and batch."""
        if not self.env["monitor.config"]._switches().enabled:
            return
        self._run_escalation(clock.utcnow(), self.env["ir.cron"]._commit_progress)

    @api.model
    def _run_escalation(self, now, commit=None):
        """Do all stages as at ``now``; return the names of those that failed.

        Without ``commit`` all stays in the caller's transaction. What is to be sent is
        sent by *Monitor: deliver notifications*.
        """
        failed = []
        for name, stage in self._escalation_stages():
            if not anew(self.env, lambda stage=stage: self._stage(stage, now), commit):
                failed.append(name)
        while anew(self.env, lambda: self._escalate_due(now), commit):
            continue
        self.env["monitor.notification"]._wake_delivery(now)
        return failed

    @api.model
    def _stage(self, stage, now):
        """Do one stage; return whether it went well."""
        try:
            with self.env.cr.savepoint():
                stage(now)
        except Exception as error:
            # One broken stage keeps no other from its work: logged, tried again.
            raise_if_retryable(error)
            self.env.invalidate_all(flush=False)
            _logger.exception("Monitor escalation: stage %r failed", stage)
            return False
        return True

    @api.model
    def _escalation_stages(self):
        """Return ``[(name, method)]`` of what is set right before levels are done."""
        return [
            ("on call", self.env["monitor.oncall.rotation"]._plan_ahead),
            ("owners", self._audit_owners),
            ("policies", self.env["monitor.escalation.policy"]._audit),
            ("schedule", self._repair_schedule),
            ("activities", self._close_activities),
        ]

    def _start_escalation(self, now):
        """Take the policy as it is now; the first step comes with the first news."""
        for incident in self:
            policy = incident._find_policy()
            begins_at = incident.notify_at or now
            incident.write(
                {
                    "escalation_policy_id": policy.id,
                    "escalation_snapshot": policy._snapshot() if policy else False,
                    "escalation_state": escalation.pack(escalation.Progress(begins_at)),
                    "escalation_level": 0,
                    "escalation_loop": 0,
                    "next_step_at": begins_at,
                }
            )

    def _find_policy(self):
        """Return the rule's policy, else the team's, else the one of the settings."""
        self.ensure_one()
        # sudo: a setting, for whoever opens an incident
        stored = (
            self.env["ir.config_parameter"].sudo().get_param(POLICY_PARAMETER) or ""
        )
        policies = self.env["monitor.escalation.policy"].sudo()
        default = policies.browse(int(stored) if stored.isdigit() else []).exists()
        shipped = self.env.ref(
            "monitor_incident.monitor_escalation_policy_default",
            raise_if_not_found=False,
        )
        for policy in (
            self.rule_id.escalation_policy_id,
            self.team_id.escalation_policy_id,
            default,
            shipped or policies,
        ):
            if policy.active and policy.company_id in (
                self.company_id,
                policy.company_id.browse(),
            ):
                return policy
        return policies.browse()

    def _touch(self, now):
        """Note that a person did something about it: it is not forgotten."""
        self.write({"touched_at": now})

    def _merge_escalation(self, sources):
        """Go on from the incident that is furthest: nobody is told again."""
        self.ensure_one()
        now = clock.utcnow()
        progress = self._escalation_input(now)[1]
        for source in sources:
            progress = escalation.further(progress, source._escalation_input(now)[1])
        self._store_progress(progress)
        self.next_step_at = now

    @api.model
    def _escalate_due(self, now, limit=BATCH):
        """Do what is due of a batch of incidents; return how many there were.

        Rows that another process works on are left to it.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM monitor_incident
                 WHERE (state IN %s
                        AND (next_step_at <= %s OR notify_at <= %s
                             OR (told_user_id <> user_id AND state <> 'snoozed'
                                 AND escalation_error IS NULL)))
                    OR (state = 'resolved' AND notify_at <= %s)
                 ORDER BY least(next_step_at, notify_at), id
                 LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                OPEN_STATES,
                now,
                now,
                now,
                limit,
            )
        )
        incidents = self.browse([row[0] for row in rows])
        incidents.invalidate_recordset()
        for incident in incidents:
            incident._escalate_guarded(now)
        return len(incidents)

    def _escalate_guarded(self, now):
        """Escalate one; a broken one is left alone for an hour, and shown."""
        try:
            with self.env.cr.savepoint():
                self._escalate_one(now)
        except Exception as error:
            raise_if_retryable(error)
            self.env.invalidate_all(flush=False)
            _logger.exception("Incident %s could not be escalated", self.id)
            self.write(
                {
                    "next_step_at": now + BACK_OFF,
                    "notify_at": self.notify_at and now + BACK_OFF,
                    "escalation_error": f"{type(error).__name__}: {error}"[:500],
                }
            )

    def _escalate_one(self, now):
        """Do the levels that are due, then tell the owner what is new."""
        policy, progress, facts = self._escalation_input(now)
        decision = escalation.decide(policy, progress, facts, now, self._plan_step)
        if decision.unacknowledge:
            self._unacknowledge(policy, now)
        told = self._do_levels(decision.steps, policy, decision.progress, facts, now)
        self.write({"next_step_at": decision.next_at, "escalation_error": False})
        self._tell_news(told, now)

    def _do_levels(self, indexes, policy, progress, facts, now):
        """Do levels in order; one that reaches nobody is followed by the next at once.

        Returns the users who were told.
        """
        told, waiting = self.env["res.users"], list(indexes)
        while waiting:
            index = waiting.pop(0)
            progress = escalation.Progress(
                progress.anchor, progress.loop, progress.done | {index}
            )
            key = escalation.step_key(progress.loop, index)
            line = self.escalation_snapshot["levels"][index]
            reached, anybody = self._do_level(line, index, key, now)
            told |= reached
            if not anybody and not waiting:
                after = escalation.skip_to_next(policy, progress, facts)
                waiting = [after] if after is not None else []
                if not waiting and not told:
                    told |= self._tell_anyhow(key, now)
        self._store_progress(progress)
        return told

    def _store_progress(self, progress):
        self.write(
            {
                "escalation_state": escalation.pack(progress),
                "escalation_level": progress.level,
                "escalation_loop": progress.loop,
            }
        )

    def _do_level(self, line, index, key, now):
        """Tell whom a level names; return the users told, and whether anybody was."""
        Level = self.env["monitor.escalation.level"]
        users, channel, skipped = Level._targets(line, self, now)
        people = self.env["monitor.people"]
        for person, reason in skipped:
            words = people._skipped_text([(person, reason)])
            params = {"person": person.name, "reason": words}
            self._log("skipped", "level_skipped", params, now=now)
        self.env["monitor.notification"]._queue(
            self, key, users, channel, Level._channels(line), now,
            reason=self._reason_of_level(),
        )  # fmt: skip
        names = ", ".join([*users.mapped("name"), *channel.mapped("name")])
        anybody = bool(users or channel)
        code = "level_done" if anybody else "level_nobody"
        params = {"level": index + 1, "people": names}
        self._log("escalated", code, params, now=now)
        Level._run_action(line, self, now)
        return users, anybody

    def _unacknowledge(self, policy, now):
        self.write(
            {"state": "new", "acknowledged_at": False, "acknowledged_by_id": False}
        )
        params = {"minutes": policy.unacknowledge}
        self._log("unacknowledged", "unacknowledged", params, now=now)

    def _escalation_input(self, now):
        """Return policy, progress and facts for :func:`escalation.decide`."""
        self.ensure_one()
        policy = escalation.parse_policy(self.escalation_snapshot or {})
        start = self.opened_at or self.first_seen_at or now
        progress = escalation.unpack(self.escalation_state or {}, start)
        waits_for_news = not self.last_notified_at and self.notify_at
        paused = self.snoozed_until if self.state == "snoozed" else False
        if not paused and self._is_muted():
            paused = now + LOOK_AGAIN
        if waits_for_news and self.notify_at > now:
            paused = max(paused or self.notify_at, self.notify_at)
        facts = escalation.Facts(
            severity=self.severity,
            open=self.state in OPEN_STATES,
            acknowledged=self.state in HELD_STATES,
            touched_at=self.touched_at or self.acknowledged_at or None,
            paused_until=paused or None,
        )
        return policy, progress, facts

    def _is_muted(self):
        """Whether people muted all that is left of it: then nobody is to be told."""
        left = self.alert_ids.filtered(lambda alert: alert.state != "resolved")
        muted = left.filtered(lambda a: a.suppression in ("silence", "maintenance"))
        return bool(left) and left == muted

    def _plan_step(self, index, start, minutes, working):
        """Return when a delay has passed, in the working time of who is told then."""
        if not working:
            return start + timedelta(minutes=minutes)
        user = self.user_id
        if index is not None:
            line = self.escalation_snapshot["levels"][index]
            level = self.env["monitor.escalation.level"]
            user = level._targets(line, self, start)[0][:1] or user
        return self.env["monitor.working.time"]._plan(
            user, self.team_id, self.company_id, start, minutes
        )

    @api.model
    def _repair_schedule(self, now):
        """Wake incidents that nobody acknowledged and nothing will look at again.

        That is a defect somewhere: logged, noted in the timeline, and repaired.
        """
        lost = self.search([("state", "=", "new"), ("next_step_at", "=", False)])
        for incident in lost:
            _logger.error("Incident %s had no next step of its escalation", incident.id)
            if not incident.escalation_snapshot:
                incident._start_escalation(now)
            incident.next_step_at = now
            incident._log("escalated", "schedule_repaired", {}, now=now)

    @api.model
    def _close_activities(self, _now):
        """Remove the activities of who owes nothing any more.

        All, once the incident is over, snoozed or merged; those of others than the
        owner, once somebody acknowledged.
        """
        self.flush_model(["state", "user_id"])
        self.env["mail.activity"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id FROM mail_activity a
                  JOIN monitor_incident i ON i.id = a.res_id
                 WHERE a.res_model = 'monitor.incident' AND a.active
                   AND a.activity_type_id = %s AND a.automated
                   AND (i.state NOT IN ('new', 'acknowledged', 'in_progress')
                        OR (i.state <> 'new' AND a.user_id IS DISTINCT FROM i.user_id))
                """,
                self.env.ref(ACTIVITY).id,
            )
        )
        self.env["mail.activity"].browse([row[0] for row in rows]).unlink()
