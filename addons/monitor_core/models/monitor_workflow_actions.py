from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools import clock


class MonitorWorkflowActions(models.AbstractModel):
    """What people do with a workflow: the buttons of card, form and list."""

    _name = "monitor.workflow.actions"
    _description = "Monitored Workflow: Actions"

    def action_run_now(self):
        """Start the scheduled action as soon as a worker is free; recorded with who."""
        self._require_operator()
        self.check_access("read")
        for workflow in self:
            workflow._check_can_run_now()
            # sudo: operators may start what is allowed here, not edit ir.cron
            self.env["ir.cron"].sudo().browse(workflow.source_id)._trigger()
            workflow._note(self.env._("Started by %s", self.env.user.name), "run_now")
        return self._notify(
            self.env._("Started. The result appears here when the run has ended.")
        )

    def _check_can_run_now(self):
        if self.source_model != "ir.cron" or not self.run_now_allowed:
            raise UserError(
                self.env._(
                    "“%s” cannot be started from here. A manager can allow it for "
                    "scheduled actions, under Monitoring settings.",
                    self.name,
                )
            )
        if self.source_state != "active":
            raise UserError(
                self.env._(
                    "“%s” is switched off. Ask an administrator to switch it on in "
                    "Settings / Technical / Scheduled Actions first.",
                    self.name,
                )
            )

    def action_pause(self, reason=None):
        """Stop judging the health of these workflows; their runs are still recorded."""
        self._set_paused(True, reason)
        return True

    def action_resume(self):
        """Judge the health of these workflows again."""
        self._set_paused(False, None)
        return True

    def _set_paused(self, paused, reason):
        self._require_operator()
        self.check_access("read")
        now = clock.utcnow()
        # sudo: operators pause and resume, managers configure
        workflows = self.sudo()
        workflows.write({"paused": paused, "pause_reason": reason})
        workflows.flush_recordset()
        self.env["monitor.health"].sudo()._refresh(workflows.ids, now)

    def action_open_runs(self):
        """Open the runs of this workflow."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Runs of %s", self.name),
            "res_model": "monitor.run",
            "view_mode": "list,form,graph,pivot",
            "domain": [("workflow_id", "=", self.id)],
        }

    def action_open_errors(self):
        """Open the errors of this workflow, grouped."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Errors of %s", self.name),
            "res_model": "monitor.error.group",
            "view_mode": "list",
            "domain": [("workflow_id", "=", self.id)],
        }

    def action_open_source(self):
        """Open the Odoo record behind this workflow."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "views": [(False, "form")],
        }

    def _require_operator(self):
        if not self.env.su and not self.env.user.has_group(
            "monitor_core.group_monitor_operator"
        ):
            raise AccessError(
                self.env._(
                    "Only monitor operators may do this. Ask an administrator for the "
                    "group “Operator” of Monitor."
                )
            )

    def _note(self, text, step):
        """Record what a person did: in the chatter and as an event."""
        self.ensure_one()
        # sudo: the note is ours, whoever caused it is its author
        self.sudo().message_post(body=text, author_id=self.env.user.partner_id.id)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO monitor_event_data
                    (recorded_at, occurred_at, workflow_id, kind, step, source, user_id,
                     company_id)
                VALUES (%s, %s, %s, 'log', %s, 'person', %s, %s)
                """,
                clock.utcnow(),
                clock.utcnow(),
                self.id,
                step,
                self.env.uid,
                self.env.company.id,
            )
        )

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "info",
                "sticky": False,
                # the view behind shows what changed
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
