"""``odoo monitor`` in a process of its own, as a person or a script calls it."""

import json
import subprocess
import xmlrpc.client

import pytest
import requests


@pytest.fixture
def command(odoo_server, flow):
    """Run ``odoo monitor ARGS``: ``command("health", "-d", ...)``."""
    settings = odoo_server.settings

    def run(*args):
        return subprocess.run(
            [
                *(
                    settings.python,
                    "-m",
                    "odoo",
                    f"--addons-path={settings.addons_path}",
                ),
                *("monitor", "-c", str(settings.conf), *args),
            ],
            capture_output=True,
            text=True,
        )

    return run


def test_a_table_for_people(command, odoo_server):
    done = command("health", "order-to-cash", "-d", odoo_server.db)

    assert done.returncode == 0, done.stderr
    heading, _line, row = done.stdout.splitlines()
    assert heading.split() == ["code", "name", "health", "last_run", "reason"]
    assert row.startswith("order-to-cash")


def test_status_1_when_a_workflow_fails(command, odoo_server):
    odoo_server.rpc(
        "monitor.workflow",
        "create",
        {"name": "Broken", "code": "broken", "kind": "external"},
    )
    for number in range(3):
        run = ("broken", f"{number}")
        odoo_server.rpc("monitor.workflow", "run_start", *run)
        odoo_server.rpc("monitor.workflow", "run_finish", *run, "failed", "no stock")

    done = command(
        "health", "broken", "--refresh", "--format=json", "-d", odoo_server.db
    )

    assert done.returncode == 1, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["code"], row["health"]) == ("broken", "failing")
    ((health,),) = odoo_server.sql(
        "SELECT health FROM monitor_workflow WHERE code = 'broken'"
    )
    assert health == "failing"


def test_status_2_for_an_unknown_workflow(command, odoo_server):
    done = command("health", "no-such-flow", "-d", odoo_server.db)

    assert done.returncode == 2
    assert "no-such-flow" in done.stdout


def test_status_2_for_an_unknown_database(command):
    done = command("health", "-d", "monitor_test_no_such_database")

    assert done.returncode == 2
    assert "monitor_test_no_such_database" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_2_without_a_database(command):
    done = command("health")

    assert done.returncode == 2
    assert "-d" in done.stderr


def test_help_without_a_database(command):
    done = command("--help")

    assert done.returncode == 0, done.stderr
    assert "usage: " in done.stdout


def test_status_2_for_a_database_without_the_monitor(command):
    done = command("health", "-d", "postgres")

    assert done.returncode == 2


@pytest.fixture
def make_key(command, odoo_server):
    """Run ``odoo monitor service-key``; return the key: ``make_key("--rotate")``."""

    def run(*args):
        done = command(
            *("service-key", "--login", "warehouse", "--format", "json", *args),
            *("-d", odoo_server.db),
        )
        assert done.returncode == 0, done.stderr
        (row,) = json.loads(done.stdout)
        assert row["key"] not in done.stderr
        return row["key"]

    return run


@pytest.fixture
def lets_in(odoo_server):
    """Tell whether a key is good for XML-RPC and as a bearer: ``lets_in(key)``."""
    models = xmlrpc.client.ServerProxy(f"{odoo_server.url}/xmlrpc/2/object")

    def ask(key):
        ((uid,),) = odoo_server.sql("SELECT id FROM res_users WHERE login='warehouse'")
        bearer = {"Authorization": f"Bearer {key}"}
        answer = requests.get(f"{odoo_server.url}/monitor/metrics", headers=bearer)
        try:
            models.execute_kw(
                odoo_server.db, uid, key, "monitor.workflow", "health", [[]]
            )
        except xmlrpc.client.Fault as fault:
            assert fault.faultCode == 3  # access denied
            return (answer.status_code, False)
        return (answer.status_code, True)

    return ask


def test_a_key_for_a_service_account_and_its_successor(make_key, lets_in):
    """The server that runs meanwhile forgets the first key at once."""
    first = make_key("--create", "--days", "30")
    assert lets_in(first) == (200, True)

    second = make_key("--rotate")

    assert lets_in(first) == (401, False)
    assert lets_in(second) == (200, True)


def test_no_key_for_who_can_make_one(command, odoo_server):
    done = command("service-key", "--login", "admin", "-d", odoo_server.db)

    assert done.returncode == 2
    assert "not in the group" in done.stdout
