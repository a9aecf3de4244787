"""What open alerts cost a tick: 50 changes beside 500 and beside 5,000 open alerts.

A tick looks at what changed or is due, so ten times the open alerts may cost at most
1.3 times the time, and not one SQL statement more.
"""

import statistics
import time

from bench_board import _fill
from pairs import PAIRS, Bar, Cost, judge

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

CHANGES = 50
FEW, MANY = 500, 5_000
OF_FEW = Bar(1.3, 1.1, by="wall")


def _open_alerts(env, count):
    """Leave so many alerts firing on the workflows, in an incident each workflow."""
    env.cr.execute("UPDATE monitor_alert SET state = 'resolved'")
    env.cr.execute("UPDATE monitor_incident SET state = 'closed'")
    rule = env["monitor.rule"].search([("kind", "=", "failure")], limit=1)
    env.cr.execute(
        """
        WITH flows AS (
            SELECT id, code, row_number() OVER (ORDER BY id) - 1 AS n
              FROM monitor_workflow),
        made AS (
            INSERT INTO monitor_incident
                (name, title, state, severity, priority, workflow_id, rule_id,
                 group_key, first_seen_at, last_seen_at, opened_at, count)
            SELECT 'BENCH-' || %(count)s || '-' || n, 'Bench', 'acknowledged', 'error',
                   '3', id, %(rule)s, 'bench:' || n, now(), now(), now(), 1
              FROM flows RETURNING id, workflow_id)
        INSERT INTO monitor_alert
            (rule_id, workflow_id, incident_id, source, fingerprint, labels, state,
             severity, count, first_seen_at, last_seen_at, fired_at, name)
        SELECT %(rule)s, flows.id, made.id, 'rule',
               md5(%(count)s || ':' || g), jsonb_build_object(
                   'rule', %(rule)s::text, 'kind', 'failure', 'workflow', flows.code,
                   'error', g::text),
               'firing', 'error', 1, now(), now(), now(), 'Bench'
          FROM generate_series(1, %(count)s) g
          JOIN flows ON flows.n = g %% (SELECT count(*) FROM flows)
          JOIN made ON made.workflow_id = flows.id
        """,
        {"count": count, "rule": rule.id},
    )
    env.cr.execute("ANALYZE monitor_alert")


def _change(env):
    """Have 50 workflows looked at by the rules, of which nothing new is told."""
    env.cr.execute(
        "UPDATE monitor_workflow SET rules_due = true, consecutive_failures = 1"
        " WHERE id IN (SELECT id FROM monitor_workflow ORDER BY id LIMIT %s)",
        [CHANGES],
    )


def _tick(registry):
    """Return what the stages of rules, alerts and incidents cost, and statements."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        _change(env)
        cr.commit()
        now, before = cr.now(), cr.sql_log_count
        wall, cpu = time.perf_counter(), time.process_time()
        env["monitor.rule"]._evaluate(now)
        env["monitor.alert"]._review(now)
        env["monitor.incident"]._advance(now)
        env.flush_all()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        statements = cr.sql_log_count - before
        cr.commit()
    return Cost(cpu, wall), statements


def report(database):
    """Print the ratio of a tick with many open alerts to one with few."""
    registry = Registry(database)
    with registry.cursor() as cr:
        _fill(api.Environment(cr, SUPERUSER_ID, {}))
    costs, statements = {}, {}
    for count in (FEW, MANY):
        with registry.cursor() as cr:
            _open_alerts(api.Environment(cr, SUPERUSER_ID, {}), count)
        _tick(registry)
        ticks = [_tick(registry) for _pair in range(PAIRS)]
        costs[count] = [cost for cost, _count in ticks]
        statements[count] = statistics.median(count for _cost, count in ticks)
    pairs = list(zip(costs[MANY], costs[FEW], strict=True))
    told = f"{1000 * statistics.median(c.wall for c in costs[MANY]):.1f} ms"
    judge(f"{CHANGES} changes, {MANY:,} open alerts, of {FEW}", pairs, OF_FEW, told)
    print(f"SQL statements: {statements[FEW]:.0f} and {statements[MANY]:.0f}")
    assert statements[FEW] == statements[MANY]
