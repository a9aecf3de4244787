import hashlib

from odoo import api, models

from .working_book import WorkingBook

CALENDARS_KEY = "monitor_approvals.calendars"
BATCH = 1000
#: What due dates depend on; a row that was deleted changes the count.
CALENDARS = """
    SELECT string_agg(part, ';') FROM (
        SELECT 'l' || count(*) || max(write_date) FROM resource_calendar_leaves
        UNION ALL
        SELECT 'a' || count(*) || max(write_date) FROM resource_calendar_attendance
        UNION ALL
        SELECT 'c' || count(*) || max(write_date) FROM resource_calendar
        UNION ALL
        SELECT 'r' || count(*) || max(write_date) FROM resource_resource
    ) AS parts(part)
"""


class MonitorApprovalReschedule(models.AbstractModel):
    """Moves due dates when working hours or holidays change, and in no other case."""

    _name = "monitor.approval.reschedule"
    _description = "Monitor Approval: Moving Due Dates"

    @api.model
    def _reschedule(self, now):
        """Work out again when what waits is due, if calendars changed since.

        What is late already stays so. The former date is kept in the timeline.
        """
        self.env.flush_all()
        self.env.cr.execute(CALENDARS)
        text = self.env.cr.fetchone()[0] or ""
        state = hashlib.sha256(text.encode()).hexdigest()
        # sudo: what the Monitor itself remembers
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(CALENDARS_KEY) == state:
            return
        parameters.set_param(CALENDARS_KEY, state)
        approvals, last = self.env["monitor.approval"].sudo(), 0
        book = WorkingBook(self.env)
        while found := approvals.search(
            [("state", "=", "pending"), ("breached_at", "=", False), ("id", ">", last)],
            order="id",
            limit=BATCH,
        ):
            found._move_due(now, book)
            last = found[-1].id
