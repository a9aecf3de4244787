from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .monitor_incident_escalation import ACTIVITY

CARD = "monitor_incident.monitor_incident_card"


class MonitorNotification(models.Model):
    """How each channel carries a message; what is not accepted raises."""

    # how each channel carries a message, apart from the log
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.notification"

    def _send(self):
        """Send by the row's channel; extend for one more (``_send_<channel>``)."""
        getattr(self, f"_send_{self.channel}")()

    def _send_activity(self):
        """Let the person owe an activity; one at a time for each incident."""
        incident = self._incident()
        # Two that look at the same time see no activity both: PostgreSQL refuses the
        # one whose view of the incident is older, and it begins anew.
        self.env.execute_query(
            SQL("UPDATE monitor_incident SET id = id WHERE id = %s", incident.id)
        )
        if self.env.ref(ACTIVITY) in incident.activity_ids.filtered(
            lambda a: a.user_id == self.user_id
        ).mapped("activity_type_id"):
            return
        # The inbox or the mail tells her; Odoo's own mail on assignment does not.
        incident.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY,
            summary=self._subject(),
            note=self._card(),
            user_id=self.user_id.id,
        )

    def _send_inbox(self):
        """As the person prefers: Odoo's inbox, or an e-mail."""
        if self.user_id.notification_type == "email":
            self._send_email()
            return
        self._incident().message_notify(
            body=self._card(),
            subject=self._subject(),
            partner_ids=self.user_id.partner_id.ids,
            email_add_signature=False,
        )

    def _send_email(self):
        """Hand it to the mail server now: only what it accepted counts as sent."""
        if not self.user_id.email:
            raise UserError(self.env._("%s has no e-mail address.", self.user_id.name))
        incident = self._incident()
        # sudo: mails are the system's; the card holds what the person may see
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": self._subject(),
                    "body_html": self._card(),
                    "email_to": self.user_id.email_formatted,
                    "email_from": incident.company_id.email_formatted
                    or self.env.company.email_formatted
                    or self.env.ref("base.user_root").email_formatted,
                    "auto_delete": False,
                    "model": incident._name,
                    "res_id": incident.id,
                }
            )
        )
        mail.send(raise_exception=False)
        if mail.state != "sent":
            reason = mail.failure_reason or self.env._("The mail server refused it.")
            mail.unlink()  # tried again by this log, not by Odoo's queue as well
            raise UserError(reason)

    def _send_discuss(self):
        """Post to the Discuss channel, or write to the person as OdooBot."""
        root = self.env.ref("base.user_root")
        channel = self.channel_id
        if not channel:
            chats = self.env["discuss.channel"].with_user(root)
            channel = chats._get_or_create_chat(self.user_id.partner_id.ids)
        # sudo: the Monitor is a member of no channel
        channel.sudo().message_post(
            body=self._card(),
            author_id=root.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _send_sms(self):
        """Send a line by SMS, where that addon is installed."""
        number = self.user_id.partner_id.phone
        if "sms.sms" not in self.env or not number:
            raise UserError(self.env._("No SMS can be sent to %s.", self.user_id.name))
        # sudo: as mails
        sms = (
            self.env["sms.sms"]
            .sudo()
            .create(
                {
                    "number": number,
                    "partner_id": self.user_id.partner_id.id,
                    "body": f"{self._subject()} {self._incident()._open_url()}",
                }
            )
        )
        sms.send(unlink_failed=False, unlink_sent=False, raise_exception=True)
        if sms.state == "error":
            raise UserError(sms.failure_type or self.env._("The SMS was refused."))

    def _incident(self):
        """Return the incident in the person's language and zone."""
        user = self.user_id
        return self.incident_id.with_context(
            lang=user.lang or self.env.lang, tz=user.tz or self.env.context.get("tz")
        )

    def _subject(self):
        incident = self._incident()
        if self.reason == "resolved":
            return incident.env._(
                "%(name)s is over: %(title)s",
                name=incident.name,
                title=incident.title,
            )
        return f"{incident.name}: {incident.title}"

    def _card(self):
        """Return the card of the incident as HTML, all its texts escaped."""
        incident = self._incident()
        return incident.env["ir.qweb"]._render(
            CARD,
            {"incident": incident, "notification": self},
            lang=incident.env.context.get("lang"),
            minimal_qcontext=True,
        )
