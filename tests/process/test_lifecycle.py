"""Install, copy, uninstall: what the suite leaves behind, and what a copy may do."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest
from testrun.settings import Settings

from .conftest import Automations, only_the_tick


def odoo(*arguments, statuses=(0,)):
    """Run an Odoo subcommand; return its output, fail on another exit status."""
    settings = Settings.from_environment()
    command, *rest = arguments
    done = subprocess.run(
        [
            settings.python,
            "-m",
            "odoo",
            *command.split(),
            "-c",
            str(settings.conf),
            *rest,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "ODOO_RC": str(settings.conf)},
    )
    assert done.returncode in statuses, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_uninstalling_leaves_odoo_as_it_was(make_server):
    server = make_server("uninstall")
    server.rpc("res.config.settings", "create", {"monitor_capture_cron": False})
    server.rpc("monitor.workflow", "create", {"name": "F", "code": "f", "kind": "flow"})
    server.stop()

    odoo("module uninstall", "-d", server.db, "monitor_core")

    left = server.sql(
        """
        SELECT 'relation', relname FROM pg_class WHERE relname LIKE 'monitor%'
        UNION ALL
        SELECT 'function', proname FROM pg_proc WHERE proname LIKE 'monitor%'
        UNION ALL
        SELECT 'column', table_name || '.' || column_name
          FROM information_schema.columns WHERE column_name LIKE 'monitor%'
        UNION ALL
        SELECT 'model', model FROM ir_model WHERE model LIKE 'monitor%'
        UNION ALL
        SELECT 'field', model || '.' || name FROM ir_model_fields
         WHERE name LIKE 'monitor%'
        UNION ALL
        SELECT 'parameter', key FROM ir_config_parameter WHERE key LIKE 'monitor%'
        UNION ALL
        SELECT 'cron', cron_name FROM ir_cron WHERE cron_name LIKE 'Monitor%'
        UNION ALL
        SELECT 'menu', name->>'en_US' FROM ir_ui_menu WHERE name->>'en_US' = 'Monitor'
        UNION ALL
        SELECT 'rule', name FROM ir_rule WHERE name LIKE 'Monitor%'
        UNION ALL
        SELECT 'group', name->>'en_US' FROM res_groups
         WHERE name->>'en_US' LIKE 'Monitor%'
        UNION ALL
        SELECT 'view', name FROM ir_ui_view WHERE name LIKE 'monitor.%'
        UNION ALL
        SELECT 'message', model FROM mail_message WHERE model LIKE 'monitor%'
        UNION ALL
        SELECT 'data', name FROM ir_model_data WHERE module = 'monitor_core'
        """
    )
    assert left == []
    server.start()
    partner = server.rpc("res.partner", "create", {"name": "Still works"})
    assert (
        server.rpc("res.partner", "read", [partner], ["name"])[0]["name"]
        == "Still works"
    )


def test_a_neutralized_copy_is_silent_and_says_so(make_server):
    server = make_server("neutral")
    ((flow,),) = server.sql(
        "INSERT INTO monitor_workflow (name, code, kind, health, criticality, "
        "source_state, schedule_type, active, captured) VALUES "
        "('F', 'f', 'flow', 'new', 'low', 'active', 'none', true, true) RETURNING id"
    )
    server.sql(
        "INSERT INTO monitor_run (workflow_id, correlation_id, state, started_at) "
        "VALUES (%s, 'x', 'running', now() AT TIME ZONE 'UTC')",
        [flow],
    )
    server.stop()

    odoo("neutralize", "-d", server.db)

    assert server.sql("SELECT state FROM monitor_run WHERE correlation_id = 'x'") == [
        ("cancelled",)
    ]
    server.start()
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"{server.url}/monitor/healthz", timeout=30)
    assert answer.value.code == 503
    assert json.load(answer.value)["status"] == "off"
    assert {
        (row["health"], row["reason"])
        for row in server.rpc("monitor.workflow", "health")
    } == {("unknown", "Monitoring is switched off, so nothing is known")}


def test_the_command_line_tells_health(make_server):
    server = make_server("command")

    rows = json.loads(
        odoo("monitor health", "-d", server.db, "--format=json", statuses=(0, 1))
    )

    assert "base.autovacuum_job" in [row["code"] for row in rows]


def assert_scheduled_actions_run(server, name):
    """Odoo starts one that is due, it does its work, and to Odoo it did not fail."""
    automations = Automations(server)
    code = f"env['res.partner'].create({{'name': {name!r}}})"
    cron = automations.cron(name, code)
    automations.trigger(cron)

    done = "SELECT 1 FROM res_partner WHERE name = %s"
    server.wait_until(lambda: server.sql(done, [name]), 90, f"{name} done")
    ended = "SELECT failure_count FROM ir_cron WHERE id = %s AND lastcall IS NOT NULL"
    assert server.wait_until(lambda: server.sql(ended, [cron])) == [(0,)]


def test_50_scheduled_actions_run_when_the_suite_is_uninstalled(make_server):
    server = make_server("uninstalled", max_cron_threads=1)
    only_the_tick(server)
    server.stop()
    odoo("module uninstall", "-d", server.db, "monitor_core")
    server.start()

    assert_scheduled_actions_run(server, "After uninstalling")


def test_50_scheduled_actions_run_when_the_suite_s_files_are_gone(make_server):
    server = make_server("deleted", max_cron_threads=1)
    only_the_tick(server)
    server.expect_error(".*")  # what is missing is said
    own = Settings.from_environment().odoo_addons
    server.restart(addons_path=",".join(map(str, own)))

    assert_scheduled_actions_run(server, "Without its files")
    server.stop()  # its ticks fail on, beside the tests that follow


def test_50_scheduled_actions_run_when_the_suite_is_broken(make_server):
    server = make_server("broken", max_cron_threads=1)
    only_the_tick(server)
    server.expect_error(".*")  # of the monitor itself
    server.sql(
        "DROP TABLE monitor_run, monitor_event_data, monitor_workflow CASCADE;"
        "DROP FUNCTION monitor_start_run, monitor_end_run"
    )
    server.restart()

    assert_scheduled_actions_run(server, "Beside a broken one")
    server.stop()  # its ticks fail on, beside the tests that follow
