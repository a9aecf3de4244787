from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.monitor_core.tools import clock, payload

from ..tools.scales import OPEN_STATES
from .monitor_incident_intake import QUIETLY

MAX_SNOOZE = timedelta(days=30)
MAX_NOTE = 10_000  # characters


class MonitorIncidentActions(models.AbstractModel):
    """What people do with an incident: RPC methods and buttons, each in the timeline.

    All are for operators, return plain values, and doing a thing twice is harmless.
    """

    _name = "monitor.incident.actions"
    _description = "Incident: What People Do"

    can_create_task = fields.Boolean(compute="_compute_can_create_task")

    def _compute_can_create_task(self):
        self.can_create_task = "project.task" in self.env

    def acknowledge(self, note=None):
        """Say that somebody looks at it: escalation stops."""
        for incident in self._operated():
            incident._require_open()
            if incident.state in ("new", "snoozed"):
                incident._acknowledge(note)
            elif note:
                incident._act("note", "note", note)
        return True

    def start(self, note=None):
        """Say that somebody works on it."""
        for incident in self._operated():
            incident._require_open()
            if incident.state != "in_progress":
                if not incident.acknowledged_at:
                    incident._acknowledge(None)
                incident._wake(incident._moment())
                incident.write({"state": "in_progress"})
                incident._act("acknowledged", "in_progress", note)
        return True

    def resolve(self, note=None, resolution="fixed"):
        """Say that it is over; ``resolution``: fixed or no_action."""
        if resolution not in ("fixed", "no_action"):
            raise UserError(
                self.env._("An incident is resolved as “fixed” or “no_action”.")
            )
        for incident in self._operated():
            if incident.state == "resolved":
                continue
            incident._require_open()
            incident._set_resolved(incident._moment(), resolution)
            incident.write(
                {"resolution_note": note or incident.resolution_note or False}
            )
            incident._act("resolved", "resolved", note, acts=resolution == "fixed")
        return True

    def close(self, note=None):
        """Close what is resolved (or resolve and close): it does not reopen."""
        for incident in self._operated():
            if incident.state in ("closed", "merged"):
                continue
            if incident.state in OPEN_STATES:
                incident._set_resolved(incident._moment(), "no_action")
            incident._act("closed", "closed", note, acts=False)
            incident._close(incident._moment())
        return True

    def reopen(self, note=None):
        """Open what is resolved or closed again; its clock continues."""
        for incident in self._operated():
            if incident.state in OPEN_STATES:
                continue
            if incident.state == "merged":
                raise UserError(
                    self.env._(
                        "%(name)s was merged into %(target)s: go on there.",
                        name=incident.name,
                        target=incident.merged_into_id.name,
                    )
                )
            if incident.group_key and self._of_open_group(incident.group_key):
                incident.group_key = False  # what comes new belongs to the other one
            params = {"user": self.env.user.name}
            incident._reopen(
                "reopened", params, incident._moment(), self.env.user, as_note(note)
            )
            incident.held_open_at = incident._moment()
            incident._plan_news(incident._moment())
        return True

    def snooze(self, until=None, note=None):
        """Leave it alone until a moment (UTC, as RPC gives it), 30 days at most."""
        moment = self._as_moment(until)
        for incident in self._operated():
            incident._require_open()
            incident._check_snooze(moment)
            incident._note_missed_deadlines()
            incident._pause_deadlines(incident._moment())
            incident.write(
                {
                    "state": "snoozed",
                    "snoozed_at": incident.snoozed_at or incident._moment(),
                    "snoozed_until": moment,
                    "notify_at": False,
                }
            )
            incident._act("snoozed", "snoozed", note, {"until": moment})
        return True

    def reassign(self, user_id=None, note=None):
        """Give it to somebody else."""
        user = self.env["res.users"].browse(as_ids(user_id)[:1]).exists()
        for incident in self._operated():
            incident._require_open()
            incident._check_owner(user)
            if incident.user_id == user:
                continue
            reason = self.env._("given by %s", self.env.user.name)
            incident.write({"user_id": user.id, "owner_reason": reason})
            incident._act("assigned", "reassigned", note, {"owner": user.name})
        return True

    def add_note(self, note):
        """Write into the timeline."""
        if not isinstance(note, str) or not note.strip():
            raise UserError(self.env._("The note is empty."))
        for incident in self._operated():
            incident._act("note", "note", note.strip())
        return True

    # Buttons

    def action_acknowledge(self):
        return self.acknowledge()

    def action_start(self):
        return self.start()

    def action_close(self):
        return self.close()

    def action_reopen(self):
        return self.reopen()

    def action_run_again(self):
        """Start the scheduled action again, where that is allowed."""
        answer = True
        for incident in self._operated():
            workflow = incident.workflow_id.with_env(self.env)
            if not workflow:
                raise UserError(
                    self.env._("%s is about no workflow to run again.", incident.name)
                )
            answer = workflow.action_run_now()
            params = {"workflow": workflow.name}
            incident._act("action", "run_again", None, params)
        return answer

    def action_silence(self):
        """Ask for how long similar alerts are muted, and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Silence similar"),
            "res_model": "monitor.incident.silence",
            "view_mode": "form",
            "target": "new",
            "context": {"active_model": self._name, "active_ids": self.ids},
        }

    def action_create_task(self):
        """Make a task in Project, if that is installed, and open it."""
        incident = self._operated()
        incident.ensure_one()
        if "project.task" not in self.env:
            raise UserError(self.env._("Project is not installed."))
        task = self.env["project.task"].create(incident._task_values())
        incident._act("action", "task", None, {"task": task.display_name})
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.task",
            "res_id": task.id,
            "views": [(False, "form")],
        }

    def _task_values(self):
        """Return the values of a task about this incident; extend to add to them."""
        self.ensure_one()
        return {
            "name": f"{self.name}: {self.title}",
            "user_ids": [fields.Command.set(self.user_id.ids)],
            "company_id": self.company_id.id,
        }

    # What they have in common

    def _operated(self):
        """Return these incidents for what an operator does with them.

        sudo: operators act by these methods, which write what they may not write
        """
        self.env["monitor.workflow"]._require_operator()
        self.check_access("read")
        return self.sudo().with_context(**QUIETLY)

    def _act(self, kind, code, note, params=None, acts=True):
        """Note in the timeline what the user did; ``acts``: something was done."""
        self.ensure_one()
        user = self.env.user
        if acts:
            self.action_count += 1
        params = {"user": user.name, **(params or {})}
        now = self._moment()
        self._log(kind, code, params, note=as_note(note), user=user, now=now)
        self._plan_news(now)
        if acts:
            self._touch(now)
        if self.state in OPEN_STATES:
            self.next_step_at = now  # escalation looks at what changed

    def _acknowledge(self, note):
        now = self._moment()
        self._wake(now)
        values = {"state": "acknowledged"}
        if not self.acknowledged_at:
            spent = now - (self.opened_at or now)
            values |= {
                "acknowledged_at": now,
                "acknowledged_by_id": self.env.uid,
                "acknowledge_ms": max(0, round(spent.total_seconds() * 1000)),
            }
        if not self.user_id:
            values |= {"user_id": self.env.uid}
        self._note_missed_deadlines()
        self.write(values)
        self._act("acknowledged", "acknowledged", note)

    def _note_missed_deadlines(self):
        """Note what was missed before somebody acts, at the moment it was due."""
        now = self._moment()
        if self.state == "snoozed":
            return
        if self.respond_by and self.respond_by < now and not self.acknowledged_at:
            self.respond_breached_at = self.respond_breached_at or self.respond_by
        if self.resolve_by and self.resolve_by < now:
            self.resolve_breached_at = self.resolve_breached_at or self.resolve_by

    @api.model
    def _of_open_group(self, group_key):
        return self.search(
            [("group_key", "=", group_key), ("state", "in", OPEN_STATES)], limit=1
        )

    def _require_open(self):
        self.ensure_one()
        if self.state not in OPEN_STATES:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(name)s is %(state)s. Reopen it first.",
                    name=self.name,
                    state=states[self.state].lower(),
                )
            )

    def _check_snooze(self, until):
        now = self._moment()
        if not now < until <= now + MAX_SNOOZE:
            raise UserError(
                self.env._("Snooze until a moment in the next 30 days, please.")
            )

    def _check_owner(self, user):
        """Raise where somebody cannot be the owner: gone, outside, other company."""
        if not user or not user.active or user.share:
            raise UserError(
                self.env._("Choose somebody who works here and has an active account.")
            )
        if self.company_id and self.company_id not in user.company_ids:
            raise UserError(
                self.env._(
                    "%(user)s may not work in %(company)s, whose incident this is.",
                    user=user.name,
                    company=self.company_id.name,
                )
            )
        if not user.has_group("monitor_core.group_monitor_viewer"):
            raise UserError(
                self.env._(
                    "%s may not see incidents: an administrator has to give the group "
                    "Monitor: Viewer first.",
                    user.name,
                )
            )

    @api.model
    def _as_moment(self, text):
        try:
            moment = fields.Datetime.to_datetime(text)
        except (ValueError, TypeError):
            moment = None
        if not isinstance(moment, datetime):
            raise UserError(
                self.env._("A moment looks like this, in UTC: 2026-01-31 17:00:00")
            )
        return moment

    @api.model
    def _moment(self):
        return clock.utcnow().replace(microsecond=0)


def as_ids(given):
    """Return the ids in what a client sent as an id or a list of them."""
    found = given if isinstance(given, list | tuple) else [given]
    return list(dict.fromkeys(one for one in found if type(one) is int and one > 0))


def as_note(given):
    """Return what a client sent as a note, as it can be stored; nothing for nothing."""
    if not given:
        return None
    text = given if isinstance(given, str) else str(given)
    return payload.storable_text(text)[:MAX_NOTE]
