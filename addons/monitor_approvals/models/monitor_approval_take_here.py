from odoo import api, models
from odoo.tools import SQL

from .capture_sql import insert_observations
from .desk import Desk


class MonitorApprovalTakeHere(models.AbstractModel):
    """Approvals decided here: requested by people, guarded, compared with documents."""

    _name = "monitor.approval.take.here"
    _description = "Monitor Approval: Requested Here"

    @api.model
    def _request(self, policy, records, comment, origin, now):
        """Open a round for each record that does not wait already."""
        approvals = self.env["monitor.approval"]
        waiting = approvals.search(
            [
                ("policy_id", "=", policy.id),
                ("res_id", "in", records.ids),
                ("state", "=", "pending"),
            ]
        )
        missing = records.filtered(
            lambda one: one.id not in set(waiting.mapped("res_id"))
        )
        if not missing:
            return waiting
        self.env.flush_all()
        notes = [
            {"id": one.id, "actor": self.env.uid, "origin": origin, "is_new": False}
            for one in missing
        ]
        reading = policy._reading()
        insert = insert_observations(reading, policy.id, policy.version, notes, now)
        self.env.cr.execute(SQL("%s RETURNING id", insert))
        seen = self.env["monitor.approval.observation"].browse(
            [row[0] for row in self.env.cr.fetchall()]
        )
        desk = Desk(self.env)
        cases = self._cases(list(seen), desk)
        self._step_open(cases, now)
        desk.finish()
        made = approvals.concat(*(case.approval for case in cases))
        self.env["monitor.approval.document"]._know(
            made, {one.res_id: (one.values or {}, one.amount) for one in seen}
        )
        if comment:
            made.write({"comment": comment})
        for case in cases:
            if not case.approval.tier_ids:
                case.approval._decided("approved", now)  # nobody has to be asked
        self.env["monitor.approval.exception"]._raise_all(
            [case.approval._breach(*one) for case in cases for one in case.found], now
        )
        self.env.cr.execute(
            "DELETE FROM monitor_approval_observation WHERE id = ANY(%s)", [seen.ids]
        )
        seen.invalidate_recordset(flush=False)
        return waiting | made

    @api.model
    def _steps_here(self, case):
        """Return what a change of the document means for a round that is decided here.

        It becomes approved after its approval; without one it got past.
        """
        seen, known, approval = case.seen, case.known, case.approval
        changed = bool(known) and self._is_changed(seen, known)
        if seen.state == "gone":
            return ("orphan",) if approval.state == "pending" else ()
        if case.moved and seen.state != "approved":
            return ("withdraw", "open")  # others decide in its company now
        if approval.state == "pending":
            steps = ("amend",) if changed else ()
            return steps + (("bypass",) if seen.state == "approved" else ())
        if seen.state == "approved" != known.state and approval.state != "approved":
            return ("direct",)
        if approval.state == "approved" and changed:
            return ("amend_after",)
        return ()

    @api.model
    def _step_bypass(self, cases, now):
        """The document went on without waiting for the decision."""
        for case in cases:
            known = case.seen.actor_id and case.seen.origin != "sweep"
            self._pass_over(case, "actor" if known else "sweep")
