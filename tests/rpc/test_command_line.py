"""``odoo monitor`` in a process of its own, as a person or a script calls it."""

import json
import subprocess

import pytest


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
