from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import clock

from .capture_sql import AFTER_STATE, READ

#: What differs from how it was last seen; documents that wait to be taken in are left
#: out, what became of them is known already.
SWEEP = """
    INSERT INTO monitor_approval_observation
           (policy_id, version, seen_at, res_id, actor_id, origin, act, is_new,
            %(read)s)
    SELECT %(policy)s, %(version)s, %(now)s, note.id, NULL, 'sweep', %(act)s, false,
           coalesce(seen.state, 'gone'), %(after_state)s
      FROM (SELECT id FROM %(table)s
            UNION
            SELECT res_id FROM monitor_approval_document
             WHERE policy_id = %(policy)s AND state <> 'gone') note
     CROSS JOIN (SELECT %(now)s::date AS today) clock
      LEFT JOIN monitor_approval_document known
             ON known.policy_id = %(policy)s AND known.res_id = note.id
      LEFT JOIN LATERAL (%(reading)s) seen(%(read)s) ON true
     WHERE NOT (coalesce(seen.state, 'gone') IN ('none', 'gone')
                AND coalesce(known.state, 'none') IN ('none', 'gone'))
       AND (coalesce(seen.state, 'gone') IS DISTINCT FROM known.state
            OR (coalesce(seen.state, 'gone') <> 'gone'
                AND (seen."values" IS DISTINCT FROM known."values"
                     OR seen.tiers IS DISTINCT FROM known.tiers
                     OR coalesce(seen.amount, 0)
                        IS DISTINCT FROM coalesce(known.amount::numeric, 0))))
       AND NOT EXISTS (SELECT 1 FROM monitor_approval_observation waiting
                        WHERE waiting.policy_id = %(policy)s
                          AND waiting.res_id = note.id)
     ORDER BY note.id
"""
#: What was decided before the policy was made is known, and not judged.
BASELINE = """
    INSERT INTO monitor_approval_document
           (policy_id, res_id, state, "values", tiers, amount, round, seen_at)
    SELECT %(policy)s, note.id, seen.state, seen."values", seen.tiers,
           coalesce(seen.amount, 0), 0, %(now)s
      FROM %(table)s note
     CROSS JOIN (SELECT %(now)s::date AS today) clock
      JOIN LATERAL (%(reading)s) seen(%(read)s) ON true
     WHERE seen.state IN ('approved', 'rejected')
        ON CONFLICT (policy_id, res_id) DO NOTHING
"""


class MonitorApprovalPolicySweep(models.AbstractModel):
    """Compares documents with what is known of them: SQL, imports, lost hooks."""

    _name = "monitor.approval.policy.sweep"
    _description = "Monitor Approval Policy: Comparing"

    swept_at = fields.Datetime(string="Last Compared", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._baseline(clock.utcnow())
        return policies

    def write(self, vals):
        again, ended = self.browse(), self.browse()
        if vals.get("active"):
            again = self.filtered(lambda one: not one.active)
        elif "active" in vals:
            ended = self.filtered("active")
        result = super().write(vals)
        again._forget_documents()
        again._baseline(clock.utcnow())
        ended._end_requests()
        return result

    def _forget_documents(self):
        """What happened while a policy was archived is not judged."""
        self.env["monitor.approval.document"].sudo().search(  # sudo: ours
            [("policy_id", "in", self.ids)]
        ).unlink()

    def _end_requests(self):
        """Nobody is asked any more under a policy that was archived."""
        # sudo: of all companies
        open_ = (
            self.env["monitor.approval"]
            .sudo()
            .search([("policy_id", "in", self.ids), ("state", "=", "pending")])
        )
        if open_:
            reason = self.env._("The policy was archived.")
            open_._end_here("cancelled", "cancelled", clock.utcnow(), reason)

    def _baseline(self, now):
        """Know the documents as they are: only what comes from now on is judged."""
        for policy in self.filtered("active"):
            policy._run_sweep(BASELINE, now)
            # else the planner believes for a while that there are none
            self.env.cr.execute("ANALYZE monitor_approval_document")
            policy._sweep(now)

    def action_sweep(self):
        """Compare all documents now."""
        self.check_access("write")
        now = clock.utcnow()
        self.env["monitor.approval.take"]._take(now)
        for policy in self:
            policy._sweep(now)
        self.env["monitor.approval.take"]._take(now)
        return True

    def _sweep(self, now):
        """Note documents that differ from how they were last seen.

        What is noted is taken in like what was seen when it happened. Idempotent: what
        was taken in differs no more.

        :return: how many were noted
        """
        self.ensure_one()
        count = self._run_sweep(SWEEP, now)
        self.sudo().swept_at = now  # sudo: no version is made of this
        return count

    def _run_sweep(self, statement, now):
        reading = self._reading_quietly()
        if reading is None:
            return 0
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                statement,
                policy=self.id,
                version=self.version,
                now=now,
                act=f"sweep:{now.isoformat()}",
                table=SQL.identifier(self.env[self.model]._table),
                reading=reading.query,
                read=SQL(READ),
                after_state=SQL(AFTER_STATE),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _cron_compare(self):
        """Compare documents with what is known, one policy after the other."""
        commit = self.env["ir.cron"]._commit_progress
        self.env["monitor.approval.take"]._try_again()
        self.env["monitor.approval"]._judge_versions(clock.utcnow())
        policies = self.search([("active", "=", True)])
        for place, policy in enumerate(policies, 1):
            policy._sweep(clock.utcnow())
            if not commit(1, remaining=len(policies) - place):
                break
