"""Keeps what automations change of records, of the models that settings name."""

import psycopg2

from ..tools import clock, field_changes, redaction
from .monitor_recorder import note_self_error
from .recorder_sql import call_guarded, to_json

CHANGES_KEY = "monitor_core.changes"
MAX_CHANGES = 1000  # rows of one transaction; what is beyond is only counted
SKIPPED_TYPES = {"binary", "one2many", "properties", "properties_definition"}
INSERT = """
    INSERT INTO monitor_change
        (occurred_at, model, res_id, operation, changes, source_ref, workflow_id,
         trace_id, span_id, user_id, company_id)
    SELECT %(now)s, r.* FROM json_to_recordset(%(rows)s) AS r(
        model varchar, res_id int, operation varchar, changes jsonb,
        source_ref varchar, workflow_id int, trace_id varchar, span_id varchar,
        user_id int, company_id int)
"""


class Buffer:
    """Changes of a transaction that wait for its commit; gone with a rollback."""

    def __init__(self):
        self.rows = []
        self.further = 0  # changes that found no room

    def room(self):
        return MAX_CHANGES - len(self.rows)


def is_followed(records, span):
    """Whether changes of these records are kept; any doubt is a no."""
    try:
        return records._name in records.env["monitor.config"]._followed_models()
    except Exception as error:
        note_self_error(records.env, "is_followed", error)
        return False


def read_quietly(records, vals):
    """Return ``{id: {field: value}}`` as it is before, of what is to be kept.

    ``None`` where nothing is. What PostgreSQL raises goes to the caller: reading may
    write what is pending, and only the caller can repeat a transaction.
    """
    try:
        return _read(records, _kept_fields(records, vals))
    except psycopg2.Error:
        raise
    except Exception as error:
        note_self_error(records.env, "read_quietly", error)
        return None


def rows_quietly(records, span, operation, before=None):
    """Return what is to be noted, a row for each record that was really changed."""
    try:
        common = _common(records, span, operation)
    except Exception as error:  # asked in a savepoint of its own
        note_self_error(records.env, "rows_quietly", error)
        return []
    try:
        return _rows(records, common, before)
    except psycopg2.Error:
        raise
    except Exception as error:
        note_self_error(records.env, "rows_quietly", error)
        return []


def note_quietly(env, rows, further=0):
    """Buffer ``rows``; ``further`` records found no room."""
    try:
        buffer = _buffer(env, make=bool(rows))
        if buffer is not None:
            room = max(0, buffer.room())
            buffer.rows += rows[:room]
            buffer.further += further + len(rows[room:])
    except Exception as error:
        note_self_error(env, "note_quietly", error)


def _buffer(env, make=False):
    """Return the buffer of this transaction, ``None`` where nothing can be written."""
    cr = env.cr
    if cr.readonly:
        return None
    buffer = cr.precommit.data.get(CHANGES_KEY)
    if buffer is None:
        buffer = Buffer()
        if make:
            cr.precommit.data[CHANGES_KEY] = buffer
            cr.precommit.add(env["monitor.change"]._flush)
    return buffer


def without_room(records):
    """Return how many of these records find no room in the buffer."""
    try:
        buffer = _buffer(records.env)
        return 0 if buffer is None else max(0, len(records) - max(0, buffer.room()))
    except Exception as error:
        note_self_error(records.env, "without_room", error)
        return 0


def _kept_fields(records, vals):
    fields = (records._fields.get(name) for name in vals)
    return [f.name for f in fields if f and f.store and f.type not in SKIPPED_TYPES]


def _read(records, names):
    buffer = _buffer(records.env)
    if buffer is None or not names:
        return None
    # sudo: the automation writes what it may not read, and who looks at the changes
    # is asked whether he may read them
    known = records.sudo()[: max(0, buffer.room())]
    return {record.id: _values(record, names) for record in known if record.id}


def _values(record, names):
    return {
        name: record._fields[name].convert_to_read(
            record[name], record, use_display_name=False
        )
        for name in names
    }


def _rows(records, common, before):
    buffer = _buffer(records.env)
    if buffer is None:
        return []
    policy = records.env["monitor.config"]._redaction()
    rows = []
    for record in records.sudo()[: max(0, buffer.room())]:  # sudo: see _read
        changes = None
        if before is not None:
            was = before.get(record.id)
            changes = was and _differences(record, was, policy)
            if not changes:
                continue
        company = record._fields.get("company_id")
        of_company = company and company.comodel_name == "res.company"
        rows.append(
            common
            | {
                "res_id": record.id,
                "changes": changes,
                "company_id": (of_company and record.company_id.id) or None,
            }
        )
    return rows


def _differences(record, before, policy):
    after = _values(record, list(before))
    return redaction.redact(field_changes.differences(before, after), policy)


def _common(records, span, operation):
    env = records.env
    known = env["monitor.discovery"]._captured_sources().get(span.source)
    return {
        "model": records._name,
        "operation": operation,
        "source_ref": span.source_ref,
        "workflow_id": known[0] if known else None,
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "user_id": env.uid,
    }


def write_changes(cr):
    """Insert what was buffered, in a savepoint of its own."""
    buffer = cr.precommit.data.pop(CHANGES_KEY, None)
    if buffer is None or not buffer.rows:
        return
    rows = buffer.rows
    if buffer.further:
        last = rows[-1]
        names = ("model", "source_ref", "workflow_id", "trace_id", "span_id", "user_id")
        rows = [
            *rows,
            {name: last[name] for name in names}
            | {"operation": "more", "changes": {"further": buffer.further}},
        ]
    call_guarded(cr, INSERT, {"now": clock.utcnow(), "rows": to_json(rows)})
