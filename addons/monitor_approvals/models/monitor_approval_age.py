from datetime import timedelta

from odoo import api, models

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error
from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.fingerprint import is_retryable

from ..tools.scales import AGING

BATCH = 5000
#: What is due, oldest first; those that somebody is deciding on wait for the next time.
#: A late start says each thing once: the moments that passed meanwhile are one step.
AGE = """
    WITH due AS (
        SELECT id FROM monitor_approval
         WHERE state = 'pending' AND next_check_at <= %(now)s
         ORDER BY next_check_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), step AS (
        SELECT a.id,
               a.warned_at IS NULL AND a.warn_at <= %(now)s AS warns,
               a.breached_at IS NULL AND a.breach_at < %(now)s AS breaches,
               a.escalated_at IS NULL AND a.escalate_at <= %(now)s AS escalates
          FROM due JOIN monitor_approval a USING (id)
    ), aged AS (
        UPDATE monitor_approval a
           SET aging_bucket = {bucket},
               warned_at = CASE WHEN step.warns THEN %(now)s ELSE a.warned_at END,
               breached_at = CASE WHEN step.breaches THEN a.breach_at
                                  ELSE a.breached_at END,
               escalated_at = CASE WHEN step.escalates THEN %(now)s
                                   ELSE a.escalated_at END,
               escalation_level = a.escalation_level + step.escalates::int,
               next_check_at = (
                   SELECT min(moment) FROM (VALUES {boundaries},
                          (a.warn_at), (a.breach_at + interval '1 microsecond'),
                          (a.escalate_at)) AS later(moment)
                    WHERE moment > %(now)s)
          FROM step WHERE a.id = step.id
     RETURNING a.*, step.warns, step.breaches, step.escalates
    ), told AS (
        INSERT INTO monitor_approval_event
            (approval_id, policy_id, policy_version, kind, origin, act, occurred_at,
             recorded_at, model, res_id, record_name, round, tier, escalation_level,
             amount, currency_id, amount_company, rate_date, department, risk,
             calendar_id, company_id, create_date, write_date)
        SELECT aged.id, policy_id, policy_version, fact.kind, 'cron', %(act)s,
               fact.at, %(now)s, model, res_id, record_name, round, tier,
               escalation_level, amount, currency_id, amount_company, rate_date,
               department, risk, calendar_id, company_id, %(now)s, %(now)s
          FROM aged, LATERAL (VALUES ('reminded', aged.warns, aged.warn_at),
                                     ('escalated', aged.escalates, aged.escalate_at)
               ) AS fact(kind, is_so, at)
         WHERE fact.is_so
    )
    SELECT id, warns, breaches, escalates FROM aged
"""


def _age_statement():
    """Return the statement with the buckets of ``tools/scales.py``."""
    cases = " ".join(
        f"WHEN a.pending_since <= %(now)s - interval '{_seconds(since)} s' "
        f"THEN '{value}'"
        for value, _label, since in reversed(AGING)
        if since
    )
    boundaries = ", ".join(
        f"(a.pending_since + interval '{_seconds(since)} s')"
        for _value, _label, since in AGING
        if since
    )
    bucket = f"CASE {cases} ELSE '{AGING[0][0]}' END"
    return AGE.format(bucket=bucket, boundaries=boundaries)


def _seconds(since):
    return int(since / timedelta(seconds=1))


class MonitorApprovalAge(models.AbstractModel):
    """*Monitor: age approvals*: what becomes due is noted, and people are told."""

    _name = "monitor.approval.age"
    _description = "Monitor Approval: Aging"
    _inherit = ["monitor.approval.people", "monitor.approval.reschedule"]

    @api.model
    def _cron_age(self):
        """Take in what was observed, age what is due, look for who can decide."""
        if not self.env["monitor.config"]._switches().enabled:
            return
        commit = self.env["ir.cron"]._commit_progress
        now = clock.utcnow()
        self._discover()
        self.env["monitor.approval.delegation"]._follow_time(now)
        self._until_done(lambda: self.env["monitor.approval.take"]._take(now), commit)
        self._reschedule(now)
        self._until_done(lambda: len(self._age(now)), commit)
        self._look_for_people(now)
        self.env["monitor.approval.exception"]._reopen_expired(now)
        commit(1)

    @api.model
    def _discover(self):
        """Make the policies of apps; what keeps one from it does not stop aging."""
        try:
            with self.env.cr.savepoint():
                self.env["monitor.approval.policy"]._discover()
        except Exception as error:
            if is_retryable(error):
                raise
            note_self_error(self.env, "approval_discover", error)

    @api.model
    def _until_done(self, work, commit):
        while (done := work()) and commit(done, remaining=0):
            pass

    @api.model
    def _age(self, now, limit=BATCH):
        """Age what is due, in one statement; return the rows that were.

        :return: ``[(id, reminded, became late, escalated)]``
        """
        self.env.flush_all()
        self.env.cr.execute(
            _age_statement(),
            {"now": now, "limit": limit, "act": f"age:{now.isoformat()}"},
        )
        rows = self.env.cr.fetchall()
        self.env["monitor.approval"].invalidate_model(flush=False)
        self._remind([id_ for id_, warns, _late, _up in rows if warns], now)
        return rows

    @api.model
    def _remind(self, ids, now):
        """Give each person asked one activity, however many wait for her."""
        by_user = {}
        # sudo: part of a scheduled action
        for approval in self.env["monitor.approval"].sudo().browse(ids):
            for user in approval.holder_ids:
                by_user.setdefault(user, approval.browse())
                by_user[user] |= approval
        for user, approvals in by_user.items():
            approvals._remind_of(user)
