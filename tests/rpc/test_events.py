"""CloudEvents sent by the specification's own SDK, and by RPC clients."""

import json
import threading
import uuid
import xmlrpc.client

import pytest
import requests
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent

TIMEOUT = 60


def attributes(kind="com.example.order.paid", **values):
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/shop",
        "type": kind,
        **values,
    }


def run_event(kind, correlation_id, **data):
    data = {"workflow": "order-to-cash", "correlation_id": correlation_id, **data}
    return {**attributes(f"odoo.monitor.{kind}"), "data": data}


@pytest.fixture
def post(odoo_server, service, flow):
    """Send a request with the service account's key: ``post(body, headers)``."""

    def send(body, headers):
        return requests.post(
            f"{odoo_server.url}/monitor/v1/events",
            data=body,
            headers={"Authorization": f"Bearer {service['key']}", **headers},
            timeout=TIMEOUT,
        )

    return send


@pytest.fixture
def post_batch(post):
    def send(events):
        kind = {"Content-Type": "application/cloudevents-batch+json"}
        return post(json.dumps(events), kind)

    return send


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_sdk_of_the_specification(post, odoo_server, mode):
    event = CloudEvent(
        {**attributes(), "datacontenttype": "application/json", "subject": "für S1"},
        {"order": "S1", "amount": 12.5},
    )
    to_http = {"binary": http.to_binary_event, "structured": http.to_structured_event}
    message = to_http[mode](event)

    answer = post(message.body, message.headers)

    assert answer.status_code == 202, answer.text
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    [(context,)] = odoo_server.sql(
        "SELECT context FROM monitor_event WHERE event_uid = %s", [event.get_id()]
    )
    assert context["data"] == {"order": "S1", "amount": 12.5}
    assert context["subject"] == "für S1"
    again = post(message.body, message.headers).json()
    assert (again["accepted"], again["duplicates"]) == (0, 1)


def test_four_at_once_make_one_run(post_batch, odoo_server, number):
    """The same two events, sent by four clients at the same moment."""
    events = [run_event("run.started", number), run_event("run.succeeded", number)]
    answers = []
    barrier = threading.Barrier(4)

    def send():
        barrier.wait()
        answers.append(post_batch(events))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [202] * 4
    assert sum(answer.json()["accepted"] for answer in answers) == 2
    assert sum(answer.json()["duplicates"] for answer in answers) == 6
    runs = odoo_server.sql(
        "SELECT state FROM monitor_run WHERE correlation_id = %s", [number]
    )
    assert runs == [("succeeded",)]
    ((counted,),) = odoo_server.sql(
        "SELECT sum(quantity) FROM monitor_event WHERE correlation_id = %s "
        "AND kind = 'succeeded'",
        [number],
    )
    assert counted == 1


def test_different_events_of_one_run_at_once(post_batch, odoo_server, number):
    steps = ["paid", "packed", "shipped"]
    answers = []
    barrier = threading.Barrier(len(steps))

    def send(step):
        barrier.wait()
        answers.append(post_batch([run_event("checkpoint", number, step=step)]))

    threads = [threading.Thread(target=send, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.json()["accepted"] for answer in answers] == [1, 1, 1]
    runs = odoo_server.sql(
        "SELECT state FROM monitor_run WHERE correlation_id = %s", [number]
    )
    assert runs == [("succeeded",)]


def test_xml_rpc_and_json_2(odoo_server, service, flow):
    events = [{**attributes(), "data": {"order": "S1"}}, {"id": "no event"}]
    url = f"{odoo_server.url}/xmlrpc/2/object"
    credentials = (odoo_server.db, service["uid"], service["password"])
    answer = xmlrpc.client.ServerProxy(url).execute_kw(
        *credentials, "monitor.event", "ingest", [events]
    )
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    assert answer["rejected"] == [
        {"index": 1, "error": 'specversion: "1.0" is expected'}
    ]

    answer = requests.post(
        f"{odoo_server.url}/json/2/monitor.event/ingest",
        json={"events": events},
        headers={
            "Authorization": f"bearer {service['key']}",
            "X-Odoo-Database": odoo_server.db,
        },
        timeout=TIMEOUT,
    ).json()
    assert (answer["accepted"], answer["duplicates"]) == (0, 1)


def test_a_stranger_may_not(odoo_server, stranger, flow):
    answer = requests.post(
        f"{odoo_server.url}/monitor/v1/events",
        json=attributes(),
        headers={
            "Authorization": f"Bearer {stranger['key']}",
            "Content-Type": "application/cloudevents+json",
        },
        timeout=TIMEOUT,
    )
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"
