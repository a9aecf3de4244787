import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import clock, flow, slug, trace_context
from ..tools.scales import TERMINAL_STATES
from .report_arguments import ReportArguments, shown

REPORTERS = (
    "monitor_core.group_monitor_service",
    "monitor_core.group_monitor_operator",
)
READERS = (*REPORTERS, "monitor_core.group_monitor_viewer")
# What somebody outside may report on; the runs of Odoo's own automations are observed.
REPORTED_KINDS = ("flow", "external", "heartbeat", "connection", "approval", "probe")
# A run that was given up for lost may still tell how it ended.
ENDED = TERMINAL_STATES - {"lost"}


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
        :param dict values: ``context`` (JSON object, 16 kB), ``model`` and
            ``record_id`` of an Odoo record, ``occurred_at`` (ISO 8601 or Odoo's
            format, UTC), ``traceparent`` (W3C)
        :return: ``{"run_id", "correlation_id", "traceparent"}``
        :raises AccessError: without the group *Service account* or *Operator*
        :raises ValidationError: naming the argument that is refused
        """
        workflow, arguments = self._reported_workflow(code), ReportArguments(self.env)
        values = arguments.values(values)
        correlation_id = arguments.correlation_id(correlation_id, required=False)
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
        workflow, arguments = self._reported_workflow(code), ReportArguments(self.env)
        values = arguments.values(values)
        correlation_id = arguments.correlation_id(correlation_id)
        step = arguments.step(step, workflow)
        run = self._reported_run(workflow, correlation_id)
        if not run:
            run = self._create_reported_run(workflow, correlation_id, values)
        if run.state not in TERMINAL_STATES and step not in (run.steps_done or {}):
            if values["record_id"] and not run._is_about(values):
                values = self._with_business_context(workflow, values)
            self._add_reported_event(run, "checkpoint", values, step=step)
            moment = min(values["occurred_at"], values["now"])
            run._pass_steps({step: moment}, values["now"])
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
        workflow, arguments = self._reported_workflow(code), ReportArguments(self.env)
        correlation_id = arguments.correlation_id(correlation_id)
        outcome, error = arguments.outcome(outcome), arguments.error(error)
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
        if run.state in ENDED and run.state != outcome:
            raise UserError(
                self.env._(
                    "outcome: run “%(id)s” has already ended as %(state)s.",
                    id=correlation_id,
                    state=run.state,
                )
            )
        if run.state not in ENDED:
            run._finish(outcome, error, clock.utcnow())
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
        codes = ReportArguments(self.env).codes(codes)
        if codes is not None:
            domain &= Domain("code", "in", codes)
        # sudo: a service account has no other access than these methods
        workflows = self.env["monitor.workflow"].sudo().search(domain, order="code")
        return [workflow._health_values() for workflow in workflows]

    def _health_values(self):
        """Return a row of :meth:`health`; extend to fill in ``score`` and incidents."""
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
        """Return the workflow, as superuser, that the caller may report on.

        An archived one too: what is on its way there may come to its end.
        """
        self._require_any(REPORTERS)
        workflow = self._workflows_by_code([code] if slug.is_valid_code(code) else [])
        if not workflow:
            raise ValidationError(
                self.env._("code: there is no workflow “%s”.", shown(code))
            )
        if workflow.kind not in REPORTED_KINDS:
            raise ValidationError(
                self.env._(
                    "code: “%s” runs inside Odoo, which records it by itself.", code
                )
            )
        return workflow

    @api.model
    def _workflows_by_code(self, codes):
        """Return the caller's workflows with these codes, archived ones too."""
        # sudo: reporting is the service account's only right; company checked here
        workflows = self.env["monitor.workflow"].sudo().with_context(active_test=False)
        return workflows.search(Domain("code", "in", codes) & self._company_domain())

    @api.model
    def _reported_workflows(self, codes):
        """Return those of the workflows on which others may report."""
        workflows = self._workflows_by_code(codes)
        return workflows.filtered(lambda workflow: workflow.kind in REPORTED_KINDS)

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
            self._check_company_of_run(run)
            self.env.cr.execute(
                "SELECT id FROM monitor_run WHERE id = %s FOR UPDATE",
                [run.id],
                log_exceptions=False,  # somebody else reports on it: Odoo tries again
            )
        return run

    @api.model
    def _check_company_of_run(self, run):
        """Refuse what another company reports: a workflow may be shared, a run not."""
        if run.company_id and run.company_id not in self.env.user.company_ids:
            raise ValidationError(
                self.env._(
                    "correlation_id: run “%(id)s” of “%(code)s” belongs to another "
                    "company.",
                    id=run.correlation_id,
                    code=run.workflow_id.code,
                )
            )

    @api.model
    def _check_takes_new_runs(self, workflow):
        if not workflow.active:
            raise ValidationError(
                self.env._(
                    "code: “%s” is archived and takes no new runs. Ask a manager of "
                    "the Monitor to restore it.",
                    workflow.code,
                )
            )

    @api.model
    def _create_reported_run(self, workflow, correlation_id, values):
        self._check_takes_new_runs(workflow)
        values = self._with_business_context(workflow, values)
        run = self._insert_reported_run(
            self._reported_columns(workflow, correlation_id, values)
        )
        self._add_reported_event(run, "started", values)
        return run

    @api.model
    def _with_business_context(self, workflow, values):
        """Return ``values`` with what is copied of the record that they name."""
        row = {
            "model": values["model"],
            "res_id": values["record_id"],
            "company_id": self._reported_company(workflow, values),
            "user_id": values.get("user_id", self.env.uid),
            "context": values["context"],
        }
        self.env["monitor.enrichment"]._enrich([row])
        return {**values, "context": row["context"]}

    @api.model
    def _reported_company(self, workflow, values):
        """Return the id of the company that a reported run belongs to."""
        return workflow.company_id.id or values.get("company_id", self.env.company.id)

    @api.model
    def _reported_columns(self, workflow, correlation_id, values):
        """Return the columns of a run that somebody reports.

        Whoever reports without an account (a ping) gives ``user_id``, ``company_id``
        and ``source`` in ``values``.
        """
        trace, now = values["traceparent"], values["now"]
        trace_id = trace.trace_id if trace else trace_context.new_trace_id(now)
        started_at = min(values["occurred_at"], now)  # a sender's clock may be ahead
        progress = flow.progress(workflow.step_ids._to_rules(), {}, started_at)
        return {
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
            "user_id": values.get("user_id", self.env.uid),
            "company_id": self._reported_company(workflow, values),
        }

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
    def _add_reported_event(self, run, kind, values, step=None, workflow=None):
        """Append an event; ``workflow`` is for one that belongs to no run."""
        self.env.cr.execute(
            """
            INSERT INTO monitor_event_data
                (recorded_at, occurred_at, workflow_id, run_id, kind, step, source,
                 correlation_id, model, res_id, user_id, company_id, context)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                values["now"],
                values["occurred_at"],
                (run.workflow_id or workflow).id,
                run.id or None,
                kind,
                step,
                values.get("source", "rpc"),
                run.correlation_id or None,
                values["model"] or run.model or None,
                values["record_id"] or run.res_id or None,
                values.get("user_id", self.env.uid),
                (run or workflow).company_id.id or None,
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


def _to_json(context):
    return json.dumps(context) if context else None
