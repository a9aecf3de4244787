"""Many rows at once: COPY takes them at half the cost of INSERT."""

import csv
import io


def copy_rows(cr, table, names, rows):
    """Append ``rows``, dicts, to ``table``.

    What a row does not name is NULL, what none of them names gets its default. An
    empty text is NULL too. The names are ours, never a sender's.
    """
    if not rows:
        return
    told = set().union(*rows)
    names = [name for name in names if name in told]
    lines = io.StringIO()
    csv.writer(lines).writerows([map(row.get, names) for row in rows])
    lines.seek(0)
    cr.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT csv)", lines)
