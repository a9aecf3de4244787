"""The SQL functions by which the capture path writes.

As functions, because PostgreSQL keeps the plan of a function's statements for the life
of the connection: recording a run costs one round trip and about a fifth of what the
same statement costs when it is parsed and planned each time.
"""

import json

from odoo.tools import SQL

from ..tools.payload import storable_text
from .sql_routines import drop_routines

ROW = """
    workflow_id int, source_ref varchar, correlation_id varchar, trace_id varchar,
    span_id varchar, parent_span_id varchar, parent_run_id int, state varchar,
    outcome_class varchar, started_at timestamp, finished_at timestamp,
    duration_ms bigint, sql_count int, record_count int, run_count int,
    error_type varchar, error_message varchar, fingerprint varchar, traceback text,
    model varchar, res_id int, user_id int, company_id int, kind varchar,
    severity varchar, context jsonb, late_ms bigint
"""

# Finished runs and their closing events. The user's company is looked up here, because
# asking the ORM could cost the caller a query. A child that was written before its
# parent ended gets its parent now: both are rows of this very transaction, so nobody
# else can touch them.
RECORD_RUNS = f"""
BEGIN
    WITH rec AS MATERIALIZED (
        SELECT nextval('monitor_run_id_seq')::int AS id, r.*
          FROM json_to_recordset(p_rows) AS r({ROW})
    ), line AS MATERIALIZED (
        SELECT rec.*, coalesce(rec.company_id, u.company_id) AS company,
               coalesce(parent.id, rec.parent_run_id) AS parent
          FROM rec
          LEFT JOIN rec parent ON parent.span_id = rec.parent_span_id
          LEFT JOIN res_users u ON u.id = rec.user_id
    ), run AS (
        INSERT INTO monitor_run
            (id, workflow_id, source_ref, correlation_id, trace_id, span_id,
             parent_span_id, parent_id, state, outcome_class, started_at, finished_at,
             duration_ms, sql_count, record_count, run_count, error_type, error_message,
             fingerprint, traceback, model, res_id, user_id, company_id, context)
        SELECT id, workflow_id, source_ref, correlation_id, trace_id, span_id,
               parent_span_id, parent, state, outcome_class, started_at, finished_at,
               duration_ms, sql_count, record_count, run_count, error_type,
               error_message, fingerprint, traceback, model, res_id, user_id, company,
               context
          FROM line
    )
    INSERT INTO monitor_event_data
        (recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class,
         quantity, severity, source, correlation_id, duration_ms, model, res_id,
         user_id, company_id, context, retention)
    SELECT p_now, finished_at, workflow_id, id, kind, state, outcome_class, run_count,
           severity, source_ref, correlation_id, duration_ms / run_count, model, res_id,
           user_id, company, context,
           CASE kind WHEN 'failed' THEN 'long' ELSE 'standard' END
      FROM line;
    IF cardinality(p_adopt) > 0 THEN
        UPDATE monitor_run child SET parent_id = parent.id
          FROM monitor_run parent
         WHERE child.trace_id = ANY(p_adopt) AND parent.trace_id = child.trace_id
           AND child.parent_span_id = parent.span_id AND child.parent_id IS NULL;
    END IF;
END
"""

# The durable start of a scheduled execution, with the session that holds it: a run
# whose session is gone was lost.
START_RUN = f"""
DECLARE
    new_id int;
BEGIN
    INSERT INTO monitor_run
        (workflow_id, source_ref, correlation_id, trace_id, span_id, state, started_at,
         late_ms, user_id, run_count, backend_pid, backend_start)
    SELECT r.workflow_id, r.source_ref, r.correlation_id, r.trace_id, r.span_id,
           'running', r.started_at, r.late_ms, r.user_id, 1, pg_backend_pid(),
           (SELECT backend_start::text FROM pg_stat_get_activity(pg_backend_pid()))
      FROM json_to_record(p_run) AS r({ROW})
    RETURNING id INTO new_id;
    RETURN new_id;
END
"""

