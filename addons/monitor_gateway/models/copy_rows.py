"""Many rows at once: COPY takes them at half the cost of INSERT."""

import io

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
        value if type(value) is str else "" if value is None else str(value)
        for value in values
    ]
    line = "\t".join(fields)
    # Four searches for a character are several times faster than one for any of them.
    if (
        "\\" in line
        or "\n" in line
        or "\r" in line
        or line.count("\t") >= len(fields)  # one of them is not between two fields
    ):
        line = "\t".join([field.translate(_ESCAPES) for field in fields])
    return line + "\n"
