"""Runs that events report: read once, merged by the pure rule, written once."""

import functools
import json
from collections import defaultdict
from datetime import datetime

import psycopg2.errors

from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import fingerprint, run_report, trace_context
from odoo.addons.monitor_core.tools.scales import TERMINAL_STATES

from ..tools import run_event
from .copy_rows import copy_rows

RUN = {
    "state": "varchar",
    "outcome_class": "varchar",
    "started_at": "timestamp",
    "finished_at": "timestamp",
    "duration_ms": "bigint",
    "error_type": "varchar",
    "error_message": "varchar",
    "fingerprint": "varchar",
    "steps_done": "jsonb",
    "next_step": "varchar",
    "next_deadline_at": "timestamp",
    "report": "jsonb",
    "model": "varchar",
    "res_id": "int",
    "context": "text",  # JSON already, see EventBatch
}
# What only a new run is given.
NEW = (
    "id",
    "run_count",
    "workflow_id",
    "correlation_id",
    "trace_id",
    "span_id",
    "user_id",
    "company_id",
)
ABOUT_RECORD = ("model", "res_id")
ABOUT = (*ABOUT_RECORD, "context")
KINDS = {"succeeded": "succeeded", "failed": "failed", "lost": "lost"}
# What the statistics count of a run; a change of it takes the former count back.
COUNTED = ("state", "outcome_class", "finished_at", "duration_ms")


class RunMerger:
    """Applies events to the runs they tell of, found by workflow and correlation id."""

    def __init__(self, env, workflows, now):
        self.env = env
        self.now = now
        self.user_id = env.uid
        self.company_id = env.company.id
        self.workflows = {workflow.id: workflow for workflow in workflows.values()}
        self.about = {}  # run's key -> the event row that says what it is about

    def merge(self, told):
        """Merge ``[(event row, envelope)]`` into runs; return further event rows.

        Sets the run, and the outcome where it counts, in the given rows.
        """
        by_run = defaultdict(list)
        for row, envelope in told:
            by_run[row["workflow_id"], row["correlation_id"]].append((row, envelope))
        known = self._read(sorted(by_run))
        self._set_refused_aside(by_run, known)
        changes = {
            key: self._change(key, known.get(key), parts)
            for key, parts in by_run.items()
        }
        self._add_business_context(known, changes)
        ids = self._write(known, changes)
        further = []
        for key, parts in by_run.items():
            for row, _envelope in parts:
                row["run_id"] = ids[key]
                row.pop("error")
            further += self._count(ids[key], known.get(key), changes[key], parts)
        return further

    def _set_refused_aside(self, by_run, known):
        """Flag what may not act on its run: it is kept as an event, and that is all."""
        companies = self.env.user.company_ids.ids
        for key in list(by_run):
            run, workflow = known.get(key), self.workflows[key[0]]
            flag = None
            if run and run["company_id"] and run["company_id"] not in companies:
                flag = "data.correlation_id: the run belongs to another company"
            elif not run and not workflow.active:
                flag = f"data.workflow: {workflow.code} is archived"
            if flag:
                for row, _envelope in by_run.pop(key):
                    row.pop("error")
                    row.update(kind="custom", flag=flag, quantity=1)

    def _read(self, keys):
        """Return ``{(workflow id, correlation id): run}`` of what exists, locked."""
        if not keys:
            return {}
        columns = SQL(", ").join(SQL.identifier("r", name) for name in RUN)
        self.env.cr.execute(
            SQL(
                """
                SELECT %s, r.id, r.workflow_id, r.correlation_id, r.company_id,
                       r.context::text AS context
                  FROM unnest(%s::int[], %s::varchar[]) AS told(workflow, correlation),
                       LATERAL (
                           SELECT * FROM monitor_run
                            WHERE workflow_id = workflow AND source_ref IS NULL
                              AND correlation_id = correlation
                              FOR UPDATE LIMIT 1) r
                """,
                columns,
                [key[0] for key in keys],
                [key[1] for key in keys],
            ),
            log_exceptions=False,
        )
        return {
            (row["workflow_id"], row["correlation_id"]): row
            for row in self.env.cr.dictfetchall()
        }

    def _change(self, key, known, parts):
        """Return the columns of a run after these events."""
        told = [run_event.report(event, self.now, row["error"]) for row, event in parts]
        reports = [_report_of(known), *told] if known else told
        report = functools.reduce(run_report.merge, reports)
        run = run_report.outcome(report, self.workflows[key[0]].rules, self.now)
        failed = run.state in ("failed", "partial") and bool(
            run.error or run.state == "failed"
        )
        columns = {
            "state": run.state,
            "outcome_class": ("fault" if failed else "success")
            if run.finished_at
            else None,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "duration_ms": run.duration_ms,
            "error_type": "Reported" if failed else None,
            "error_message": run.error or None,
            "fingerprint": _fingerprint(run) if failed else None,
            "steps_done": {c: m.isoformat() for c, m in report.steps.items()},
            "next_step": run.next_step,
            "next_deadline_at": run.next_deadline_at,
            "report": run_report.to_json(report),
        }
        # what the run is about says the report that has the word
        rows = [row for row, _event in parts]
        about = {part.about: row for part, row in zip(told, rows, strict=True)}
        source = self.about[key] = about.get(report.about) or known or {}
        columns.update((name, source.get(name)) for name in ABOUT)
        return columns

    def _add_business_context(self, known, changes):
        """Copy what is configured of the records that runs are about, once for each.

        A run that is told of again keeps what was copied, also where an earlier start
        that arrives late now says what the run is about.
        """
        copied = self.env["monitor.enrichment"]
        rows = []
        for key, run in changes.items():
            if not run["res_id"] or not copied._copies_from(run["model"]):
                continue
            former = known.get(key)
            sent = _loads(run["context"])
            if former and all(former[name] == run[name] for name in ABOUT_RECORD):
                before = _loads(former["context"])
                kept = copied._carry_over(run["model"], before, sent)
                run["context"] = _dumps(kept)
            else:
                rows.append((key, self._asking(key, former, run, sent)))
        copied._enrich([row for _key, row in rows])
        for key, row in rows:
            self.about[key]["context"] = changes[key]["context"] = _dumps(
                row["context"]
            )

    def _asking(self, key, former, run, sent):
        """Return what :meth:`monitor.enrichment._enrich` needs to know of a run."""
        workflow = self.workflows[key[0]]
        company = former["company_id"] if former else workflow.company_id
        return {
            "model": run["model"],
            "res_id": run["res_id"],
            "company_id": company or self.company_id,
            "user_id": self.user_id,
            "context": sent,
        }

    # Writing

    def _write(self, known, changes):
        """Insert and update runs; return ``{key: run id}``."""
        ids = {key: run["id"] for key, run in known.items()}
        updated = [
            {"id": ids[key], **columns}
            for key, columns in changes.items()
            if key in ids
        ]
        self._update(updated)
        created = {
            key: self._new(key, columns)
            for key, columns in changes.items()
            if key not in ids
        }
        return ids | (self._insert(created) if created else {})

    def _new(self, key, columns):
        workflow = self.workflows[key[0]]
        return {
            **columns,
            "workflow_id": key[0],
            "correlation_id": key[1],
            "trace_id": trace_context.new_trace_id(columns["started_at"]),
            "span_id": trace_context.new_span_id(),
            "run_count": 1,
            "user_id": self.user_id,
            "company_id": workflow.company_id or self.company_id,
        }

    def _insert(self, runs):
        """Insert runs, ``{key: columns}``; return their ids.

        Two calls for one run race: the loser finds it, hence has its call repeated.
        """
        cr = self.env.cr
        cr.execute(
            "SELECT nextval('monitor_run_id_seq') FROM generate_series(1, %s)",
            [len(runs)],
        )
        ids = {key: row[0] for key, row in zip(runs, cr.fetchall(), strict=True)}
        rows = [
            run
            | {
                "id": ids[key],
                "steps_done": json.dumps(run["steps_done"]),
                "report": json.dumps(run["report"]),
            }
            for key, run in runs.items()
        ]
        try:
            copy_rows(cr, "monitor_run", [*RUN, *NEW], rows)
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("a run was just reported by another call") from error
        return ids

    def _update(self, runs):
        if not runs:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE monitor_run SET %s FROM json_to_recordset(%s) AS r(id int, %s) "
                "WHERE monitor_run.id = r.id",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), _told(name)) for name in RUN
                ),
                json.dumps(runs, default=_iso),
                _types(RUN),
            ),
            log_exceptions=False,
        )

    # Counting

    def _count(self, run_id, known, run, parts):
        """Have the statistics count the outcome once; return rows that correct them."""
        former = known if known and known["state"] in TERMINAL_STATES else None
        if former and all(former[name] == run[name] for name in COUNTED):
            return []
        corrections = []
        if former:
            corrections.append(self._counting(run_id, former, parts[0][0], -1))
        if not run["finished_at"]:
            return corrections
        uid = run["report"]["end"] and run["report"]["end"][1]
        for row, envelope in parts:
            if envelope.key == uid:
                row.update(self._counted(run), quantity=1)
                return corrections
        return [*corrections, self._counting(run_id, run, parts[0][0], 1)]

    def _counted(self, run):
        return {
            "occurred_at": run["finished_at"],
            "run_state": run["state"],
            "outcome_class": run["outcome_class"],
            "duration_ms": run["duration_ms"],
        }

    def _counting(self, run_id, run, row, quantity):
        """Return an event that adds an outcome to the statistics, or takes it back."""
        shared = ("workflow_id", "source", "correlation_id", "user_id", "company_id")
        return {
            "recorded_at": self.now,
            **{name: row[name] for name in shared},
            **self._counted(run),
            "run_id": run_id,
            "kind": _kind(run),
            "quantity": quantity,
            "severity": "info",
            "step": "corrected",
            "retention": "standard",
        }


