"""What is told by e-mail, with a real mail server; and what while it is down."""

import pytest
from testrun.server import free_port

from .mail_sink import USE_SINK, MailSink

INCIDENT = (
    USE_SINK
    + """
from datetime import datetime
user = env.ref("base.user_admin")
user.write({{"email": "admin@example.com", "notification_type": "email"}})
now = datetime(2026, 11, 23, 9)
incident = env["monitor.incident"].create({{
    "title": "Invoices <b>stand still</b>", "user_id": user.id, "opened_at": now,
    "severity": "critical", "first_seen_at": now, "last_seen_at": now,
    "name": env["ir.sequence"].next_by_code("monitor.incident"),
}})
incident._start_escalation(now)
env.cr.commit()
env["monitor.incident"]._run_escalation(now, env.cr.commit)
env["monitor.notification"]._deliver(now, env.cr.commit)
print("NAME", incident.name, incident.id)
"""
)


@pytest.fixture(scope="module")
def server(make_server):
    return make_server("mail")


def open_incident(server, port):
    """Open an incident and tell its owner; return its number and id."""
    for line in server.shell(INCIDENT.format(port=port)).splitlines():
        if line.startswith("NAME"):
            return line.split()[1:]
    raise AssertionError("no incident")


def told(server, incident):
    """Return ``{channel: state}`` of its notifications."""
    return dict(
        server.sql(
            "SELECT channel, state FROM monitor_notification WHERE incident_id = %s",
            [incident],
        )
    )


def test_the_owner_gets_one_mail_with_what_to_do(server):
    with MailSink() as sink:
        name, incident = open_incident(server, sink.port)
    (mail,) = sink.mails
    assert mail["Subject"] == f"{name}: Invoices <b>stand still</b>"
    assert "admin@example.com" in mail["To"]
    body = mail.get_body(("html",)).get_content()
    assert "Invoices &lt;b&gt;stand still" in body
    assert f"/monitor/incident/{incident}/acknowledge" in body
    assert told(server, incident) == {"activity": "sent", "inbox": "sent"}


def test_while_it_is_down_nothing_is_called_sent(server):
    _name, incident = open_incident(server, free_port())
    assert told(server, incident) == {"activity": "sent", "inbox": "failed"}
    ((attempts, again, error),) = server.sql(
        "SELECT attempt_count, next_attempt_at IS NOT NULL, error_message "
        "FROM monitor_notification WHERE incident_id = %s AND channel = 'inbox'",
        [incident],
    )
    assert (attempts, again) == (1, True)
    assert "refused" in error.lower()
