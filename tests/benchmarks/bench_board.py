"""What the board costs: 80 cards against the same list with names only.

Both are the calls the web client makes, in turn, on the same 200 workflows; then the
same again with more events stored, which the board must not notice: it reads stored
counters only. What the one who looks at it feels is the page, see ``bench_page``.
"""

import math
import time

import bench_page
from pairs import PAIRS, Bar, absolute, cost, judge

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

CALLS = 20
TO_NAMES = Bar(1.7, 1.1)
MILLISECONDS = Bar(100, 10)
GROWTH = Bar(0.5, 0.2)
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


def _cost(registry, function):
    with registry.cursor() as cr:

        def call():
            function(api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "tz": "UTC"}))
            cr.rollback()

        return cost(cr, call, CALLS)


def report(database, sizes):
    """Print time of the board and its ratio to names only, at each number of events."""
    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        _fill(env)
        env["monitor.tick"]._run(cr.now())
    walls, stored = {}, 0
    for events in sizes:
        with registry.cursor() as cr:
            _add_events(api.Environment(cr, SUPERUSER_ID, {}), events - stored)
        stored = events
        pairs = [
            (_cost(registry, _cards), _cost(registry, _names))
            for _pair in range(PAIRS + 1)
        ][1:]
        walls[events] = [1000 * ours.wall for ours, _peer in pairs]
        judge(f"board of 80 cards, {events:,} events, to names", pairs, TO_NAMES)
        absolute(
            f"board of 80 cards, {events:,} events, ms", walls[events], MILLISECONDS
        )
    first, last = sorted(walls)[-2:]
    if first:
        exponents = [
            math.log(b / a) / math.log(last / first)
            for a, b in zip(walls[first], walls[last], strict=True)
        ]
        absolute(f"growth exponent {first:,} to {last:,}", exponents, GROWTH)
    bench_page.report(database)
