from datetime import timedelta

from odoo import models

from ..tools import definition
from ..tools.scales import aging_bucket, next_bucket_in
from .working_book import WorkingBook

MOVED = ("warn_at", "due_at", "breach_at", "escalate_at")


class MonitorApprovalClocked(models.AbstractModel):
    """Within what time an approval is due: worked out once, when its turn comes."""

    _name = "monitor.approval.clocked"
    _description = "Monitor Approval: Due Times"

    def _holder(self):
        """Return the one user whose working hours count; none: the company's.

        Where several may decide, nobody's own leave keeps the others from it.
        """
        self.ensure_one()
        holders = self.holder_ids
        return holders if len(holders) == 1 else holders.browse()

    def _start_clock(self, since, book=None):
        """Begin to count: from now on somebody can decide.

        :param since: a moment, or ``{approval: moment}``
        """
        book = book or WorkingBook(self.env)
        for approval in self:
            begin = since[approval] if isinstance(since, dict) else since
            spent = approval._elapsed(begin, book) if approval.pending_since else {}
            times = approval._times(begin, book)
            approval.write({"pending_since": begin, **spent, **times})

    def _times(self, begin, book):
        """Return all times that follow from the moment since when it is actionable."""
        holder, company = self._holder(), self.company_id
        warn, due, escalate = self._terms()
        times = {
            "warn_at": book.moment(holder, company, begin, warn),
            "due_at": book.moment(holder, company, begin, due),
            "breach_at": book.moment(holder, company, begin, due, latest=True),
            "escalate_at": book.moment(holder, company, begin, escalate),
        }
        calendar, _resource = book.calendar(holder, company)
        age = timedelta(0)
        return {
            **times,
            "calendar_id": calendar.id,
            "warned_at": False,
            "breached_at": False,
            "escalated_at": False,
            "aging_bucket": aging_bucket(age),
            "next_check_at": min(
                moment
                for moment in (begin + next_bucket_in(age), *times.values())
                if moment
            ),
        }

    def _terms(self):
        """Return warn, due, escalate of the current tier, in the version's words."""
        rules = self.version_id._load()
        tier = next((one for one in rules.tiers if one.level == self.tier), None)
        return definition.terms(rules, tier)

    def _stop_clock(self, at, book=None):
        """Note how long it took; nothing is due any more.

        Who was asked is released by :class:`desk.Desk`, or by the caller.
        """
        book = book or WorkingBook(self.env)
        for approval in self:
            limit = approval.breach_at
            late = limit and at > limit and not approval.breached_at
            approval.write(
                {
                    **approval._elapsed(at, book),
                    **({"breached_at": limit} if late else {}),
                    "next_check_at": False,
                    "decided_at": at,
                    "tier": 0,
                }
            )

    def _elapsed(self, at, book):
        """Return for how long it waited in all, this tier until now included."""
        begin = self.pending_since
        wall = max(timedelta(0), at - begin) if begin else timedelta(0)
        worked = book.worked(self._holder(), self.company_id, begin, at)
        return {
            "elapsed_hours": self.elapsed_hours + wall.total_seconds() / 3600,
            "working_hours": self.working_hours + worked.total_seconds() / 3600,
        }

    def _in_window(self, user, at, book):
        """Return whether a decision of ``user`` at a moment was in working hours."""
        window = self.version_id._load().window
        if window == "none":
            return True
        # company: nobody's own hours
        who = user if window == "approver" else user.browse()
        return book.is_open(who, self.company_id, at)

    def _move_due(self, now, book):
        """Work out the times of these anew; a moved due date is noted."""
        events = []
        for approval in self.filtered("pending_since"):
            before = approval.due_at
            times = approval._times(approval.pending_since, book)
            if all(approval[name] == (times[name] or False) for name in MOVED):
                continue
            kept = {name: times[name] for name in (*MOVED, "calendar_id")}
            # the next look finds what is due by now
            approval.write({**kept, "next_check_at": now})
            if approval.due_at != before:
                moved = [
                    when and when.isoformat() for when in (before, approval.due_at)
                ]
                values = {"due_at": moved}
                events.append(approval._event("rescheduled", now, values=values))
        self.env["monitor.approval"]._record_events(events)

    def _waits_too_long(self, now, book):
        """Return whether the company worked longer than this may take."""
        nobody = self.holder_ids.browse()
        _warn, due, _escalate = self._terms()
        limit = book.moment(nobody, self.company_id, self.pending_since, due)
        return bool(limit) and limit < now
