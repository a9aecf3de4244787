"""Two processes escalate the same incidents at once: nothing twice, nothing missing."""

import threading
from collections import Counter

import pytest

from .mail_sink import USE_SINK, MailSink

INCIDENTS, ROUNDS = 1000, 100  # a few minutes; they open all along the rounds
LEVELS = 2

PREPARE = f"""
from datetime import datetime, timedelta
from odoo.fields import Command
start = datetime(2026, 11, 23, 9)
users = env.ref("base.user_admin") + env.ref("base.user_admin").copy({{
    "login": "mailed", "notification_type": "email"}})
for user, kind in zip(users, ("inbox", "email")):
    user.write({{"email": kind + "@example.com", "notification_type": kind}})
policy = env["monitor.escalation.policy"].create({{
    "name": "Race",
    "level_ids": [Command.create({{
        "delay_minutes": minutes, "working_time": False, "target": "owner",
    }}) for minutes in range({LEVELS})],
}})
env["ir.config_parameter"].set_param(
    "monitor_incident.escalation_policy_id", str(policy.id))
for number in range({INCIDENTS}):
    opened = start + timedelta(minutes=number % ({ROUNDS} - {LEVELS}))
    env["monitor.incident"].create({{
        "title": f"Race {{number}}", "user_id": users[number % 2].id,
        "opened_at": opened, "name": f"R-{{number}}",
        "first_seen_at": opened, "last_seen_at": opened,
    }})._start_escalation(opened)
env.cr.commit()
"""
RACE = f"""
from datetime import datetime, timedelta
start = datetime(2026, 11, 23, 9)
for number in range({ROUNDS}):
    now = start + timedelta(minutes=number)
    assert not env["monitor.incident"]._run_escalation(now, env.cr.commit)
    env["monitor.notification"]._deliver(now, env.cr.commit)
env.cr.commit()
print("ENDED")
"""


@pytest.fixture
def server(make_server):
    return make_server("escalate", max_cron_threads=0)


def test_two_processes_tell_each_once(server):
    """Scenario 44: each step fires once, each activity and mail is there once."""
    with MailSink() as sink:
        server.shell(USE_SINK.format(port=sink.port) + PREPARE)
        race(server)
    mails = Counter(mail["Subject"].split(":")[0] for mail in sink.mails)
    assert len(mails) == INCIDENTS / 2
    assert set(mails.values()) == {LEVELS}
    check(server)


def race(server):
    ended = []
    racers = [
        threading.Thread(target=lambda: ended.append(server.shell(RACE)))
        for _number in range(2)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert ["ENDED" in output for output in ended] == [True, True]


def check(server):
    sent = server.sql(
        "SELECT incident_id, channel, count(*) FROM monitor_notification "
        "WHERE state = 'sent' GROUP BY 1, 2"
    )
    assert len(sent) == INCIDENTS * 2  # activity and inbox, which may be a mail
    assert {count for _incident, _channel, count in sent} == {LEVELS}
    ((unsent,),) = server.sql(
        "SELECT count(*) FROM monitor_notification WHERE state <> 'sent'"
    )
    assert unsent == 0
    activities = server.sql(
        "SELECT res_id, count(*) FROM mail_activity "
        "WHERE res_model = 'monitor.incident' GROUP BY 1"
    )
    assert len(activities) == INCIDENTS
    assert {count for _incident, count in activities} == {1}
    messages = server.sql(
        "SELECT res_id, count(*) FROM mail_message WHERE model = 'monitor.incident' "
        "AND message_type = 'user_notification' GROUP BY 1"
    )
    assert len(messages) == INCIDENTS / 2
    assert {count for _incident, count in messages} == {LEVELS}
    levels = server.sql(
        "SELECT incident_id, count(*) FROM monitor_incident_entry "
        "WHERE kind = 'escalated' GROUP BY 1"
    )
    assert len(levels) == INCIDENTS
    assert {count for _incident, count in levels} == {LEVELS}
