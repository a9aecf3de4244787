"""What the board costs: 80 cards against the same list with names only.

Both are the calls the web client makes, in turn, on the same 200 workflows; then the
same again with more events stored, which the board must not notice: it reads stored
counters only.
"""

import statistics
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

PAIRS = 60
CARD = (
    "name app_name schedule_text kind health health_reason health_since criticality "
    "last_success_at last_run_at success_rate_7d p95_ms trend_7d run_now_allowed "
    "paused source_state"
).split()


def _fill(env, workflows=200):
    missing = workflows - env["monitor.workflow"].search_count([])
    env["monitor.workflow"].create(
        [
            {"name": f"Flow {n}", "code": f"bench-{n}-{time.time_ns()}", "kind": "flow"}
            for n in range(max(0, missing))
        ]
    )


def _add_events(env, count):
    env.cr.execute(
        """
        INSERT INTO monitor_event_data (workflow_id, kind, run_state, outcome_class,
                                        duration_ms, occurred_at, xid)
        SELECT w.ids[1 + n %% cardinality(w.ids)], 'succeeded', 'succeeded', 'success',
               n %% 5000, now() AT TIME ZONE 'UTC' - (n %% 10000) * interval '1 minute',
               '3'::xid8
          FROM generate_series(1, %s) n,
               (SELECT array_agg(id) AS ids FROM monitor_workflow) w
        """,
        [count],
    )


def _cards(env):
    specification = dict.fromkeys(CARD, {}) | {
        "process_owner_id": {"fields": {"display_name": {}}}
    }
    env["monitor.workflow"].read_progress_bar(
        [], "health", {"field": "health", "colors": {}}
    )
    return env["monitor.workflow"].web_search_read([], specification, limit=80)


def _names(env):
    return env["monitor.workflow"].web_search_read([], {"name": {}}, limit=80)


def _seconds(registry, function):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "tz": "UTC"})
        started = time.perf_counter()
        function(env)
        return time.perf_counter() - started


def report(database):
    """Print time of the board and its ratio to names only, at 0 and 1 M events."""
    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        _fill(env)
        env["monitor.tick"]._run(cr.now())
    print(f"{'events':>9} {'board ms':>9} {'ratio to names':>15}  quartiles")
    for events in (0, 1_000_000):
        if events:
            with registry.cursor() as cr:
                _add_events(api.Environment(cr, SUPERUSER_ID, {}), events)
        pairs = [
            (_seconds(registry, _cards), _seconds(registry, _names))
            for _pair in range(PAIRS + 5)
        ][5:]
        low, middle, high = statistics.quantiles([a / b for a, b in pairs], n=4)
        board = 1000 * statistics.median(a for a, _b in pairs)
        print(f"{events:9} {board:9.1f} {middle:15.2f}  {low:.2f} - {high:.2f}")