def _kind(run):
    if run["state"] == "cancelled":
        return "skipped"
    if run["state"] == "partial":
        return "succeeded" if run["outcome_class"] == "success" else "failed"
    return KINDS[run["state"]]


def _report_of(known):
    """Return what is known of a stored run, also of one that was reported by RPC."""
    if known["report"]:
        return run_report.from_json(known["report"], known["steps_done"] or {})
    end = None
    if known["state"] in TERMINAL_STATES - {"lost"}:
        end = run_report.make_end(
            known["finished_at"], "", known["state"], known["error_message"] or ""
        )
    started = known["started_at"]
    about = (0, started.isoformat(), "")
    steps = {
        code: datetime.fromisoformat(moment)
        for code, moment in (known["steps_done"] or {}).items()
    }
    return run_report.Report(started, started, end, steps, about)


def _fingerprint(run):
    error = fingerprint.ErrorInfo("Reported", run.error or run.state, "", ())
    return fingerprint.fingerprint(error)


def _types(columns):
    return SQL(", ".join(f"{name} {kind}" for name, kind in columns.items()))


def _told(name):
    """Return the SQL of a column as the recordset ``r`` tells it."""
    return SQL("r.context::jsonb") if name == "context" else SQL.identifier("r", name)


def _loads(context):
    return json.loads(context) if context else None


def _dumps(context):
    return json.dumps(context, ensure_ascii=False) if context else None


def _iso(value):
    return value.isoformat()
