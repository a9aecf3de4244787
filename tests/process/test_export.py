"""The export by OpenTelemetry: a real server, a real receiver, real commits."""

import importlib.util
import threading

import pytest
from testrun.settings import REPO

SPEC = importlib.util.spec_from_file_location(
    "collector", REPO / "addons" / "monitor_gateway" / "tests" / "collector.py"
)
collector = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(collector)


@pytest.fixture
def received(automations):
    with collector.collector() as received:
        configure(automations, enabled="True", url=received.url, insecure="True")
        configure(automations, what="runs")
        # the other scheduled actions of this server are off; started here alone
        automations.server.sql(
            "UPDATE ir_cron SET active = true, nextcall = '2035-01-01' WHERE id = %s",
            [export_id(automations)],
        )
        yield received
        configure(automations, enabled=False, url=False, insecure=False, what=False)


def export_id(automations):
    ((cron_id,),) = automations.server.sql(
        "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_monitor_export'"
    )
    return cron_id


def configure(automations, **values):
    for name, value in values.items():
        key = f"monitor_gateway.export_{name}"
        automations.server.rpc("ir.config_parameter", "set_param", key, value)


def export(automations):
    """Have the scheduled export run, and wait for its end."""
    server = automations.server
    cron_id = export_id(automations)

    def count():
        sql = "SELECT count(*) FROM ir_cron_progress WHERE cron_id = %s AND done >= 0"
        return server.sql(sql, [cron_id])[0][0]

    before = count()
    automations.trigger(cron_id)

    def ended():
        automations.wake()
        ((waiting,),) = server.sql(
            "SELECT count(*) FROM ir_cron_trigger WHERE cron_id = %s", [cron_id]
        )
        return count() > before and not waiting

    server.wait_until(ended, 60, "an export")


def state(automations):
    """Return ``(sent, failures, last error, waiting for more)``."""
    return automations.server.sql(
        "SELECT coalesce(sent_count, 0), coalesce(failures, 0), last_error, "
        "next_attempt_at IS NOT NULL FROM monitor_export"
    )[0]


def run_job(automations, name, code="pass"):
    """Run a scheduled action; return its runs' ids of trace and span."""
    cron_id = automations.cron(name, code)
    state = "succeeded" if code == "pass" else "failed"
    automations.trigger(cron_id)
    automations.wait_for_state(cron_id, state)
    return automations.server.sql(
        "SELECT trace_id, span_id FROM monitor_run WHERE source_ref = %s",
        [f"ir.cron,{cron_id}"],
    )


def ids(received):
    return [(span["traceId"], span["spanId"]) for span in received.spans()]


def test_runs_arrive_and_none_twice(automations, received):
    export(automations)  # from here on
    (good,) = run_job(automations, "export: good")
    server = automations.server
    server.expect_error("Job 'export: bad'")
    (bad,) = run_job(automations, "export: bad", "raise UserError('no stock')")

    server.wait_until(
        lambda: export(automations) or {good, bad} <= set(ids(received)), 60, "both"
    )
    export(automations)

    arrived = ids(received)
    assert len(arrived) == len(set(arrived))
    (failed,) = [s for s in received.spans() if (s["traceId"], s["spanId"]) == bad]
    assert failed["status"] == {"code": 2, "message": "no stock"}


def test_a_collector_that_hangs_costs_neither_runs_nor_transactions(
    automations, received
):
    export(automations)
    release = threading.Event()
    hang(received, release)
    (run,) = run_job(automations, "export: while it hangs")
    server = automations.server
    wait_for_request(automations, received)

    open_ones = server.sql(
        "SELECT query FROM pg_stat_activity WHERE datname = %s "
        "AND state = 'idle in transaction' AND query LIKE '%%monitor_export%%'",
        [server.db],
    )
    assert open_ones == []
    server.wait_until(lambda: state(automations)[1] == 1, 60, "the time-out")
    assert "timed out" in state(automations)[2]
    release.set()

    received.answers = collector.deque()
    server.sql("UPDATE monitor_export SET next_attempt_at = NULL")
    server.wait_until(lambda: export(automations) or run in ids(received), 60, "it")
    assert state(automations)[1:] == (0, state(automations)[2], False)


def wait_for_request(automations, received):
    """Export until there is something: a tick first says whose the run is."""

    def asked():
        automations.trigger(automations.tick_id)
        automations.trigger(export_id(automations))
        return received.hanging

    automations.server.wait_until(asked, 60, "a request")


def hang(received, release):
    """Let the next answers wait until ``release``."""

    class Answers:
        """Hangs where the receiver asks whether it has an answer prepared."""

        def __bool__(self):
            received.hanging = True
            release.wait(60)
            return False

    received.hanging = False
    received.answers = Answers()


def test_a_server_that_is_killed_sends_again(automations, received):
    export(automations)
    server = automations.server
    (run,) = run_job(automations, "export: before the kill")
    release = threading.Event()
    hang(received, release)
    wait_for_request(automations, received)
    server.kill()
    release.set()
    received.answers = collector.deque()
    server.start()

    server.wait_until(
        lambda: export(automations) or ids(received).count(run) >= 2, 90, "it again"
    )
