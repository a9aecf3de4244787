import json
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import clock, flow, payload, redaction, slug, trace_context
from ..tools.scales import RUN_OUTCOMES, TERMINAL_STATES

REPORTERS = (
    "monitor_core.group_monitor_service",
    "monitor_core.group_monitor_operator",
)
READERS = (*REPORTERS, "monitor_core.group_monitor_viewer")
# What somebody outside may report on; the runs of Odoo's own automations are observed.
REPORTED_KINDS = ("flow", "external", "heartbeat", "connection", "approval", "probe")
VALUE_NAMES = ("context", "model", "record_id", "occurred_at", "traceparent")
MAX_ID = 255  # characters of a correlation id
MAX_SKEW = timedelta(days=1)  # how far ahead of our clock a sender's may be
MAX_ERROR = 1000


class MonitorWorkflowReporting(models.AbstractModel):
    """How other systems report their runs, by XML-RPC, JSON-RPC or JSON-2.

    All methods take and return plain JSON types, are idempotent for the same
    correlation id, and name the argument they refuse. Nothing is written then.
    """

    _name = "monitor.workflow.reporting"
    _description = "Monitored Workflow: Reporting"

    @api.model
    def run_start(self, code, correlation_id=None, values=None):
        """Report that a run began; the same correlation id again returns that run.

        :param str code: code of the workflow
        :param str correlation_id: what the business event is known by in all systems;
            made here when left out
        :param dict values: ``context`` (JSON object, 16 kB), ``model`` and ``record_id``
            of an Odoo record, ``occurred_at`` (ISO 8601 or Odoo's format, UTC),
            ``traceparent`` (W3C)
        :return: ``{"run_id", "correlation_id", "traceparent"}``
        :raises AccessError: without the group *Service account* or *Operator*
        :raises ValidationError: naming the argument that is refused
        """
        workflow = self._reported_workflow(code)
        values = self._check_values(values)
        correlation_id = self._check_correlation(correlation_id, required=False)
        run = self._reported_run(workflow, correlation_id)
        if not run:
            run = self._create_reported_run(workflow, correlation_id, values)
        return {
            "run_id": run.id,
            "correlation_id": run.correlation_id,
            "traceparent": trace_context.format_traceparent(run.trace_id, run.span_id),
        }

    @api.model
    def checkpoint(self, code, correlation_id, step, values=None):
        """Report that a run passed a step; a run not yet known starts with it.

        :param str step: code of a step of the flow
        :param dict values: as for :meth:`run_start`
        :return: ``{"run_id", "state", "remaining": [step]}``; the run has succeeded
            when no required step remains
        """
        workflow = self._reported_workflow(code)
        values = self._check_values(values)
        correlation_id = self._check_correlation(correlation_id)
        known = workflow.step_ids.mapped("code")
        if step not in known:
            raise ValidationError(
                self.env._(
                    "step: “%(step)s” is no step of “%(code)s”. Its steps: %(known)s.",
                    step=step,
                    code=code,
                    known=", ".join(known) or self.env._("none"),
                )
            )
        run = self._reported_run(workflow, correlation_id)
        if not run:
            run = self._create_reported_run(workflow, correlation_id, values)
        if run.state not in TERMINAL_STATES and step not in (run.steps_done or {}):
            self._add_reported_event(run, "checkpoint", values, step=step)
            run._pass_steps({step: values["occurred_at"]}, values["now"])
        return {
            "run_id": run.id,
            "state": run.state,
            "remaining": run._progress().remaining,
        }

    @api.model
    def run_finish(self, code, correlation_id, outcome, error=None):
        """Report how a run ended; the same report again changes nothing.

        :param str outcome: succeeded, failed, partial or cancelled
        :param str error: what went wrong, in a sentence
        :return: ``{"run_id", "state"}``
        """
        workflow = self._reported_workflow(code)
        correlation_id = self._check_correlation(correlation_id)
        if not isinstance(outcome, str) or outcome not in dict(RUN_OUTCOMES):
            raise ValidationError(
                self.env._(
                    "outcome: “%(outcome)s” is none of %(known)s.",
                    outcome=outcome,
                    known=", ".join(dict(RUN_OUTCOMES)),
                )
            )
        if not _is_absent(error) and not isinstance(error, str):
            raise ValidationError(self.env._("error: a text is expected."))
        run = self._reported_run(workflow, correlation_id)
        if not run:
            raise ValidationError(
                self.env._(
                    "correlation_id: “%(code)s” has no run “%(id)s”. Report its start "
                    "first.",
                    code=code,
                    id=correlation_id,
                )
            )
        if run.state in TERMINAL_STATES and run.state != outcome:
            raise UserError(
                self.env._(
                    "outcome: run “%(id)s” has already ended as %(state)s.",
                    id=correlation_id,
                    state=run.state,
                )
            )
        if run.state not in TERMINAL_STATES:
            run._finish(outcome, _storable(error), clock.utcnow())
        return {"run_id": run.id, "state": run.state}

    @api.model
    def health(self, codes=None):
        """Return the health of workflows, all or those with the given codes.

        :param list codes: codes; unknown ones and those of other companies are left out
        :return: list of ``{"code", "name", "health", "score", "last_success_at",
            "last_failure_at", "open_incidents", "reason"}``; what is absent is false
        """
        self._require_any(READERS)
        domain = self._company_domain()
        if not _is_absent(codes):
            if not isinstance(codes, (list, tuple)) or not all(
                isinstance(code, str) for code in codes
            ):
                raise ValidationError(self.env._("codes: a list of texts is expected."))
            domain &= Domain("code", "in", list(filter(slug.is_valid_code, codes)))
        # sudo: a service account has no other access than these methods
        workflows = self.env["monitor.workflow"].sudo().search(domain, order="code")
        return [workflow._health_values() for workflow in workflows]

    def _health_values(self):
        """Return one row of :meth:`health`; extend to fill in ``score`` and incidents."""
        self.ensure_one()
        return {
            "code": self.code,
            "name": self.name,
            "health": self.health,
            "score": False,
            "last_success_at": fields.Datetime.to_string(self.last_success_at),
            "last_failure_at": fields.Datetime.to_string(self.last_failure_at),
            "open_incidents": 0,
            "reason": self.health_reason,
        }

    # Checks

    @api.model
    def _require_any(self, groups):
        if not self.env.su and not any(map(self.env.user.has_group, groups)):
            raise AccessError(
                self.env._(
                    "This user may not use the Monitor's API. Ask an administrator for "
                    "the group “Monitor service account”."
                )
            )

    @api.model
    def _company_domain(self):
        return Domain("company_id", "in", [*self.env.user.company_ids.ids, False])

    @api.model
    def _reported_workflow(self, code):
        """Return the workflow, as superuser, that the caller may report on."""
        self._require_any(REPORTERS)
        domain = Domain("code", "=", code if slug.is_valid_code(code) else False)
        # sudo: reporting is the service account's only right; company checked here
        workflow = (
            self.env["monitor.workflow"].sudo().search(domain & self._company_domain())
        )
        if not workflow:
            raise ValidationError(
                self.env._("code: there is no workflow with the code “%s”.", code)
            )
        if workflow.kind not in REPORTED_KINDS:
            raise ValidationError(
                self.env._(
                    "code: “%s” runs inside Odoo, which records it by itself.", code
                )
            )
        return workflow

    @api.model
    def _check_correlation(self, correlation_id, required=True):
        if not required and (_is_absent(correlation_id) or correlation_id == ""):
            return None
        if not _is_storable(correlation_id) or not correlation_id.strip():
            raise ValidationError(self.env._("correlation_id: a text is expected."))
        if len(correlation_id) > MAX_ID:
            raise ValidationError(
                self.env._("correlation_id: at most %s characters.", MAX_ID)
            )
        return correlation_id

    @api.model
    def _check_values(self, values):
        """Return complete, checked values; ``now`` is the moment of this call."""
        values = {} if _is_absent(values) else values
        if not isinstance(values, dict):
            raise ValidationError(self.env._("values: an object is expected."))
        unknown = sorted(set(map(str, values)) - set(VALUE_NAMES))
        if unknown:
            raise ValidationError(
                self.env._(
                    "values: “%(name)s” is not known. Known are %(known)s.",
                    name=unknown[0],
                    known=", ".join(VALUE_NAMES),
                )
            )
        now = clock.utcnow()
        return {
            "now": now,
            "context": self._check_context(values.get("context")),
            "occurred_at": self._check_moment(values.get("occurred_at"), now),
            "traceparent": self._check_traceparent(values.get("traceparent")),
            **self._check_record(values.get("model"), values.get("record_id")),
        }

    @api.model
    def _check_context(self, context):
        if _is_absent(context):
            return None
        if not isinstance(context, dict):
            raise ValidationError(self.env._("values.context: an object is expected."))
        limit = self.env["monitor.config"]._switches().context_limit_kb * 1024
        try:
            text, truncated = payload.bounded_json(context, limit, "values.context")
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if truncated:
            raise ValidationError(
                self.env._("values.context: at most %s kB.", limit // 1024)
            )
        return redaction.redact(json.loads(text))

    @api.model
    def _check_moment(self, moment, now):
        if _is_absent(moment):
            return now
        parsed = _parse_moment(moment)
        if parsed is None:
            raise ValidationError(
                self.env._(
                    "values.occurred_at: a moment such as 2026-01-05T12:00:00Z is "
                    "expected."
                )
            )
        if parsed > now + MAX_SKEW:
            raise ValidationError(self.env._("values.occurred_at: is in the future."))
        return parsed

    @api.model
    def _check_traceparent(self, header):
        if _is_absent(header):
            return None
        text = header if isinstance(header, str) else ""
        parsed = trace_context.parse_traceparent(text)
        if not parsed:
            raise ValidationError(
                self.env._("values.traceparent: is no W3C trace context.")
            )
        return parsed

    @api.model
    def _check_record(self, model, record_id):
        model = None if _is_absent(model) else model
        if model is not None and (not isinstance(model, str) or model not in self.env):
            raise ValidationError(self.env._("values.model: “%s” is no model.", model))
        record_id = None if _is_absent(record_id) else record_id
        is_id = type(record_id) is int and 0 < record_id < 2**31  # True is an int too
        if record_id is not None and not (model and is_id):
            raise ValidationError(
                self.env._("values.record_id: the id of a record of model is expected.")
            )
        return {"model": model, "record_id": record_id}

    # Writing

    @api.model
    def _reported_run(self, workflow, correlation_id):
        """Return the run with that correlation id, locked against a second report."""
        runs = self.env["monitor.run"].sudo()
        if not correlation_id:
            return runs
        run = runs.search(
            [
                ("workflow_id", "=", workflow.id),
                ("correlation_id", "=", correlation_id),
                ("source_ref", "=", False),
            ]
        )
        if run:
            self.env.cr.execute(
                "SELECT id FROM monitor_run WHERE id = %s FOR UPDATE",
                [run.id],
                log_exceptions=False,  # somebody else reports on it: Odoo tries again
            )
        return run

    @api.model
    def _create_reported_run(self, workflow, correlation_id, values):
        trace = values["traceparent"]
        trace_id = (
            trace.trace_id if trace else trace_context.new_trace_id(values["now"])
        )
        steps = workflow.step_ids._to_rules()
        started_at = values["occurred_at"].replace(microsecond=0)
        progress = flow.progress(steps, {}, started_at)
        run = self._insert_reported_run(
            {
                "workflow_id": workflow.id,
                "correlation_id": correlation_id or trace_id,
                "trace_id": trace_id,
                "span_id": trace_context.new_span_id(),
                "parent_span_id": trace.parent_id if trace else None,
                "state": "running",
                "run_count": 1,
                "started_at": started_at,
                "steps_done": "{}",
                "next_step": progress.next_step,
                "next_deadline_at": progress.next_deadline_at,
                "context": _to_json(values["context"]),
                "model": values["model"],
                "res_id": values["record_id"],
                "user_id": self.env.uid,
                "company_id": workflow.company_id.id or self.env.company.id,
            }
        )
        self._add_reported_event(run, "started", values)
        return run

    @api.model
    def _insert_reported_run(self, columns):
        """Insert a run and return it; two calls at once for one correlation id race.

        At REPEATABLE READ the loser gets a serialization failure; Odoo then repeats its
        whole call, which finds the winner's run.
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO monitor_run (%s) VALUES %s
                    ON CONFLICT (workflow_id, correlation_id) WHERE source_ref IS NULL
                       DO NOTHING
                RETURNING id
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            ),
            log_exceptions=False,
        )
        self.env["monitor.workflow"].invalidate_model(["run_ids"], flush=False)
        return self.env["monitor.run"].sudo().browse(self.env.cr.fetchone()[0])

    @api.model
    def _add_reported_event(self, run, kind, values, step=None):
        self.env.cr.execute(
            """
            INSERT INTO monitor_event_data
                (recorded_at, occurred_at, workflow_id, run_id, kind, step, source,
                 correlation_id, model, res_id, user_id, company_id, context)
            VALUES (%s, %s, %s, %s, %s, %s, 'rpc', %s, %s, %s, %s, %s, %s)
            """,
            [
                values["now"],
                values["occurred_at"],
                run.workflow_id.id,
                run.id,
                kind,
                step,
                run.correlation_id,
                values["model"] or run.model or None,
                values["record_id"] or run.res_id or None,
                self.env.uid,
                run.company_id.id or None,
                _to_json(values["context"]),
            ],
        )


class HealthSelection(fields.Selection):
    """The field ``health`` of a workflow, which is called where RPC calls ``health``.

    Field and RPC method have one public name, and on the class the field comes first.
    Odoo takes what it calls from the class and reads values from a record, so one
    object can serve both. An extension of the field must be of this class too.
    """

    __name__ = "health"
    _api_model = True

    def __call__(self, workflows, codes=None):
        return MonitorWorkflowReporting.health(workflows, codes)


def _is_absent(value):
    """Whether an argument is left out: XML-RPC has no null, so false says the same."""
    return value is None or value is False


def _is_storable(value):
    """Whether ``value`` is a text that PostgreSQL can hold."""
    try:
        return isinstance(value, str) and b"\0" not in value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _storable(text):
    """Return ``text`` with what PostgreSQL cannot hold replaced, ``None`` for none."""
    return text.encode(errors="replace").decode().replace("\0", "?") if text else None


def _to_json(context):
    return json.dumps(context) if context else None


def _parse_moment(moment):
    """Return a moment (ISO 8601 text, or a datetime) as naive UTC, else ``None``."""
    try:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment.strip().replace("Z", "+00:00"))
        if not isinstance(moment, datetime):
            return None
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 1970 else None