END_RUN = f"""
BEGIN
    WITH ended AS (
        UPDATE monitor_run run
           SET state = r.state, outcome_class = r.outcome_class,
               finished_at = r.finished_at, duration_ms = r.duration_ms,
               sql_count = r.sql_count, record_count = r.record_count,
               error_type = r.error_type, error_message = r.error_message,
               fingerprint = r.fingerprint, traceback = r.traceback
          FROM json_to_record(p_run) AS r(run_id int, {ROW})
         WHERE run.id = r.run_id
     RETURNING run.*, r.kind, r.severity
    )
    INSERT INTO monitor_event_data
        (recorded_at, occurred_at, workflow_id, run_id, kind, run_state, outcome_class,
         severity, source, correlation_id, duration_ms, user_id, retention)
    SELECT finished_at, finished_at, workflow_id, id, kind, state, outcome_class,
           severity, source_ref, correlation_id, duration_ms, user_id,
           CASE kind WHEN 'failed' THEN 'long' ELSE 'standard' END
      FROM ended;
END
"""

# The step is read here: in SQL a missing table is caught by the savepoint.
CHECKPOINTS = """
BEGIN
    INSERT INTO monitor_event_data
        (recorded_at, occurred_at, workflow_id, kind, step, source, correlation_id,
         model, res_id, user_id, company_id, context)
    SELECT p_now, p_now, step.workflow_id, 'checkpoint', step.code, 'odoo',
           r.correlation_id, r.model, r.res_id, r.user_id, r.company_id, r.context
      FROM monitor_flow_step step,
           json_to_recordset(p_rows)
               AS r(correlation_id varchar, model varchar, res_id int, user_id int,
                    company_id int, context jsonb)
     WHERE step.id = p_step;
END
"""

# Failures are written after their transaction, apart from what succeeded in it. Only
# the links of the given spans are set; each is set once.
LINK_FAMILIES = """
    UPDATE monitor_run child SET parent_id = parent.id
      FROM monitor_run parent
     WHERE child.trace_id = ANY(%(traces)s) AND parent.trace_id = child.trace_id
       AND child.parent_span_id = parent.span_id AND child.parent_id IS NULL
       AND (child.span_id = ANY(%(spans)s) OR parent.span_id = ANY(%(spans)s))
"""

# name: (parameters, result, body)
FUNCTIONS = {
    "monitor_record_runs": (
        "p_rows json, p_now timestamp, p_adopt varchar[]",
        "void",
        RECORD_RUNS,
    ),
    "monitor_start_run": ("p_run json", "int", START_RUN),
    "monitor_end_run": ("p_run json", "void", END_RUN),
    "monitor_record_checkpoints": (
        "p_step int, p_rows json, p_now timestamp",
        "void",
        CHECKPOINTS,
    ),
}


def create_functions(cr):
    """Create the functions, replacing those of an earlier version."""
    drop_functions(cr)
    for name, (parameters, result, body) in FUNCTIONS.items():
        cr.execute(
            SQL(
                "CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE plpgsql AS %s",
                SQL.identifier(name),
                SQL(parameters),
                SQL(result),
                body,
            )
        )


def drop_functions(cr):
    """Drop the functions, whatever their parameters were."""
    drop_routines(cr, FUNCTIONS)


def call_guarded(cr, query, params, fetch=False):
    """Run a SELECT of ours so that its failure leaves the transaction intact.

    Savepoint and statement go in one round trip. Raises what PostgreSQL raises.

    :return: the first column of the first row where ``fetch``, else ``None``
    """
    query = f"SAVEPOINT monitor_core; {query}"
    if not fetch:
        query += "; RELEASE SAVEPOINT monitor_core"
    try:
        cr.execute(query, params, log_exceptions=False)
    except Exception:
        cr.execute("ROLLBACK TO SAVEPOINT monitor_core", log_exceptions=False)
        raise
    if not fetch:
        return None
    result = cr.fetchone()[0]
    cr.execute("RELEASE SAVEPOINT monitor_core")
    return result


def to_json(value):
    """Return rows as JSON that PostgreSQL can read back as text.

    Its texts hold neither NUL nor half a surrogate pair, and an error message may.
    """
    text = json.dumps(value)
    if "\\u0000" in text or "\\ud" in text:
        text = json.dumps(_storable(value))
    return text


def _storable(value):
    if isinstance(value, dict):
        return {name: _storable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    return storable_text(value) if isinstance(value, str) else value
