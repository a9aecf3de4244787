"""A server that dies while it takes events: what it answered for is there, once."""

import json
import threading
import time

import pytest
import requests

BATCHES, SIZE, SENDERS = 100, 20, 4
MAKE_KEY = """
user = env.ref("base.user_admin")
key = env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "Test", False)
env.cr.commit()
print("KEY:" + key)
"""


def events(batch):
    return [
        {
            "specversion": "1.0",
            "id": f"crash-{batch}-{number}",
            "source": "/shop",
            "type": "odoo.monitor.run.succeeded",
            "data": {"workflow": "crash", "correlation_id": f"crash-{batch}-{number}"},
        }
        for number in range(SIZE)
    ]


class Senders:
    """Send the batches from several threads; remember which were answered with 202."""

    def __init__(self, server, key):
        self.server, self.key = server, key
        self.waiting = list(range(BATCHES))
        self.answered = []

    def run(self):
        threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        return threads

    def _send_all(self):
        while self.waiting:
            batch = self.waiting.pop()
            try:
                answer = self.send(batch)
            except requests.ConnectionError:
                continue
            if answer.status_code == 202:
                self.answered.append(batch)

    def send(self, batch):
        return requests.post(
            f"{self.server.url}/monitor/v1/events",
            data=json.dumps(events(batch)),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/cloudevents-batch+json",
            },
            timeout=60,
        )


@pytest.fixture
def server(make_server):
    server = make_server("ingest", workers=2)
    server.rpc(
        "monitor.workflow", "create", {"name": "C", "code": "crash", "kind": "external"}
    )
    return server


def test_every_batch_answered_202_is_there_once(server):
    senders = Senders(server, server.shell(MAKE_KEY).rpartition("KEY:")[2].strip())

    threads = senders.run()
    server.wait_until(lambda: len(senders.answered) >= 10, what="some answers")
    server.kill()
    for thread in threads:
        thread.join()
    answered = list(senders.answered)
    assert 10 <= len(answered) < BATCHES, "it died in the middle"
    stored = {
        uid
        for (uid,) in server.sql(
            "SELECT event_uid FROM monitor_event WHERE event_uid LIKE 'crash-%%'"
        )
    }
    for batch in answered:
        assert {event["id"] for event in events(batch)} <= stored

    server.start()
    time.sleep(1)
    for batch in range(BATCHES):
        answer = senders.send(batch).json()
        assert answer["accepted"] + answer["duplicates"] == SIZE
        if batch in answered:
            assert answer["duplicates"] == SIZE
    counts = server.sql(
        "SELECT count(*), count(DISTINCT event_uid), sum(quantity) FROM monitor_event "
        "WHERE event_uid LIKE 'crash-%%'"
    )
    assert counts == [(BATCHES * SIZE,) * 3]
    runs = server.sql(
        "SELECT count(*), count(DISTINCT correlation_id) FROM monitor_run "
        "WHERE correlation_id LIKE 'crash-%%' AND state = 'succeeded'"
    )
    assert runs == [(BATCHES * SIZE,) * 2]
