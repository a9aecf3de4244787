"""Working hours of people and companies, read once for many approvals."""

from datetime import timedelta

import pytz

from ..tools.working_clock import WorkingClock, allowance, round_the_clock

#: How far ahead hours are read at first, and at most. Most terms are some days, and
#: reading the hours of a quarter took half of the time of a decision.
HORIZON = timedelta(days=21)
MOST = timedelta(days=1500)
BEFORE = timedelta(days=1)


class WorkingBook:
    """Answers when working time has passed, reading each calendar once."""

    def __init__(self, env):
        self.env = env
        self._chosen = {}
        self._clocks = {}

    def calendar(self, user, company):
        """Return ``(calendar, resource)`` that count: the user's or the company's."""
        key = (user.id, company.id)
        if key not in self._chosen:
            teams = self.env["monitor.team"]
            self._chosen[key] = self.env["monitor.working.time"]._calendar(
                user, teams, company
            )
        return self._chosen[key]

    def moment(self, user, company, start, term, latest=False):
        """Return when a term is over that begins at ``start``; ``None``: never."""
        calendar, _resource = self.calendar(user, company)
        allowed = allowance(term.amount, term.unit, calendar.hours_per_day or 8.0)
        if allowed is None:
            return None
        duration, in_working_time = allowed
        if not in_working_time:
            return start + duration
        reach = HORIZON
        while reach <= MOST:
            clock = self._clock(user, company, start, start + reach)
            found = clock.after(start, duration, latest=latest)
            if found is not None:
                return found
            reach *= 4
        return start + duration  # nobody works there: by the clock

    def worked(self, user, company, start, stop):
        """Return the working time between two moments."""
        if not start or stop <= start:
            return timedelta(0)
        return self._clock(user, company, start, stop).between(start, stop)

    def is_open(self, user, company, moment):
        """Return whether somebody works at a moment."""
        # up to later: at its very end a clock does not know
        clock = self._clock(user, company, moment, moment + BEFORE)
        return clock.is_open(moment)

    def _clock(self, user, company, start, stop):
        calendar, resource = self.calendar(user, company)
        zone = calendar.env.context.get("employee_timezone")
        key = (calendar.id, resource.id, str(zone))
        known = self._clocks.get(key)
        if known is None or start < known[0] or stop > known[1]:
            begin = min(start, known[0]) if known else start - BEFORE
            end = max(stop, known[1]) if known else stop + HORIZON
            known = (begin, end, self._read(calendar, resource, begin, end))
            self._clocks[key] = known
        return known[2]

    @staticmethod
    def _read(calendar, resource, begin, end):
        if not calendar or not calendar.attendance_ids or calendar.flexible_hours:
            return round_the_clock(begin, end)
        found = calendar._work_intervals_batch(
            begin.replace(tzinfo=pytz.utc),
            end.replace(tzinfo=pytz.utc),
            resources=resource,
        )[resource.id]
        return WorkingClock(
            ((_naive(start), _naive(stop)) for start, stop, _meta in found), begin, end
        )


def _naive(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)
