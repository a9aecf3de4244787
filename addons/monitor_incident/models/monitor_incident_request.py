import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.monitor_core.models.columns import LooseMany2one
from odoo.addons.monitor_core.models.monitor_recorder import quiet
from odoo.addons.monitor_core.models.recorder_sql import call_guarded, to_json
from odoo.addons.monitor_core.tools import payload, redaction
from odoo.addons.monitor_core.tools.scales import SEVERITIES

from ..tools import incident_request
from .monitor_incident_intake import raise_if_retryable

_logger = logging.getLogger(__name__)

BATCH = 1000
#: An action that asks for more at once gets one incident, with a count.
MOST_AT_ONCE = 50
RETRY_AFTER = timedelta(hours=1)
INSERT = """
    INSERT INTO monitor_incident_request
        (requested_at, title, severity, action_id, model, res_id, user_id, company_id)
    SELECT %(now)s, r.* FROM json_to_recordset(%(rows)s) AS r(
        title varchar, severity varchar, action_id int, model varchar, res_id int,
        user_id int, company_id int)
"""


class MonitorIncidentRequest(models.Model):
    """That a server action wants an incident; the tick opens it.

    A business transaction only inserts a row here, without foreign keys: to open an
    incident is to update what others update too.
    """

    _name = "monitor.incident.request"
    _description = "Monitor Incident Request"
    _inherit = ["monitor.about.record"]
    _log_access = False
    _order = "id"

    requested_at = fields.Datetime(required=True, readonly=True)
    title = fields.Char(required=True, readonly=True)
    severity = fields.Selection(selection=SEVERITIES, required=True, readonly=True)
    action_id = LooseMany2one(comodel_name="ir.actions.server", readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="model", readonly=True)
    user_id = LooseMany2one(comodel_name="res.users", readonly=True)
    company_id = LooseMany2one(comodel_name="res.company", readonly=True)
    retry_at = fields.Datetime(readonly=True, help="It could not be opened: not yet.")

    @api.model
    @quiet
    def _request(self, action, record_ids, now):
        """Note that ``action`` wants an incident for each record; never raises.

        :param list record_ids: none: one incident about no record
        """
        cr = self.env.cr
        if cr.readonly or not self.env["monitor.config"]._switches().enabled:
            return
        common = {
            "title": action.monitor_incident_title or action.name,
            "severity": action.monitor_incident_severity or "error",
            "action_id": action.id,
            "user_id": self.env.uid,
            "company_id": self.env.company.id,
        }
        model = action.model_id.model
        rows = [{**common, "model": model, "res_id": id_} for id_ in record_ids]
        params = {"now": now, "rows": to_json(rows or [common])}
        call_guarded(cr, INSERT, params)

    @api.model
    def _take_new(self, now):
        """Open what was asked for, a stage of the tick; each request counts once.

        Same action, same record: one incident, however often it was asked for.
        """
        due = ["|", ("retry_at", "=", False), ("retry_at", "<=", now)]
        requests, errors = self.search(due, limit=BATCH), []
        for key, members in requests._groups().items():
            try:
                with self.env.cr.savepoint():
                    self._open_group(key, members, now)
                    members.unlink()
            except Exception as error:
                raise_if_retryable(error)
                # One that cannot be opened must not hold up the others.
                _logger.exception("Incident asked for by %s not opened", key)
                self.env.invalidate_all(flush=False)
                members.retry_at = now + RETRY_AFTER
                errors.append(error)
        if errors:
            self.env["monitor.incident"]._report_defect(errors, now)

    def _groups(self):
        """Return ``{group key: requests}``; what an action asks for in mass is one."""
        groups = {}
        asked = self.grouped(lambda one: (one.action_id.id, one.company_id.id))
        for (action_id, company_id), requests in asked.items():
            found = requests.grouped(
                lambda one, action=action_id, company=company_id: (
                    incident_request.group_key(
                        action or 0, one.model, one.res_id, company or 0
                    )
                )
            )
            if len(found) > MOST_AT_ONCE:
                key = incident_request.group_key(
                    action_id or 0, None, None, company_id or 0
                )
                found = {key: requests}
            groups.update(found)
        return groups

    @api.model
    def _open_group(self, key, members, now):
        request = members[-1]
        about_one = len(set(members.mapped("res_id"))) == 1
        record, action = (
            request._business_record() if about_one else None,
            request.action_id,
        )
        company = request._company_of(record)
        owner = action._monitor_incident_owner(record, company)
        policy = self.env["monitor.config"]._redaction()
        name = record.display_name if record else None
        title = incident_request.title(request.title, name)
        values = {
            "title": redaction.redact_text(payload.storable_text(title), policy),
            "severity": request.severity,
            "company_id": company.id,
            "model": about_one and request.model,
            "res_id": about_one and request.res_id,
            "count": len(members),
            "first_seen_at": members[0].requested_at,
            "last_seen_at": request.requested_at,
            "workflow_id": action.monitor_incident_workflow_id.id,
            **owner,
        }
        self.env["monitor.incident"]._open_directly(
            key, {name: value for name, value in values.items() if value}, now
        )

    def _company_of(self, record):
        """Return the company of the record, else that of who ran the action."""
        field = record is not None and record._fields.get("company_id")
        if field and field.comodel_name == "res.company" and record.company_id:
            return record.company_id
        return self.company_id
