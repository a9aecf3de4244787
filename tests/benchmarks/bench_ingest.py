"""What taking in events costs, against COPY of the same rows into the same table.

1000 events a call through ``monitor.event.ingest`` (checked, deduplicated, redacted,
made into runs) beside ``COPY monitor_event_data`` of the rows that this stored, in
turn. Counted is CPU time of this process and of its PostgreSQL backend together. Then
the same with many rows present.
"""

import io
import itertools
import os
import statistics
import time
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

SIZE = 1000
PAIRS = 12
_numbers = itertools.count(time.time_ns())
COLUMNS = (
    "recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class, "
    "quantity, step, severity, source, event_uid, correlation_id, duration_ms, model, "
    "res_id, user_id, company_id, context, event_type, flag, retention"
)


def _events(kind, data):
    return [
        {
            "specversion": "1.0",
            "id": f"bench-{number}",
            "source": "/shop",
            "type": kind,
            "time": "2026-01-05T12:00:00Z",
            "data": data(number),
        }
        for number in itertools.islice(_numbers, SIZE)
    ]


def _custom():
    return _events(
        "com.example.order.paid",
        lambda number: {"order": f"S{number}", "amount": 12.5, "currency": "EUR"},
    )


def _run_ends():
    return _events(
        "odoo.monitor.run.succeeded",
        lambda number: {
            "workflow": "bench-ingest",
            "correlation_id": f"S{number}",
            "duration_ms": 1500,
            "context": {"order": f"S{number}", "amount": 12.5},
        },
    )


def _cpu(cr):
    """Return CPU seconds of this process and of the backend of ``cr``, until now."""
    cr.execute("SELECT pg_backend_pid()")
    fields = (
        Path(f"/proc/{cr.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    )
    backend = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + backend


def _measured(registry, function, repeat=5):
    """Return (CPU seconds, wall seconds) for one of ``repeat`` transactions."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        cpu, wall = _cpu(cr), time.perf_counter()
        for _time in range(repeat):
            function(env)
            cr.commit()
        return (_cpu(cr) - cpu) / repeat, (time.perf_counter() - wall) / repeat


def _copy(lines):
    def copy(env):
        env.cr._obj.copy_expert(
            f"COPY monitor_event_data ({COLUMNS}) FROM STDIN", io.StringIO(lines)
        )

    return copy


def _stored(registry, make):
    """Return the rows of one ingest as COPY's text."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        cr.execute("SELECT coalesce(max(id), 0) FROM monitor_event_data")
        (last,) = cr.fetchone()
        env["monitor.event"].ingest(make())
        text = io.StringIO()
        cr._obj.copy_expert(
            f"COPY (SELECT {COLUMNS} FROM monitor_event_data WHERE id > {last}) "
            "TO STDOUT",
            text,
        )
        return text.getvalue()


def _grow(registry, rows):
    """Fill the table up to about so many events."""
    with registry.cursor() as cr:
        cr.execute("SELECT count(*) FROM monitor_event_data")
        cr.execute(
            """
            INSERT INTO monitor_event_data (kind, source, event_uid, context, xid)
            SELECT 'custom', '/shop', 'grown-' || n, '{"order": "S1"}', '3'::xid8
              FROM generate_series(1, %s) n
            """,
            [max(0, rows - cr.fetchone()[0])],
        )


def _prepare(registry):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["monitor.workflow"].create(
            {"name": "Bench", "code": "bench-ingest", "kind": "external"}
        )
        env["monitor.event.type"].create({"name": "com.example.order.paid"})


def report(database, quick=False):
    """Print events per CPU second and the ratio to COPY, at 0 and more rows."""
    registry = Registry(database)
    _prepare(registry)
    heads = ("rows", "events", "per CPU s", "per s", "of COPY (CPU)", "quartiles")
    print("{:>10} {:>12} {:>10} {:>8} {:>14}  {}".format(*heads))
    for rows in (0, 100_000) if quick else (0, 1_000_000, 10_000_000):
        if rows:
            _grow(registry, rows)
        for title, make in (("custom", _custom), ("run ends", _run_ends)):
            _line(registry, rows, title, make)


def _line(registry, rows, title, make):
    lines = _stored(registry, make)
    pairs = []
    for _pair in range(PAIRS + 2):
        batches = iter([make() for _time in range(5)])

        def ingest(env, batches=batches):
            env["monitor.event"].ingest(next(batches))

        pairs.append((_measured(registry, ingest), _measured(registry, _copy(lines))))
    pairs = pairs[2:]
    ratios = [copy[0] / ours[0] for ours, copy in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    cpu = SIZE / statistics.median(ours[0] for ours, _copy in pairs)
    wall = SIZE / statistics.median(ours[1] for ours, _copy in pairs)
    print(
        f"{rows:>10} {title:>12} {cpu:>10.0f} {wall:>8.0f} {middle:>14.2f}  "
        f"{low:.2f} - {high:.2f}",
        flush=True,
    )
