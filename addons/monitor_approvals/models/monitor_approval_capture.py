from odoo import api, models, tools
from odoo.http import request

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error
from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.span import current_span

NOTES_KEY = "monitor_approvals.notes"
RPC_PATHS = ("/xmlrpc", "/jsonrpc", "/json/2")
SPAN_ORIGINS = {
    "ir.cron": "cron",
    "base.automation": "automation",
    "ir.actions.server": "server_action",
}


class MonitorApprovalCapture(models.AbstractModel):
    """Notes which documents a transaction changed, and inserts what they became.

    Nothing is asked of documents that no policy is about.
    """

    _name = "monitor.approval.capture"
    _description = "Monitor Approval Capture"

    @api.model
    def _watch(self, model_name):
        """Return what is watched of a model, ``None`` for nearly all models."""
        if not self.env.registry.ready or self.env.cr.readonly:
            return None
        return self._watches().get(model_name)

    @api.model
    @tools.ormcache(cache="stable")
    def _watches(self):
        """Return ``{model: {"fields": {name}, "policies": [id], "parents": …}}``.

        ``enforcing``: which of the policies refuse what is not approved.
        """
        watches = {}
        # sudo: what is watched does not depend on who changes it
        policies = self.env["monitor.approval.policy"].sudo()
        for policy in policies.search([("active", "=", True)]):
            reading = policy._reading_quietly()
            if reading is None:
                continue
            for model_name, names in reading.watched.items():
                watch = watches.setdefault(
                    model_name,
                    {
                        "fields": set(),
                        "policies": [],
                        "enforcing": [],
                        "parents": set(),
                    },
                )
                watch["fields"] |= names
            watches[policy.model]["policies"].append(policy.id)
            if policy.enforce:
                watches[policy.model]["enforcing"].append(policy.id)
            for model_name, parents in reading.parents.items():
                watches[model_name]["parents"] |= parents
        return watches

    @api.model
    def _note(self, records, watch, actor=None, is_new=False, late=False):
        """Note documents, and those that these are lines of; never raises.

        :param late: only what nobody noted yet: who did it is known less surely
        """
        try:
            origin = self._origin()
            uid = actor or self.env.uid
            if watch["policies"]:
                self._add(records._name, records.ids, uid, origin, is_new, late)
            for inverse, model_name in watch["parents"]:
                ids = self._parent_ids(records, inverse, model_name)
                self._add(model_name, ids, uid, origin, False, late)
        except Exception as error:
            note_self_error(self.env, "approval_note", error)

    @api.model
    def _parent_ids(self, records, inverse, model_name):
        """Return the ids of the documents that these records belong to."""
        whole = records.sudo()  # sudo: only ids are noted
        field = records._fields[inverse]
        if field.type != "many2one_reference":
            return whole[inverse].ids
        return [one[inverse] for one in whole if one[field.model_field] == model_name]

    @api.model
    def _add(self, model_name, ids, actor, origin, is_new, late):
        cr = self.env.cr
        notes = cr.precommit.data.get(NOTES_KEY)
        if notes is None:
            notes = cr.precommit.data[NOTES_KEY] = {}
            cr.precommit.add(self._flush)
        noted = notes.setdefault(model_name, {})
        for res_id in ids:
            if late and res_id in noted:
                continue
            before = noted.get(res_id, {})
            noted[res_id] = {
                "id": res_id,
                "actor": actor,
                "origin": origin,
                "is_new": is_new or before.get("is_new", False),
            }

    @api.model
    def _note_flushed(self, records, watch, vals_list):
        """Note what is written to the database of what nobody noted yet.

        Stored fields that Odoo computes are only seen here.
        """
        try:
            default = self.env.transaction.default_env
            for record, vals in zip(records, vals_list, strict=True):
                if watch["fields"] & vals.keys():
                    uid = vals.get("write_uid") or (default or self.env).uid
                    self._note(record, watch, actor=uid, late=True)
        except Exception as error:
            note_self_error(self.env, "approval_note_flushed", error)

    @api.model
    def _origin(self):
        """Return how this came about, a value of ``ORIGINS``."""
        if self.env.context.get("import_file"):
            return "import"
        span = current_span.get()
        if span is not None and span.source:
            return SPAN_ORIGINS.get(span.source[0], "screen")
        if request and request.httprequest.path.startswith(RPC_PATHS):
            return "rpc"
        return "screen"

    @api.model
    def _flush(self):
        """Insert what was noted, in a savepoint; the only write of this transaction."""
        cr = self.env.cr
        notes = cr.precommit.data.pop(NOTES_KEY, None) or {}
        now = clock.utcnow()
        observations = self.env["monitor.approval.observation"]
        for model_name, noted in notes.items():
            watch = self._watch(model_name)
            for policy_id in watch["policies"] if watch else ():
                # sudo: see _watches
                policy = self.env["monitor.approval.policy"].sudo().browse(policy_id)
                observations._insert(policy, list(noted.values()), now)
