"""A real Prometheus scrapes a real server, and answers queries about it."""

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from testrun.server import free_port

KEY_SCRIPT = """
group = env.ref("monitor_core.group_monitor_service")
user = env["res.users"].create(
    {"name": "Prometheus", "login": "prometheus", "group_ids": [(6, 0, group.ids)]}
)
key = env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "Tests", False)
env.cr.commit()
print("KEY:" + key)
"""
CONFIGURATION = """\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: odoo
    metrics_path: /monitor/metrics
    authorization:
      credentials_file: {folder}/key
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


def program(name):
    return Path(os.environ["MONITOR_PROMETHEUS"]) / name


@pytest.fixture(scope="module")
def server(make_server):
    """A server with one flow; one of its two runs failed, after 250 ms."""
    server = make_server("prometheus")
    server.rpc(
        "monitor.workflow",
        "create",
        {"name": "Order", "code": "order-to-cash", "kind": "flow"},
    )
    for number, outcome in enumerate(("succeeded", "failed")):
        report = ["order-to-cash", f"SO{number}"]
        server.rpc("monitor.workflow", "run_start", *report)
        server.rpc("monitor.workflow", "run_finish", *report, outcome)
    ((tick_id,),) = server.sql(
        "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_monitor_tick'"
    )
    server.rpc("ir.cron", "method_direct_trigger", [tick_id])
    return server


@pytest.fixture(scope="module")
def key(server):
    shell = subprocess.run(
        [
            *server.settings.odoo()[:3],
            *("shell", "-c", server.settings.conf, "-d", server.db, "--no-http"),
        ],
        input=KEY_SCRIPT,
        capture_output=True,
        text=True,
        check=True,
    )
    return shell.stdout.rpartition("KEY:")[2].strip()


@pytest.fixture(scope="module")
def query(server, key, tmp_path_factory):
    """A Prometheus that scrapes the server: ``query(promql)`` returns its result."""
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    (folder / "key").write_text(key)
    configuration = folder / "prometheus.yml"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=server.port))
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def ask(promql):
        """Ask until there is an answer: the first scrape takes a moment."""
        arguments = urllib.parse.urlencode({"query": promql})
        url = f"http://127.0.0.1:{port}/api/v1/query?{arguments}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(url) as answer:
                if result := json.load(answer)["data"]["result"]:
                    return result
            time.sleep(0.5)
        raise AssertionError(f"no answer to {promql}: {(folder / 'log').read_text()}")

    yield ask
    process.terminate()
    process.wait(30)


def value(result):
    (series,) = result
    return float(series["value"][1])


def scrape(server, key, accept):
    headers = {"Authorization": f"Bearer {key}", "Accept": accept}
    request = urllib.request.Request(f"{server.url}/monitor/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def test_prometheus_takes_what_it_scrapes(query):
    assert value(query('up{job="odoo"} == 1')) == 1
    assert value(query("odoo_monitor_up")) == 1


def test_runs_can_be_asked_for_by_outcome(query):
    for outcome, expected in (("succeeded", 1), ("failed", 1), ("lost", 0)):
        labels = f'code="order-to-cash",outcome="{outcome}"'
        assert value(query(f"odoo_monitor_runs_total{{{labels}}}")) == expected


def test_health_can_be_asked_for(query):
    (series,) = query('odoo_monitor_workflow_health{code="order-to-cash"} == 1')

    assert series["metric"]["health"] == "failing"
    assert series["metric"]["kind"] == "flow"
    assert value(query("sum(odoo_monitor_workflow_health)")) > 1


def test_quantiles_of_durations_can_be_computed(query):
    quantile = value(
        query(
            "histogram_quantile(0.95, sum by (le) "
            '(odoo_monitor_run_duration_seconds_bucket{code="order-to-cash"}))'
        )
    )

    assert 0 < quantile <= 10
    assert (
        value(query('odoo_monitor_run_duration_seconds_count{code="order-to-cash"}'))
        == 2
    )


def test_promtool_has_no_complaint(server, key):
    text = scrape(server, key, "text/plain;version=0.0.4")
    assert text.count("\n") > 50  # promtool is content with nothing, too

    checked = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_the_configuration_we_ship_is_valid(tmp_path):
    shipped = Path(__file__).parents[2] / "docker" / "prometheus.yml"

    checked = subprocess.run(
        [program("promtool"), "check", "config", "--syntax-only", shipped],
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr


def test_nobody_scrapes_without_the_key(server):
    with pytest.raises(urllib.error.HTTPError) as refused:
        scrape(server, "0" * 40, "*/*")

    assert refused.value.code == 401
