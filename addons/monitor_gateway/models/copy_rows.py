"""Many rows at once: COPY takes them at half the cost of INSERT."""

import csv
import io


def copy_rows(cr, table, names, rows):
    """Append ``rows``, dicts, to ``table``; what a row does not name is NULL.

    The names are ours, never a sender's. An empty text is NULL too.
    """
    if not rows:
        return
    lines = io.StringIO()
    csv.writer(lines).writerows([map(row.get, names) for row in rows])
    lines.seek(0)
    cr.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT csv)", lines)
