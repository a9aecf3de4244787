"""What taking in events costs, against COPY of the same rows into the same table.

1000 events a call through ``monitor.event.ingest`` (checked, deduplicated, redacted,
made into runs) beside ``COPY monitor_event_data`` of the rows that this stored, in
turn. Then the same with many rows present, and their rate against that of none.
"""

import io
import itertools
import statistics
import time

from pairs import PAIRS, Bar, Cost, cost, judge

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

SIZE = 1000
CALLS = 10
OF_COPY = Bar(0.2, 0.5, at_least=True, by="cpu")
OF_EMPTY = Bar(0.6, 0.85, at_least=True, by="cpu")
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


def _personal():
    return _events(
        "com.example.order.paid",
        lambda number: {
            "order": f"S{number}",
            "customer": f"ana{number}@example.com",
            "note": f"Please call +32 475 12 34 56 before {number % 24}:00, thank you.",
        },
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


KINDS = {
    "custom events": _custom,
    "events to redact": _personal,
    "ends of new runs": _run_ends,
}


def _ingest(registry, make):
    """Return what one call with 1000 events costs."""
    batches = [make() for _call in range(CALLS)]
    with registry.cursor() as cr:
        events = api.Environment(cr, SUPERUSER_ID, {})["monitor.event"]
        calls = iter(batches)

        def call():
            events.ingest(next(calls))
            cr.commit()

        return cost(cr, call, CALLS)


def _copy(registry, lines):
    """Return what COPY of the same rows costs."""
    with registry.cursor() as cr:

        def call():
            cr.copy_expert(
                f"COPY monitor_event_data ({COLUMNS}) FROM STDIN", io.StringIO(lines)
            )
            cr.commit()

        return cost(cr, call, CALLS)


def _stored(registry, make):
    """Return the rows of one ingest as COPY's text."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        cr.execute("SELECT coalesce(max(id), 0) FROM monitor_event_data")
        (last,) = cr.fetchone()
        env["monitor.event"].ingest(make())
        text = io.StringIO()
        cr.copy_expert(
            f"COPY (SELECT {COLUMNS} FROM monitor_event_data WHERE id > {last}) "
            "TO STDOUT",
            text,
        )
        return text.getvalue()


def grow(registry, rows):
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
        workflows = env["monitor.workflow"]
        if workflows.search_count([("code", "=", "bench-ingest")]):
            return
        workflows.create({"name": "Bench", "code": "bench-ingest", "kind": "external"})
        env["monitor.event.type"].create({"name": "com.example.order.paid"})


def report(database, sizes):
    """Print the ratio to COPY, and to the rate with none, at each number of rows."""
    registry = Registry(database)
    _prepare(registry)
    empty = {}
    for rows in sizes:
        grow(registry, rows)
        for title, make in KINDS.items():
            ours = _against_copy(registry, f"{title}, {rows:,} rows, of COPY", make)
            empty.setdefault(title, ours)
            if rows:
                pairs = list(zip(ours, empty[title], strict=True))
                judge(f"{title}, {rows:,} rows, of none", pairs, OF_EMPTY)


def _against_copy(registry, title, make):
    lines = _stored(registry, make)
    pairs = [
        (_ingest(registry, make), _copy(registry, lines)) for _pair in range(PAIRS + 1)
    ][1:]
    ours = [ours for ours, _copy_cost in pairs]
    middle = Cost(
        *(statistics.median(getattr(o, n) for o in ours) for n in ("cpu", "wall"))
    )
    told = f"{SIZE / middle.cpu:,.0f} a CPU second, {SIZE / middle.wall:,.0f} a second"
    judge(title, pairs, OF_COPY, told)
    return ours
