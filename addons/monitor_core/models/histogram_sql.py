"""What ``tools/histogram.py`` does, in SQL: the same answers, next to the rows.

``monitor_histogram_sum(jsonb[])`` and the aggregate ``monitor_histogram_merge(jsonb)``
add histograms up as ``merge`` does; ``monitor_histogram_quantile(jsonb, q)`` is
``quantile``, for ``q`` from 0 to 1, NULL for an empty histogram.
"""

from ..tools import histogram
from .sql_routines import drop_routines

# The aggregate only collects, by a function of PostgreSQL itself; all is added up at
# once in the end. Adding row by row would parse and build a JSON value for each.
SUM = """
    SELECT coalesce(jsonb_object_agg(key, n), '{}'::jsonb) FROM (
        SELECT key, sum(value::bigint) AS n
          FROM unnest(p_histograms) AS histogram, jsonb_each_text(histogram)
         GROUP BY key HAVING sum(value::bigint) <> 0) summed
"""
QUANTILE = f"""
    SELECT CASE WHEN bucket <= 0 THEN 1.0 ELSE
               2 * power({histogram.GAMMA!r}::double precision, bucket)
               / ({histogram.GAMMA!r}::double precision + 1) END
      FROM (SELECT key::int AS bucket,
                   sum(value::bigint) OVER (ORDER BY key::int) AS passed,
                   sum(value::bigint) OVER () AS total
              FROM jsonb_each_text(p_histogram)) buckets
     WHERE total <> 0
       AND passed >= greatest(1, ceil(p_q * total::double precision))
     ORDER BY bucket LIMIT 1
"""

#: name -> definition; each may need those before it.
ROUTINES = {
    "monitor_histogram_sum": f"""
        CREATE FUNCTION monitor_histogram_sum(p_histograms jsonb[]) RETURNS jsonb
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $${SUM}$$
    """,
    "monitor_histogram_merge": """
        CREATE AGGREGATE monitor_histogram_merge(jsonb) (
            sfunc = array_append, stype = jsonb[], initcond = '{}',
            finalfunc = monitor_histogram_sum)
    """,
    "monitor_histogram_quantile": f"""
        CREATE FUNCTION monitor_histogram_quantile(
            p_histogram jsonb, p_q double precision) RETURNS double precision
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $${QUANTILE}$$
    """,
}


def create_routines(cr):
    """Create the functions, replacing those of an earlier version."""
    drop_histogram_routines(cr)
    for definition in ROUTINES.values():
        cr.execute(definition)


def drop_histogram_routines(cr):
    """Drop the functions."""
    drop_routines(cr, reversed(ROUTINES))
