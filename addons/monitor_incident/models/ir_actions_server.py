from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.models.monitor_recorder import quiet
from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.scales import SEVERITIES

NO_OWNER = {"user_id": False, "team_id": False}


class IrActionsServer(models.Model):
    """The type *Open Incident* is added."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("monitor_incident", "Open Incident")],
        ondelete={"monitor_incident": "cascade"},
    )
    monitor_incident_title = fields.Char(
        string="Incident Title",
        translate=True,
        help="What is wrong, in business words; “{record}” is the name of the record. "
        "Empty: the name of this action.",
    )
    monitor_incident_severity = fields.Selection(
        selection=SEVERITIES, string="Severity", default="error"
    )
    monitor_incident_owner = fields.Selection(
        selection=[
            ("record", "Who is responsible for the record"),
            ("team", "A team"),
            ("user", "A person"),
        ],
        string="Incident Belongs To",
        default="record",
    )
    monitor_incident_team_id = fields.Many2one(
        comodel_name="monitor.team", string="Incident Team", ondelete="set null"
    )
    monitor_incident_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Incident Owner",
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    monitor_incident_workflow_id = fields.Many2one(
        comodel_name="monitor.workflow",
        string="Affected Workflow",
        ondelete="set null",
        help="The workflow that shows the incident.",
    )

    def _monitor_check_author(self):
        """Raise where the user may not run these herself: the Monitor is to, later."""
        user = self.env.user
        if user._is_superuser() or user.has_group("base.group_system"):
            return
        for action in self.sudo():  # sudo: its groups are to be compared
            allowed = action.group_ids
            if allowed and allowed & user.all_group_ids:
                continue
            model = self.env.get(action.model_name)
            own = model is not None and model.with_user(user).has_access("write")
            if allowed or not own:
                raise ValidationError(
                    self.env._(
                        "You may not run the server action “%s” yourself, so the "
                        "Monitor does not run it for you. Ask an administrator.",
                        action.name,
                    )
                )

    def _run_action_monitor_incident_multi(self, eval_context=None):
        """Ask for an incident for each active record; never fails the caller."""
        self._monitor_request_incident()
        return False

    @quiet
    def _monitor_request_incident(self):
        context = self.env.context
        ids = context.get("active_ids") or [context.get("active_id")]
        if context.get("active_model") not in (None, self.model_id.model):
            ids = []
        ids = [id_ for id_ in ids if isinstance(id_, int) and id_]
        requests = self.env["monitor.incident.request"]
        requests._request(self, ids, clock.utcnow())

    def _monitor_incident_owner(self, record, company):
        """Return ``{"user_id", "team_id"}`` as far as this action says.

        An owner who cannot act (archived, a portal user, of another company) is left
        out: the incident finds another one.
        """
        if not self:
            return NO_OWNER
        user = self.monitor_incident_user_id
        if self.monitor_incident_owner == "record":
            field = record is not None and record._fields.get("user_id")
            of_users = field and field.comodel_name == "res.users"
            user = record.user_id if of_users else user.browse()
        elif self.monitor_incident_owner == "team":
            user = self.monitor_incident_team_id.leader_id
        able = user.filtered(
            lambda one: (
                one.active
                and not one.share
                and (not company or company in one.company_ids)
            )
        )
        return {"user_id": able[:1].id, "team_id": self.monitor_incident_team_id.id}
