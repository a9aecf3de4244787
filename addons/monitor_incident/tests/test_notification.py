from unittest.mock import patch

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import file_open, mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .escalation_case import MON, EscalationCase, at

SENDER = "odoo.addons.monitor_incident.models.monitor_notification"
MAIL = "odoo.addons.mail.models.mail_mail"


@tagged("post_install", "-at_install")
class TestNotification(EscalationCase, MockEmail, TransactionCase):
    def test_a_mail_is_the_card_and_escaped(self):
        self.olga.notification_type = "email"
        incident = self.open_incident(at(MON, 9), title="<b>Bad</b> & worse")
        with self.mock_mail_gateway():
            self.escalate(at(MON, 9))
        mail = self.env["mail.mail"].search(
            [("model", "=", "monitor.incident"), ("res_id", "=", incident.id)]
        )
        self.assertEqual(len(mail), 1)
        self.assertIn("olga@example.com", mail.email_to)
        self.assertIn("&lt;b&gt;Bad&lt;/b&gt; &amp; worse", mail.body_html)
        self.assertIn(f"/monitor/incident/{incident.id}/acknowledge", mail.body_html)

    def test_an_inbox_message_is_one(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "monitor.incident"),
                ("res_id", "=", incident.id),
                ("notified_partner_ids", "in", self.olga.partner_id.ids),
            ]
        )
        self.assertEqual(len(messages), 1)

    @mute_logger(SENDER, MAIL)
    def test_it_is_tried_again_until_it_is_accepted(self):
        self.olga.notification_type = "email"
        incident = self.open_incident(at(MON, 9))
        with self.broken("_send_email"):
            self.escalate(at(MON, 9))
        with self.mock_mail_gateway():
            self.escalate(at(MON, 9, 1))
        self.assertIn(("olga", "inbox"), self.told(incident))

    def test_nobody_at_all_is_said(self):
        self.policy.level_ids[1].unlink()
        incident = self.open_incident(at(MON, 9), user_id=False)
        with patch.object(type(incident), "_audit_owners"):  # finds nobody
            self.escalate(at(MON, 9))
        self.assertIn("level_nobody", self.entries(incident, "escalated"))
        self.assertEqual(self.notifications._untold(at(MON, 9)), incident)

    def test_an_owner_without_address_still_gets_an_activity(self):
        self.policy.level_ids[1].unlink()
        self.olga.write({"email": False, "notification_type": "email"})
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.assertEqual(self.told(incident), {("olga", "activity")})
        self.assertFalse(self.notifications._untold(at(MON, 9)))

    def test_a_discuss_channel(self):
        channel = self.env["discuss.channel"].create({"name": "Operations"})
        self.policy.level_ids[0].write({"target": "channel", "channel_id": channel.id})
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.assertIn(incident.title, channel.message_ids[0].body)

    def test_what_is_over_is_not_sent(self):
        incident = self.open_incident(at(MON, 9))
        self.incidents._escalate_due(at(MON, 9))
        incident.state = "resolved"
        self.notifications._deliver(at(MON, 9))
        self.assertEqual(self.states_of_what_is_sent(incident), {"suppressed"})

    def recovered(self, **values):
        """Return an incident that two people were told of, and that is over at 12."""
        incident = self.open_incident(at(MON, 9), **values)
        alert = self.env["monitor.alert"].create(
            {
                "fingerprint": "x", "incident_id": incident.id, "severity": "error",
                "state": "firing", "fired_at": at(MON, 9),
                "first_seen_at": at(MON, 9), "last_seen_at": at(MON, 9),
            }
        )  # fmt: skip
        incident._plan_news(at(MON, 9))
        self.escalate(at(MON, 9, 1))
        self.escalate(at(MON, 11))
        self.assertEqual(incident.escalation_level, 2)
        alert.write({"state": "resolved", "resolved_at": at(MON, 12)})
        incident._follow_alerts(alert, at(MON, 12))
        self.assertEqual(incident.state, "resolved")
        return incident

    def told_the_end(self, incident):
        return incident.notification_ids.filtered(lambda n: n.reason == "resolved")

    def test_all_who_were_told_hear_that_it_is_over(self):
        incident = self.recovered(name="INC-7")
        self.assertEqual(
            set(incident.notification_ids.mapped("reason")), {"first", "level"}
        )
        self.escalate(at(MON, 12))
        self.escalate(at(MON, 12, 1))
        end = self.told_the_end(incident)
        self.assertEqual(set(end.mapped("state")), {"sent"})
        self.assertEqual(
            sorted((n.user_id.name, n.channel) for n in end),
            [("lena", "inbox"), ("olga", "inbox")],
        )
        self.assertFalse(self.activities(incident))
        message = self.env["mail.message"].search(
            [("model", "=", incident._name), ("res_id", "=", incident.id)], limit=1
        )
        self.assertEqual(message.subject, "INC-7 is over: Orders wait for payment")
        self.assertIn("Over since", message.body)
        self.assertNotIn("/acknowledge", message.body)

    def test_who_may_not_see_it_any_more_does_not_hear_the_end(self):
        incident = self.recovered()
        self.lena.group_ids = self.env.ref("base.group_user")
        self.escalate(at(MON, 12))
        self.assertEqual(self.told_the_end(incident).user_id, self.olga)

    @mute_logger(SENDER, MAIL)
    def test_the_end_that_no_mail_carries_leaves_no_activity(self):
        incident = self.recovered()
        self.olga.notification_type = "email"
        self.mail_server_down()
        self.escalate(at(MON, 12))
        channels = self.told_the_end(incident).filtered(lambda n: n.state == "sent")
        hers = channels.filtered(lambda n: n.user_id == self.olga)
        self.assertEqual(hers.mapped("channel"), ["discuss"])

    def test_the_end_of_what_is_open_again_is_not_told(self):
        incident = self.recovered()
        self.incidents._escalate_due(at(MON, 12))
        incident._reopen("reopened_auto", {}, at(MON, 12))
        self.notifications._deliver(at(MON, 12))
        self.assertEqual(
            set(self.told_the_end(incident).mapped("state")), {"suppressed"}
        )

    def states_of_what_is_sent(self, incident):
        """Return the states of the messages; an activity is made at once, not sent."""
        rows = incident.notification_ids.filtered(lambda n: n.channel != "activity")
        return set(rows.mapped("state"))

    def test_a_copy_of_the_database_tells_nobody(self):
        incident = self.open_incident(at(MON, 9))
        self.incidents._escalate_due(at(MON, 9))
        self.env.flush_all()
        with file_open("monitor_incident/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.notifications._deliver(at(MON, 9))
        self.assertEqual(self.states_of_what_is_sent(incident), {"suppressed"})
        for name in ("escalate", "deliver"):
            cron = self.env.ref(f"monitor_incident.ir_cron_monitor_{name}")
            self.assertFalse(cron.active)

    def test_the_person_is_written_to_in_discuss(self):
        self.policy.level_ids[0].write({"by_activity": False, "by_discuss": True})
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.assertIn(("olga", "discuss"), self.told(incident))

    def test_who_may_read_the_log(self):
        incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        rows = incident.notification_ids
        self.assertTrue(rows.with_user(self.operator).read(["state"]))
        for user in (self.viewer, self.nobody):
            self.assertFalse(rows.with_user(user).has_access("read"))
        for user in (self.operator, self.manager):
            self.assertFalse(rows.with_user(user).has_access("write"))
        other = self.env["res.company"].create({"name": "Other"})
        incident.company_id = other
        found = self.notifications.with_user(self.operator).search([])
        self.assertFalse(found & rows)

    def broken(self, method):
        """Let a channel refuse everything."""
        refused = OSError("refused")
        return patch.object(type(self.notifications), method, side_effect=refused)


@tagged("post_install", "-at_install")
class TestConfirm(EscalationCase, HttpCase):
    def test_a_link_asks_before_it_does_anything(self):
        incident = self.open_incident(at(MON, 9))
        path = f"/monitor/incident/{incident.id}/acknowledge"
        self.authenticate("monitor_operator", "monitor_operator")
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Acknowledge", page.text)
        self.assertEqual(incident.state, "new")
        token = page.text.split('name="csrf_token"')[1].split('value="')[1]
        data = {"csrf_token": token.split('"')[0]}
        self.url_open(path, data=data, allow_redirects=False)
        incident.invalidate_recordset()
        self.assertEqual(incident.state, "acknowledged")

    def test_who_is_not_logged_in_is_sent_to_log_in(self):
        incident = self.open_incident(at(MON, 9))
        path = f"/monitor/incident/{incident.id}/acknowledge"
        answer = self.url_open(path, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])
        self.assertIn("redirect=", answer.headers["Location"])

    def test_one_that_is_not_there(self):
        self.authenticate("monitor_operator", "monitor_operator")
        for number in (0, 2**31 - 1):
            answer = self.url_open(f"/monitor/incident/{number}/acknowledge")
            self.assertEqual(answer.status_code, 404)

    def test_without_token_or_group_nothing_happens(self):
        incident = self.open_incident(at(MON, 9))
        path = f"/monitor/incident/{incident.id}/acknowledge"
        self.authenticate("monitor_operator", "monitor_operator")
        answer = self.url_open(path, data={"csrf_token": "x"})
        self.assertGreaterEqual(answer.status_code, 400)
        self.authenticate("monitor_nobody", "monitor_nobody")
        self.assertEqual(self.url_open(path).status_code, 403)
        incident.invalidate_recordset()
        self.assertEqual(incident.state, "new")
