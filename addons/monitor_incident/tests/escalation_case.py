"""People of an incident, working hours, and a short way to make incidents."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.monitor_core.tests.common import MonitorCase

from ..models.monitor_incident_escalation import POLICY_PARAMETER

FRI = datetime(2026, 11, 20)
MON = datetime(2026, 11, 23)
MAIL_SERVER = "odoo.addons.base.models.ir_mail_server.IrMail_Server"


def at(day, hour, minute=0):
    return day + timedelta(hours=hour, minutes=minute)


class EscalationCase(MonitorCase):
    """Olga owns, Lena leads the team; Monday to Friday, 8 to 17 in UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["monitor.incident"].search([]).unlink()
        cls.env["ir.config_parameter"].set_param(POLICY_PARAMETER, False)
        cls.olga = cls.make_person("olga")
        cls.lena = cls.make_person("lena")
        cls.calendar = cls.make_calendar("UTC")
        cls.team = cls.env["monitor.team"].create(
            {
                "name": "Operations",
                "leader_id": cls.lena.id,
                "calendar_id": cls.calendar.id,
            }
        )
        cls.workflow = cls.make_flow(
            technical_owner_id=cls.olga.id, team_id=cls.team.id
        )
        cls.policy = cls.env["monitor.escalation.policy"].create(
            {
                "name": "Owner, then leader",
                "level_ids": [
                    Command.create({"delay_minutes": 0, "target": "owner"}),
                    Command.create({"delay_minutes": 120, "target": "leader"}),
                ],
            }
        )
        cls.team.escalation_policy_id = cls.policy
        cls.incidents = cls.env["monitor.incident"]
        cls.notifications = cls.env["monitor.notification"]

    @classmethod
    def make_person(cls, login, **values):
        values = {
            "groups": "monitor_core.group_monitor_operator",
            "email": f"{login}@example.com",
            "tz": False,
            "notification_type": "inbox",
            "context": {"no_reset_password": True, "tracking_disable": True},
            **values,
        }
        return new_test_user(cls.env, f"monitor_{login}", name=login, **values)

    @classmethod
    def make_calendar(cls, zone):
        days = [
            Command.create(
                {
                    "name": str(day),
                    "dayofweek": str(day),
                    "hour_from": 8,
                    "hour_to": 17,
                    "day_period": "morning",
                }
            )
            for day in range(5)
        ]
        return cls.env["resource.calendar"].create(
            {"name": "8 to 17", "tz": zone, "attendance_ids": days}
        )

    @classmethod
    def make_resource(cls, user, zone="UTC"):
        calendar = cls.make_calendar(zone)
        return cls.env["resource.resource"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "calendar_id": calendar.id,
                "tz": zone,
            }
        )

    @classmethod
    def make_leave(cls, calendar, start, stop, resource=None):
        return cls.env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "calendar_id": calendar.id,
                "resource_id": resource.id if resource else False,
                "date_from": start,
                "date_to": stop,
            }
        )

    def open_incident(self, now, **values):
        """Open an incident as the pipeline does, and return it."""
        self.set_clock(now)
        incident = self.incidents.create(
            {
                "title": "Orders wait for payment",
                "severity": "error",
                "workflow_id": self.workflow.id,
                "user_id": self.olga.id,
                "team_id": self.team.id,
                "company_id": self.env.company.id,
                "first_seen_at": now,
                "last_seen_at": now,
                "opened_at": now,
                **values,
            }
        )
        incident._start_escalation(now)
        incident._set_deadlines(now)
        return incident

    def escalate(self, now):
        """Do what *Monitor: escalate* and *deliver* do, as at ``now``."""
        self.set_clock(now)
        self.env.cr.flush()
        failed = self.incidents._run_escalation(now)
        self.env["monitor.notification"]._deliver(now)
        self.env.invalidate_all()
        self.assertFalse(failed)

    def told(self, incident, state="sent"):
        """Return ``{(login, channel)}`` of what was sent."""
        rows = incident.notification_ids.filtered(lambda n: n.state == state)
        return {(n.user_id.name, n.channel) for n in rows}

    def entries(self, incident, kind):
        lines = incident.entry_ids.filtered(lambda e: e.kind == kind)
        return lines.sorted("id").mapped("text_code")

    def activities(self, incident):
        return incident.activity_ids.mapped("user_id.name")

    def mail_server_down(self):
        """Let every connection to the mail server be refused."""
        patcher = patch(
            f"{MAIL_SERVER}._connect__", side_effect=OSError("Connection refused")
        )
        patcher.start()
        self.addCleanup(patcher.stop)
