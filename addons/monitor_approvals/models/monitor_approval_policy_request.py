from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import clock

from .capture_sql import READ


class MonitorApprovalPolicyRequest(models.AbstractModel):
    """Approvals that are requested and decided here."""

    _name = "monitor.approval.policy.request"
    _description = "Monitor Approval Policy: Requests"

    def _request(self, records, comment=None, origin="screen"):
        """Request an approval of each record; what waits already is not asked again.

        :return: the open approvals of these records
        """
        self.ensure_one()
        policy = self.sudo()  # sudo: who asks need not be able to read policies
        if not records:
            return self.env["monitor.approval"]
        if records._name != policy.model:
            raise UserError(
                self.env._("“%s” is not about these records.", policy.display_name)
            )
        records.check_access("read")
        take = self.env["monitor.approval.take"].sudo()  # sudo: checked above
        return take._request(policy, records, comment, origin, clock.utcnow())

    def _decide_in_documents(self, approvals, verb, comment):
        """Decide where the documents are decided, as the user; for adapters.

        Runs the server action that the policy names, if any: what becomes of the
        document is observed like anything else.
        """
        self.ensure_one()
        name = "approved" if verb == "approve" else "rejected"
        action = self.sudo()[f"{name}_action_id"]  # sudo: run as the user, below
        if not action:
            approvals[:1]._raise_elsewhere()
        documents = self._documents(approvals)
        documents.check_access("write")
        action.with_user(self.env.user).sudo(False).with_context(
            active_model=documents._name,
            active_ids=documents.ids,
            active_id=documents[:1].id,
        ).run()
        self._tell_documents(documents, comment)

    def _documents(self, approvals):
        """Return the documents of approvals, as the user sees them."""
        # not as superuser, whoever calls: the app's own rights decide
        documents = self.env[approvals[:1].model].sudo(False)
        return documents.browse(approvals.mapped("res_id")).exists()

    def _tell_documents(self, documents, comment):
        """Note a comment on the documents, where they can be talked about."""
        if comment and hasattr(documents, "message_post"):
            for document in documents:
                document.message_post(body=comment)

    def _material_values(self, ids):
        """Return ``{id: (values, amount)}`` of the material fields of documents.

        Of a document that is gone there are none.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT note.id, seen."values", seen.amount
                     FROM unnest(%s) AS note(id)
                    CROSS JOIN (SELECT %s::date AS today) clock
                     JOIN LATERAL (%s) seen(%s) ON true""",
                list(ids),
                clock.utcnow(),
                self._reading().query,
                SQL(READ),
            )
        )
        found = {id_: (values or {}, float(sum_ or 0)) for id_, values, sum_ in rows}
        return {id_: found.get(id_, ({}, 0.0)) for id_ in ids}

    def _unapproved(self, records, names):
        """Return which of these are approved in their own fields, but not here.

        :param names: the fields that were written
        """
        self.ensure_one()
        approved = self._domain("approved_domain")
        if not approved:
            return records.browse()
        # sudo: the state of a document, whoever changed it
        whole = records.sudo()
        found = whole.filtered_domain(self._domain("domain")).filtered_domain(approved)
        if self.company_id and "company_id" in records._fields:
            found = found.filtered(
                lambda one: one.company_id in (one.company_id.browse(), self.company_id)
            )
        if not found:
            return found
        last = {}
        for one in self.env["monitor.approval"].search(
            [("policy_id", "=", self.id), ("res_id", "in", found.ids)], order="round"
        ):
            last[one.res_id] = one
        known = self.env["monitor.approval.document"].search(
            [
                ("policy_id", "=", self.id),
                ("res_id", "in", found.ids),
                ("state", "=", "approved"),
            ]
        )
        before = set(known.mapped("res_id"))
        if names & {leaf[0].split(".")[0] for leaf in approved if leaf[1:]}:
            before -= last.keys()  # it becomes approved again, maybe as another one
        moved = found.filtered(lambda one: one.id not in before)
        approved = [id_ for id_ in moved.ids if id_ in last]
        values = self._material_values(approved) if approved else {}
        return moved.filtered(
            lambda one: not self._covers(last.get(one.id), values.get(one.id))
        )

    def _covers(self, approval, now):
        """Return whether an approval allows a document to go on as it is.

        :param tuple now: ``(values, amount)`` of its material fields
        """
        if not approval or approval.state != "approved":
            return False
        if not approval.snapshot_digest:
            return True
        _approved, _others, stale = approval._compared(*now)
        return not stale
