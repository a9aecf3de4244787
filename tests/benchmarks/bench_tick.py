"""What a minute costs: the tick against what changed, and memory over many ticks."""

import resource
import statistics
import time

from bench_board import _add_events, _fill

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

IDLE_TICKS = 30
MEMORY_TICKS = 2_000


def _tick(registry):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        started = time.perf_counter()
        failures = env["monitor.tick"]._run(cr.now())
        assert not failures, failures
    return 1000 * (time.perf_counter() - started)


def _memory_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 2**20


def report(database):
    """Print an idle tick beside one with 1,000 new events, and memory growth."""
    registry = Registry(database)
    with registry.cursor() as cr:
        _fill(api.Environment(cr, SUPERUSER_ID, {}))
    _tick(registry)
    idle = [_tick(registry) for _n in range(IDLE_TICKS)]
    busy = []
    for _n in range(IDLE_TICKS):
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            _add_events(env, 1000)
            cr.execute(
                "UPDATE monitor_event_data SET xid = pg_current_xact_id() "
                "WHERE id > (SELECT max(id) - 1000 FROM monitor_event_data)"
            )
        busy.append(_tick(registry))
    print(f"idle tick, 200 workflows: {statistics.median(idle):.1f} ms")
    print(f"with 1,000 new events of all workflows: {statistics.median(busy):.1f} ms")
    for _n in range(200):
        _tick(registry)
    before = _memory_mb()
    for _n in range(MEMORY_TICKS):
        _tick(registry)
    print(f"memory over {MEMORY_TICKS} ticks: {_memory_mb() - before:+.1f} MB")
