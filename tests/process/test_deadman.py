"""The dead-man's switch: a real receiver hears from a server's scheduled tick."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Receiver:
    """Counts the pings; while ``hold`` is set, it answers none of them."""

    def __init__(self):
        self.pings = 0
        self.hold = threading.Event()
        self.release = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/alive"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                receiver.pings += 1
                if receiver.hold.is_set():
                    receiver.release.wait(60)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                """Not to the output of the tests."""

        return Handler


@pytest.fixture
def receiver(automations):
    receiver = Receiver()
    set_parameters(automations, url=receiver.url, insecure=True)
    yield receiver
    set_parameters(automations, url=False, insecure=False)
    receiver.release.set()
    receiver.server.shutdown()


def set_parameters(automations, **values):
    for name, value in values.items():
        key = f"monitor_gateway.deadman_{name}"
        automations.server.rpc("ir.config_parameter", "set_param", key, value)


def tick(automations):
    """Have the scheduled tick run once more, and wait for its end."""
    before = automations.ticks()
    automations.trigger(automations.tick_id)
    automations.server.wait_until(
        lambda: automations.wake() or ended(automations, before), 60, "a tick"
    )


def ended(automations, before):
    """Whether another tick has run, and none is asked for or at work."""
    ((waiting,),) = automations.server.sql(
        "SELECT count(*) FROM ir_cron_trigger WHERE cron_id = %s",
        [automations.tick_id],
    )
    return automations.ticks() > before and not waiting


def recorded(automations):
    """Return ``(pings answered, errors, last error)``."""
    rows = automations.server.sql(
        "SELECT coalesce(ping_count, 0), coalesce(error_count, 0), last_error "
        "FROM monitor_deadman"
    )
    return rows[0] if rows else (0, 0, None)


def test_a_tick_is_heard_outside_and_recorded(automations, receiver):
    answered, *_rest = recorded(automations)

    tick(automations)

    server = automations.server
    server.wait_until(lambda: receiver.pings, 30, "a ping")
    server.wait_until(lambda: recorded(automations)[0] > answered, 30, "its record")


def test_a_receiver_that_hangs_holds_up_no_tick(automations, receiver):
    receiver.hold.set()
    _answered, failed, _error = recorded(automations)
    server = automations.server
    tick(automations)
    server.wait_until(lambda: receiver.pings, 30, "a ping")

    # while the ping waits, no transaction is open for it and ticks go on
    tick(automations)
    idle = server.sql(
        "SELECT query FROM pg_stat_activity WHERE datname = %s "
        "AND state = 'idle in transaction' AND query LIKE '%%deadman%%'",
        [server.db],
    )
    assert idle == []

    server.wait_until(lambda: recorded(automations)[1] > failed, 30, "the time-out")
    assert "timed out" in recorded(automations)[2]


def test_silence_when_monitoring_is_off(automations, receiver):
    server = automations.server
    tick(automations)
    server.wait_until(lambda: receiver.pings, 30, "a ping")
    server.rpc("ir.config_parameter", "set_param", "monitor_core.enabled", "False")
    try:
        heard = receiver.pings
        for _again in range(3):
            tick(automations)
        assert receiver.pings == heard
    finally:
        server.rpc("ir.config_parameter", "set_param", "monitor_core.enabled", "True")
