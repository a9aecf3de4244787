"""One observed execution while it lasts, and the buffer of those that ended.

Pure: no Odoo, no clock of its own. A :class:`Span` is opened when a monitored action
starts and closed when it ends; spans nest, so the innermost open one is the parent of
the next. What ended well waits in a :class:`RunBuffer` until the transaction is
written.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

MAX_SINGLE_RUNS = 50  # more runs of one source under one parent are kept as one

# The innermost open span of this thread (greenlet).
current_span: ContextVar = ContextVar("monitor_current_span", default=None)


@dataclass(eq=False)
class Span:
    """An execution in progress; ``source`` is ``(model, id)`` of what is executed."""

    source: tuple
    trace_id: str
    span_id: str
    started_at: datetime  # naive UTC
    started_ms: float  # monotonic
    sql_start: int
    parent: "Span | None" = None
    parent_span_id: "str | None" = None  # from outside (W3C), else parent's span_id
    correlation_id: "str | None" = None
    run_id: "int | None" = None  # known early only where the start is durable
    model: "str | None" = None
    record_ids: set = field(default_factory=set)
    user_id: "int | None" = None
    company_id: "int | None" = None
    executed: bool = False  # an action of this rule really ran
    has_flushed_children: bool = False
    has_failed_children: bool = False

    @property
    def source_ref(self) -> str:
        """``model,id`` of the source."""
        return f"{self.source[0]},{self.source[1]}"

    def close(self, now: datetime, now_ms: float, sql_count: int) -> dict:
        """Return the finished execution as a row of plain values (state not set)."""
        records = self.record_ids
        return {
            "source_ref": self.source_ref,
            "correlation_id": self.correlation_id or self.trace_id,
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "parent_span_id": self.parent.span_id
            if self.parent
            else self.parent_span_id,
            "parent_run_id": self.parent.run_id if self.parent else None,
            "started_at": self.started_at.isoformat(),
            "finished_at": now.isoformat(),
            "duration_ms": max(0, round(now_ms - self.started_ms)),
            "sql_count": max(0, sql_count - self.sql_start),
            "record_count": len(records),
            "run_count": 1,
            "model": self.model,
            "res_id": next(iter(records)) if len(records) == 1 else None,
            "user_id": self.user_id,
            "company_id": self.company_id,
        }


class RunBuffer:
    """Rows of successful runs that wait for the transaction to be written.

    >>> buffer = RunBuffer(limit=2)
    >>> row = {"source_ref": "a,1", "parent_span_id": None, "run_count": 1,
    ...        "duration_ms": 5, "sql_count": 1, "record_count": 1,
    ...        "started_at": "1", "finished_at": "2", "res_id": 7}
    >>> for _ in range(5):
    ...     buffer.add(dict(row))
    >>> [(r["run_count"], r["duration_ms"], r["res_id"]) for r in buffer.rows()]
    [(5, 25, None)]
    """

    def __init__(self, limit: int = MAX_SINGLE_RUNS):
        self._limit = limit
        self._groups: dict = {}
        self.parents: dict = {}  # span id -> Span that was open when its child ended
        self.adopt_traces: set = set()  # traces whose children were written earlier
        self._named: list = []  # (group, span id) of rows that others refer to

    def add(self, row: dict, parent: "Span | None" = None, named: bool = False) -> None:
        """Add a finished run; one more than ``limit`` of a group become one row.

        ``named``: runs that are written elsewhere refer to this one by its span id.
        """
        if parent is not None:
            self.parents[parent.span_id] = parent
        key = (row["source_ref"], row["parent_span_id"])
        group = self._groups.setdefault(key, [])
        group.append(row)
        if named:
            self._named.append((key, row["span_id"]))
        if len(group) > self._limit or group[0]["run_count"] > 1:
            self._groups[key] = [_merge(group)]

    def rows(self) -> list:
        """Return the rows in the order of their start."""
        rows = [row for group in self._groups.values() for row in group]
        return sorted(rows, key=lambda row: row["started_at"])

    def stand_ins(self) -> dict:
        """Return ``{span id: span id of the row it is in}`` of named, merged rows."""
        rows = ((self._groups[key][0], span_id) for key, span_id in self._named)
        return {
            span_id: row["span_id"] for row, span_id in rows if row["run_count"] > 1
        }


class FailureBuffer:
    """Rows of failed runs that wait for the end of their transaction.

    The first ``limit`` of one failure stay single, so that each can be looked at; all
    further ones become one row, however often a loop catches and goes on.

    >>> buffer = FailureBuffer(limit=2)
    >>> row = {"source_ref": "a,1", "fingerprint": "f", "parent_span_id": None,
    ...        "run_count": 1, "duration_ms": 5, "sql_count": 1, "record_count": 1,
    ...        "started_at": "1", "finished_at": "2", "res_id": 7}
    >>> for number in range(5):
    ...     buffer.add({**row, "span_id": f"s{number}"})
    >>> [(r["span_id"], r["run_count"], r["res_id"]) for r in buffer.take()]
    [('s0', 1, 7), ('s1', 1, 7), ('s2', 3, None)]
    >>> buffer.take()
    []
    """

    def __init__(self, limit: int = MAX_SINGLE_RUNS):
        self._limit = limit
        self._clear()

    def _clear(self):
        self._groups: dict = {}
        self._kept: dict = {}  # span id of a merged row -> span id of the row it is in

    def add(self, row: dict) -> None:
        """Add a failed run, alone or to the row of those beyond the limit."""
        group = self._groups.setdefault((row["source_ref"], row["fingerprint"]), [])
        if len(group) > self._limit:
            self._kept[row["span_id"]] = group[-1]["span_id"]
            group[-1] = _merge([group[-1], row])
        else:
            group.append(row)

    def refer(self, stand_ins: dict) -> None:
        """Let what refers to a span id refer to the one that stands for it."""
        self._kept.update(stand_ins)

    def take(self) -> list:
        """Return the rows in the order of their start, and forget them."""
        rows = [row for group in self._groups.values() for row in group]
        for row in rows:
            parent = row["parent_span_id"]
            row["parent_span_id"] = self._kept.get(parent, parent)
        self._clear()
        return sorted(rows, key=lambda row: row["started_at"])


def _merge(rows: list) -> dict:
    """Return one row for many runs: sums, the first start and the last end."""
    merged = dict(rows[0])
    for name in ("run_count", "duration_ms", "sql_count", "record_count"):
        merged[name] = sum(row[name] for row in rows)
    merged["started_at"] = min(row["started_at"] for row in rows)
    merged["finished_at"] = max(row["finished_at"] for row in rows)
    merged["res_id"] = None
    return merged
