from datetime import timedelta

import pytz

from odoo import api, models


class MonitorWorkingTime(models.AbstractModel):
    """Deadlines in the working time of who is responsible."""

    _name = "monitor.working.time"
    _description = "Monitor Working Time"

    @api.model
    def _plan(self, user, team, company, start, minutes):
        """Return when ``minutes`` of working time have passed since ``start``.

        Of the user's calendar with her leaves, else the team's, else the company's; in
        her time zone. By the clock where nobody ever works.

        :param start: naive UTC
        """
        calendar, resource = self._calendar(user, team, company)
        by_clock = start + timedelta(minutes=minutes)
        if not calendar or not calendar.attendance_ids:
            return by_clock
        begin = start.replace(tzinfo=pytz.utc)
        moment = calendar.plan_hours(
            minutes / 60, begin, compute_leaves=True, resource=resource
        )
        if not moment:
            return by_clock
        return self._to_second(moment.astimezone(pytz.utc).replace(tzinfo=None))

    @api.model
    def _minutes_between(self, user, team, company, start, stop):
        """Return the working minutes between two moments (naive UTC), 0 at least."""
        if stop <= start:
            return 0.0
        calendar, resource = self._calendar(user, team, company)
        if not calendar or not calendar.attendance_ids:
            return (stop - start).total_seconds() / 60
        intervals = calendar._work_intervals_batch(
            start.replace(tzinfo=pytz.utc),
            stop.replace(tzinfo=pytz.utc),
            resources=resource,
        )[resource.id]
        return sum((end - begin).total_seconds() for begin, end, _m in intervals) / 60

    @api.model
    def _calendar(self, user, team, company):
        """Return the calendar that counts and, for its leaves, whose resource."""
        # sudo: working hours of colleagues decide, whoever asks
        resources = user.sudo().resource_ids.filtered("calendar_id")
        own = resources.filtered(lambda r: not company or r.company_id == company)
        resource = (own or resources)[:1]
        company = company or user.company_id or self.env.company
        calendar = (
            resource.calendar_id
            or team.sudo().calendar_id
            or company.sudo().resource_calendar_id
        )
        if not resource and user.tz in pytz.all_timezones_set:
            zone = pytz.timezone(user.tz)
            calendar = calendar.with_context(employee_timezone=zone)
        return calendar, resource

    @staticmethod
    def _to_second(moment):
        # sums of floats: 15:59:59.999999 is 16:00
        moment += timedelta(microseconds=500_000)
        return moment.replace(microsecond=0)
