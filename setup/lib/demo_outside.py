"""What happens outside Odoo, and is told to it over HTTP.

    python demo_outside.py heartbeats|events

Two jobs that ping, and a web shop that sends events; some of them are not what they
promise. The nights before today are told as a log shipper does that comes late: by
events that say when it was.
"""

import datetime
import json
import sys

import requests
from demo_automations import FAULTS
from demo_client import TIMEOUT, URL, Person, Surprise

BACKUP = "Nightly backup of the database"
OFFSITE = "Copy of the backup to the other building"
HEARTBEATS = {
    BACKUP: {
        "code": "nightly-backup",
        "process_owner_id": "omar",
        "criticality": "high",
        "grace_minutes": 60,
        "rpo_minutes": 24 * 60,
    },
    OFFSITE: {
        "code": "offsite-copy",
        "process_owner_id": "omar",
        "criticality": "medium",
        "grace_minutes": 12 * 60,
    },
}
NIGHTS = 9
FULL_DISK = 4  # nights ago
LATE_NIGHT = 6  # nights ago: it had to wait for a long import
PAID = "com.example.shop.order.paid"
PAID_SCHEMA = {
    "type": "object",
    "required": ["order", "amount"],
    "properties": {
        "order": {"type": "string"},
        "amount": {"type": "number", "minimum": 0},
    },
}


def main(command):
    """Run one of the commands."""
    {"heartbeats": heartbeats, "events": events}[command]()


# -- Jobs that ping ----------------------------------------------------------


def heartbeats():
    """Ana makes two heartbeats; the jobs ping, one of them not since a day."""
    ana, omar = Person("ana"), Person("omar")
    for name, values in HEARTBEATS.items():
        make_heartbeat(ana, name, values)
    send(omar, [event for nights in range(NIGHTS, 0, -1) for event in night(nights)])
    send(omar, run("offsite-copy", hours_ago(25 if FAULTS else 2), minutes=14))
    address = ping_address(omar, BACKUP)
    ping(f"{address}/start")
    ping(address, "412 tables, 3.1 GB\nVerified: pg_restore --list\n")


def make_heartbeat(ana, name, values):
    """Make a heartbeat that is expected once a day; one that is there stays."""
    if ana.search("monitor.workflow", ["code", "=", values["code"]]):
        return
    owner = ana.search("res.users", ["login", "=", values["process_owner_id"]])[0]
    ana.create(
        "monitor.workflow",
        **{**values, "name": name, "kind": "heartbeat", "process_owner_id": owner},
    )


def night(nights_ago):
    """Return the events of the backup of one night."""
    begin = hours_ago(24 * nights_ago)
    if nights_ago == LATE_NIGHT and FAULTS:
        begin += datetime.timedelta(hours=3, minutes=40)
    error = "No space left on device" if nights_ago == FULL_DISK and FAULTS else None
    return run("nightly-backup", begin, minutes=18 + nights_ago % 3, error=error)


def run(code, begin, minutes, error=None):
    """Return the start and the end of one run, as events."""
    end = begin + datetime.timedelta(minutes=minutes)
    name = f"{code}-{begin:%Y-%m-%d}"
    told = {"workflow": code, "correlation_id": name}
    ended, kind = dict(told), "odoo.monitor.run.succeeded"
    if error:
        ended, kind = told | {"error": error}, "odoo.monitor.run.failed"
    source = "/backup-server"
    return [
        event("odoo.monitor.run.started", source, told, begin, f"{name}-start"),
        event(kind, source, ended, end, f"{name}-end"),
    ]


def hours_ago(hours):
    """Return the moment that many hours ago."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now - datetime.timedelta(hours=hours)


def ping_address(omar, name):
    """Return the address of a heartbeat, as it is copied from its form."""
    row = omar.row("monitor.workflow", ["name", "=", name], names=["ping_uuid"])
    return f"{URL}/monitor/ping/{row['ping_uuid']}"


def ping(address, text=""):
    """Ping as a job does."""
    answer = requests.post(address, data=text.encode(), timeout=TIMEOUT)
    if answer.text != "OK":
        raise Surprise(f"{address} answered {answer.status_code}: {answer.text[:200]}")


# -- The web shop ------------------------------------------------------------


def events():
    """Ana registers a type of events; the shop sends it, and more than that."""
    ana, omar = Person("ana"), Person("omar")
    if not ana.search("monitor.event.type", ["name", "=", PAID]):
        ana.create(
            "monitor.event.type",
            name=PAID,
            description="An order was paid in the web shop.",
            business_fields="order, amount",
            schema=json.dumps(PAID_SCHEMA, indent=2),
            owner_id=ana.search("res.users", ["login", "=", "sofia"])[0],
        )
    send(omar, shop_events())


def shop_events():
    """Return a morning's events: most are right, some have the amount as a text."""
    sent = []
    for number in range(1, 31):
        amount = 19.5 * number
        if number % 9 == 0:
            amount = f"{amount:.2f} EUR"  # since the shop's last update
        sent.append(shop_event(PAID, number, {"amount": amount}))
    for number in range(3, 30, 8):
        sent.append(shop_event("com.example.shop.order.refunded", number))
    sent.append(
        event(
            "com.example.carrier.parcel.lost",
            "/carrier",
            {"delivery": "WH/OUT/00014"},
            hours_ago(0),
            "parcel-14",
        )
    )
    return sent


def shop_event(kind, number, data=None):
    """Return an event of the shop about its order of that number."""
    order = {"order": f"WEB{number:05}", **(data or {})}
    return event(kind, "/shop", order, hours_ago(0), f"{kind}-{number}")


def event(kind, source, data, moment, name):
    """Return a CloudEvent; the same one again is known by its id, ``name``."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": source,
        "type": kind,
        "time": moment.isoformat(),
        "data": data,
    }


def send(person, sent):
    """Send events in one call, with the key of that person."""
    answer = person.session.post(
        f"{URL}/monitor/v1/events",
        data=json.dumps(sent),
        headers={"Content-Type": "application/cloudevents-batch+json"},
        timeout=TIMEOUT,
    )
    print(answer.status_code, answer.text[:500])
    if answer.status_code != 202 or answer.json()["rejected"]:
        raise Surprise(f"events: {answer.status_code} {answer.text[:500]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
