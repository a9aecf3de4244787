"""Many rows at once: COPY takes them at half the cost of INSERT."""

import io
import re

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def copy_rows(cr, table, names, rows):
    """Append ``rows``, dicts, to ``table``.

    What a row does not name is NULL, what none of them names gets its default. An
    empty text is NULL too. The names are ours, never a sender's.
    """
    if not rows:
        return
    told = set().union(*rows)
    names = [name for name in names if name in told]
    lines = io.StringIO("".join([_line(map(row.get, names)) for row in rows]))
    cr.copy_expert(
        f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT text, NULL '')", lines
    )


def _line(values):
    """Return a row in COPY's text format, at a third of what the csv module takes."""
    fields = [
        "" if value is None else value if type(value) is str else str(value)
        for value in values
    ]
    if _SPECIAL.search("".join(fields)):
        fields = [field.translate(_ESCAPES) for field in fields]
    return "\t".join(fields) + "\n"
