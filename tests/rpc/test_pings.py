"""Jobs ping a real server with what they have: curl, and Python's requests."""

import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests


@pytest.fixture(scope="session")
def ping_key(odoo_server):
    ((key,),) = odoo_server.sql(
        "SELECT monitor_ping_key FROM res_company ORDER BY id LIMIT 1"
    )
    return key


@pytest.fixture
def heartbeat(odoo_server):
    """Make a heartbeat; return its id and its address."""
    code = f"job-{uuid.uuid4()}"
    heartbeat_id = odoo_server.rpc(
        "monitor.workflow",
        "create",
        {"name": "Job", "code": code, "kind": "heartbeat"},
    )
    ((address,),) = odoo_server.sql(
        "SELECT ping_uuid FROM monitor_workflow WHERE id = %s", [heartbeat_id]
    )
    return heartbeat_id, f"{odoo_server.url}/monitor/ping/{address}"


@pytest.fixture
def runs(odoo_server, heartbeat):
    """Return states and errors of the runs, in order: ``runs()``."""
    return lambda: odoo_server.sql(
        "SELECT state, error_message FROM monitor_run WHERE workflow_id = %s "
        "ORDER BY id",
        [heartbeat[0]],
    )


def curl(*arguments):
    """Return the answer and the status that curl got."""
    done = subprocess.run(
        ["curl", "-sS", "-m", "30", "-w", "\n%{http_code}", *arguments],
        capture_output=True,
        check=True,
        text=True,
    )
    text, _line, status = done.stdout.rpartition("\n")
    return text, int(status)


def at_once(calls, count=12):
    """Do ``calls`` side by side, ``count`` times; return all statuses."""
    with ThreadPoolExecutor(count) as pool:
        return sorted(
            response.status_code
            for response in pool.map(
                lambda number: requests.get(calls[number % len(calls)], timeout=60),
                range(count),
            )
        )


def test_curl_reports_start_and_end(heartbeat, runs):
    _id, url = heartbeat

    assert curl(f"{url}/start") == ("OK", 200)
    assert curl("--retry", "5", f"{url}/0") == ("OK", 200)

    assert runs() == [("succeeded", None)]


def test_curl_sends_what_a_job_printed(heartbeat, runs, tmp_path):
    output = tmp_path / "output"
    output.write_bytes(b"Dumping \xff\xfe\0\nNo space left on device\n")

    answer = curl("--data-binary", f"@{output}", f"{heartbeat[1]}/1")

    assert answer == ("OK", 200)
    assert runs() == [("failed", "No space left on device")]


def test_curl_sends_what_a_job_is_printing(heartbeat, odoo_server, tmp_path):
    output = tmp_path / "output"
    output.write_bytes(b"x" * 1000)

    chunked = ("-H", "Transfer-Encoding: chunked", "--data-binary", f"@{output}")

    assert curl(*chunked, heartbeat[1]) == ("OK", 200)
    ((size,),) = odoo_server.sql(
        "SELECT body_size FROM monitor_ping WHERE workflow_id = %s", [heartbeat[0]]
    )
    assert size == 1000


def test_too_much_is_refused(heartbeat, runs, tmp_path):
    output = tmp_path / "output"
    output.write_bytes(b"x" * (100 * 1024 + 1))

    for extra in ((), ("-H", "Transfer-Encoding: chunked")):
        text, status = curl(*extra, "--data-binary", f"@{output}", heartbeat[1])
        assert (status, '"too_large"' in text) == (413, True)
    assert runs() == []


def test_head_counts(heartbeat, runs):
    assert requests.head(heartbeat[1], timeout=30).status_code == 200
    assert runs() == [("succeeded", None)]


def test_what_was_answered_is_there_after_the_server_was_killed(
    heartbeat, runs, odoo_server
):
    assert requests.post(f"{heartbeat[1]}/fail", "gone", timeout=30).text == "OK"

    odoo_server.kill()
    odoo_server.start()

    assert runs() == [("failed", "gone")]


def test_twelve_at_once_make_one_heartbeat(odoo_server, ping_key):
    name = f"made-{uuid.uuid4()}"

    statuses = at_once([f"{odoo_server.url}/monitor/ping/{ping_key}/{name}?create=1"])

    assert statuses == [200] * 11 + [201]
    ((count,),) = odoo_server.sql(
        "SELECT count(*) FROM monitor_workflow WHERE ping_slug = %s", [name]
    )
    assert count == 1


def test_twelve_at_once_make_one_run(heartbeat, runs):
    rid = uuid.uuid4()

    assert at_once([f"{heartbeat[1]}/start?rid={rid}"]) == [200] * 12
    assert at_once([f"{heartbeat[1]}?rid={rid}"]) == [200] * 12

    assert runs() == [("succeeded", None)]


def test_starts_and_ends_at_once_are_all_heard(heartbeat, odoo_server):
    assert at_once([f"{heartbeat[1]}/start", heartbeat[1]]) == [200] * 12

    ((count,),) = odoo_server.sql(
        "SELECT count(*) FROM monitor_ping WHERE workflow_id = %s", [heartbeat[0]]
    )
    assert count == 12
