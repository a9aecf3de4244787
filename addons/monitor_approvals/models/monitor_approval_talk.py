from odoo import models
from odoo.exceptions import UserError

from odoo.addons.monitor_core.tools import clock


class MonitorApprovalTalk(models.AbstractModel):
    """Questions back to who asked, and their answers; the time goes on meanwhile."""

    _name = "monitor.approval.talk"
    _description = "Monitor Approval: Questions"

    def ask(self, question):
        """Ask the requester back."""
        return self._talk("asked", question)

    def answer(self, text):
        """Answer a question."""
        return self._talk("answered", text)

    def _talk(self, kind, text):
        if not (text or "").strip():
            raise UserError(self.env._("Write a sentence."))
        now = clock.utcnow()
        whole = self._locked()
        asking = kind == "asked"
        for approval in whole:
            user = self.env.user
            persons = approval._principals(user, now) & approval.holder_ids
            if not (persons if asking else user in approval.maker_ids):
                approval._raise_refusal("not_approver")
            approval.write(
                {
                    "comment": text,
                    "asked_id": approval.requester_id.id if asking else False,
                }
            )
            partners = approval.requester_id if asking else approval.holder_ids
            approval.message_post(
                body=text,
                partner_ids=partners.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )
        act = {"actor": self.env.uid, "comment": text, **self._act()}
        self._record_events([one._event(kind, now, **act) for one in whole])
        return self._answer(text)
