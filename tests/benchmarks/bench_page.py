"""What the board costs the one who looks at it: 80 cards against a list of names.

A logged-in web client in real Chromium opens both in turn, from the call of the action
until the last card or row has been painted, with the same search view around them.
"""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from pairs import PAIRS, Bar, Cost, judge

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

CARDS = 80
WARM_UP = 2
TO_NAMES = Bar(1.7, 1.1)
#: Health -> reason; 40 cards each, long ones and short ones.
HEALTHS = {"failing": "failed_undated", "healthy": "healthy"}
NOWHERE = [("id", "=", 0)]
#: Opens an action; resolves to the milliseconds until so many elements are painted.
OPEN = """
(async (action, selector, count) => {
    const frame = () => new Promise(requestAnimationFrame);
    const {doAction} = odoo.__WOWL_DEBUG__.root.env.services.action;
    const start = performance.now();
    await doAction(action, {clearBreadcrumbs: true});
    while (document.querySelectorAll(selector).length < count) {
        await frame();
    }
    await frame(); // the next one begins when this one has been painted
    await frame();
    return performance.now() - start;
})(%s, %s, %d)
"""
CARD = ".o_monitor_board .o_kanban_record:not(.o_kanban_ghost)"
ROW = ".o_list_view .o_data_row"


def report(database):
    """Print the ratio of the page with 80 cards to the one with 80 names."""
    board, names, away = _prepare(database)
    with _server(database) as url, _web_client(database, url) as tab:
        pairs = [
            (_open(tab, board, CARD, away), _open(tab, names, ROW, away))
            for _pair in range(PAIRS + WARM_UP)
        ][WARM_UP:]
    cards, rows = (
        statistics.median(1000 * side.wall for side in sides)
        for sides in zip(*pairs, strict=True)
    )
    told = f"({cards:.0f} ms, names {rows:.0f} ms)"
    judge(f"page of {CARDS} cards in Chromium, to names", pairs, TO_NAMES, told)


def _prepare(database):
    """Give 80 workflows all that a card shows; return three actions."""
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        # The tours of a new user watch each node that is added.
        env["res.users"].search([]).tour_enabled = False
        workflows = env["monitor.workflow"].search([], limit=CARDS, order="id")
        for place, health in enumerate(HEALTHS):
            _show(cr, workflows[place :: len(HEALTHS)], health)
        names = env["ir.ui.view"].create(
            {
                "name": "bench.names",
                "model": "monitor.workflow",
                "arch": '<list><field name="name"/></list>',
            }
        )
        board = env.ref("monitor_core.monitor_workflow_view_kanban")
        search = env.ref("monitor_core.monitor_workflow_view_search")
        domain = [("id", "in", workflows.ids)]
        return (
            _action(board, "kanban", search, domain),
            _action(names, "list", search, domain),
            _action(names, "list", search, NOWHERE),
        )


def _show(cr, workflows, health):
    """Store what a card shows as the tick does, past the guard of verdicts."""
    today, now = cr.now().date(), cr.now()
    days = [(today - timedelta(days=day)).isoformat() for day in range(6, -1, -1)]
    shown = {
        "health": health,
        "health_reason_code": HEALTHS[health],
        "health_params": json.dumps({"count": 3}),
        "last_success_at": now - timedelta(minutes=7),
        "run_count_7d": 84,
        "success_rate_7d": 91.7,
        "p95_ms": 1500,
        "trend_7d": json.dumps([{"day": day, "ok": 11, "failed": 1} for day in days]),
        "process_owner_id": workflows.env.ref("base.user_admin").id,
        "app_name": "Sales",
    }
    cr.execute(
        SQL(
            "UPDATE monitor_workflow SET %s WHERE id = ANY(%s)",
            SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in shown.items()
            ),
            workflows.ids,
        )
    )


def _action(view, kind, search, domain):
    return {
        "type": "ir.actions.act_window",
        "name": "Bench",
        "res_model": "monitor.workflow",
        "views": [[view.id, kind]],
        "search_view_id": [search.id, search.name],
        "domain": domain,
        "limit": CARDS,
    }


def _open(tab, action, selector, away):
    """Return what opening a page costs; ``cpu`` is that of its main thread."""
    tab.value(OPEN % (json.dumps(away), json.dumps(".o_list_view"), 1))
    cpu = _thread_seconds(tab)
    wall = tab.value(OPEN % (json.dumps(action), json.dumps(selector), CARDS))
    return Cost(_thread_seconds(tab) - cpu, wall / 1000)


def _thread_seconds(tab):
    metrics = tab.do("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in metrics if one["name"] == "TaskDuration")


@contextlib.contextmanager
def _web_client(database, url):
    """Yield a page in which the administrator has the web client open."""
    # The driver of the demo's pictures takes where to go from its environment.
    os.environ.update(DEMO_URL=url, DEMO_DB=database)
    sys.path.insert(0, str(Path(__file__).parents[2] / "setup/lib"))
    import demo_screenshots

    cookie = demo_screenshots.log_in("admin")
    with demo_screenshots.browser() as port, demo_screenshots.page(port) as tab:
        tab.do("Network.setCookie", name="session_id", value=cookie, url=url)
        tab.do(
            "Emulation.setDeviceMetricsOverride",
            width=1440,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        tab.do("Performance.enable", timeDomain="threadTicks")
        tab.do("Page.navigate", url=f"{url}/odoo")
        tab.wait_for(
            "window.odoo?.__WOWL_DEBUG__ && document.querySelector('.o_menu_systray')"
        )
        yield tab


@contextlib.contextmanager
def _server(database):
    """Run Odoo on a free port as a process of its own; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "odoo", f"--config={config['config']}"]
    command += ["-d", database, f"--db-filter=^{database}$", f"--http-port={port}"]
    command += ["--workers=0", "--max-cron-threads=0", "--log-level=critical"]
    server = subprocess.Popen(command)
    try:
        yield _answering(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(timeout=60)


def _answering(url, seconds=120):
    import requests

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"{url}/web/health", timeout=10).raise_for_status()
            return url
        time.sleep(0.2)
    raise TimeoutError(f"{url} does not answer")
