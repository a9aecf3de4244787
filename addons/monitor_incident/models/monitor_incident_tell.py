from odoo import fields, models

from ..tools import owner


class MonitorIncident(models.Model):
    """Whom an incident itself tells, besides its levels: news, and its end."""

    # by topic, as in the other files of this model
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.incident"

    def _tell_news(self, told, now):
        """Tell the owner what is new, unless a level did so just now."""
        due = self.notify_at and self.notify_at <= now
        key = f"news.{fields.Datetime.to_string(self.notify_at)}" if due else ""
        began = self._reason_of_level()
        reason = self._take_news(now) if due else None
        if self.state == "resolved":
            if reason:
                self._tell_end(key, now)
            return
        reason = {"first": began, "resolved": "partly"}.get(reason, reason)
        if not reason and self.told_user_id and self.told_user_id != self.user_id:
            key = f"owner.{self.user_id.id}.{fields.Datetime.to_string(now)}"
            reason = "owner"
        if reason and self.user_id and self.user_id not in told:
            channels = ("activity", "inbox")
            none = self.env["discuss.channel"]
            self.env["monitor.notification"]._queue(
                self, key, self.user_id, none, channels, now, reason=reason
            )
            params = {"people": self.user_id.name}
            self._log("notified", "news_told", params, now=now)
        if reason or self.user_id in told:
            self.told_user_id = self.user_id

    def _tell_end(self, key, now):
        """Tell all who were told of it that it is over; nobody owes an activity."""
        sent = self.notification_ids.filtered(lambda n: n.state == "sent")
        people = self.env["monitor.people"]._candidates(
            sent.user_id, "level", now, self.company_id
        )
        users = self.env["res.users"].browse(
            [person.user_id for person in owner.reachable(people)[0]]
        )
        channels = sent.channel_id.exists()
        self.env["monitor.notification"]._queue(
            self, key, users, channels, ("inbox",), now, reason="resolved"
        )
        names = ", ".join([*users.mapped("name"), *channels.mapped("name")])
        if names:
            self._log("notified", "news_told", {"people": names}, now=now)

    def _reason_of_level(self):
        """Return why a level tells: what is new, to whom nobody told anything yet."""
        if self.last_notified_at:
            return "level"
        return "released" if self.alert_ids.filtered("released_at") else "first"

    def _tell_anyhow(self, key, now):
        """Leave the owner an activity, when no level reaches anybody.

        She may be away or have no e-mail address, but it is somewhere to be seen.
        """
        notifications = self.env["monitor.notification"]
        person = self.user_id.filtered("active")
        if person:
            none = self.env["discuss.channel"]
            channels, reason = ("activity",), self._reason_of_level()
            notifications._queue(self, key, person, none, channels, now, reason=reason)
        else:
            notifications._note_nobody(self, key, now)
        return person
