"""Keeps what automations change of records, of the models that settings name."""

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
    """Return ``{id: {field: value}}`` as it is before, of what is to be kept."""
    try:
        return _read(records, _kept_fields(records, vals))
    except Exception as error:
        note_self_error(records.env, "read_quietly", error)
        return None


def note_quietly(records, span, operation, before=None):
    """Buffer what was done; never raises."""
    try:
        _note(records, span, operation, before)
    except Exception as error:
        note_self_error(records.env, "note_quietly", error)


def _kept_fields(records, vals):
    fields = (records._fields.get(name) for name in vals)
    return [f.name for f in fields if f and f.store and f.type not in SKIPPED_TYPES]


def _read(records, names):
    cr = records.env.cr
    if cr.readonly or not names:
        return None
    buffer = cr.precommit.data.get(CHANGES_KEY) or Buffer()
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


def _note(records, span, operation, before):
    """Buffer a row for each record that was made, deleted or really changed."""
    cr = records.env.cr
    if cr.readonly:
        return
    buffer = cr.precommit.data.get(CHANGES_KEY)
    if buffer is None:
        buffer = cr.precommit.data[CHANGES_KEY] = Buffer()
        cr.precommit.add(records.env["monitor.change"]._flush)
    policy = records.env["monitor.config"]._redaction()
    common = _common(records, span, operation)
    taken = records.sudo()[: max(0, buffer.room())]
    for record in taken:
        changes = None
        if before is not None:
            was = before.get(record.id)
            changes = was and _differences(record, was, policy)
            if not changes:
                continue
        company = record._fields.get("company_id")
        of_company = company and company.comodel_name == "res.company"
        buffer.rows.append(
            common
            | {
                "res_id": record.id,
                "changes": changes,
                "company_id": (of_company and record.company_id.id) or None,
            }
        )
    buffer.further += len(records) - len(taken)


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
