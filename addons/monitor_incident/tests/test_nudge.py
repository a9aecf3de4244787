from unittest.mock import patch

import psycopg2.errors

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import transactions
from .escalation_case import MON, EscalationCase, at

MODELS = "odoo.addons.monitor_incident.models"


@tagged("post_install", "-at_install", "monitor")
class TestNudge(EscalationCase, TransactionCase):
    """Who has people told by hand does not drown them."""

    def setUp(self):
        super().setUp()
        self.incident = self.open_incident(at(MON, 9))
        self.escalate(at(MON, 9))
        self.api = self.api_of(self.operator, "monitor.incident")

    def press(self, name, now, incidents=None):
        self.set_clock(now)
        return getattr(self.api, name)((incidents or self.incident).ids)

    def told_by_inbox(self, person, incident=None):
        """Return how often a person was told, besides the first time."""
        self.env.invalidate_all()
        rows = (incident or self.incident).notification_ids.filtered(
            lambda n: n.user_id.name == person and n.channel == "inbox"
        )
        return len(rows) - (person == "olga" and rows[-1:].reason == "first")

    def test_who_reminds_again_and_again_is_told_to_wait(self):
        self.assertIs(self.press("remind", at(MON, 9, 10)), True)
        for minute in (10, 11, 14):
            with self.assertRaisesRegex(UserError, "Wait 5 minutes"):
                self.press("remind", at(MON, 9, minute))
        self.press("remind", at(MON, 9, 15))
        self.assertEqual(self.told_by_inbox("olga"), 2)
        lines = self.incident.entry_ids.filtered(lambda e: e.text_code == "reminded")
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines.user_id, self.operator)
        self.assertIn("olga reminded by", lines[0].text)
        self.assertEqual(self.incident.action_count, 0)

    def test_twenty_presses_escalate_once(self):
        self.press("escalate", at(MON, 9, 10))
        for _press in range(19):
            with self.assertRaisesRegex(UserError, "told of .* a moment ago"):
                self.press("escalate", at(MON, 9, 11))
        self.assertEqual(self.told_by_inbox("lena"), 1)
        self.assertEqual(self.entries(self.incident, "escalated").count("escalated"), 1)

    def test_after_a_reminder_it_may_be_escalated(self):
        self.press("remind", at(MON, 9, 10))
        self.press("escalate", at(MON, 9, 11))
        self.assertEqual(self.told_by_inbox("lena"), 1)

    def test_of_several_those_that_may_are_told(self):
        other = self.open_incident(at(MON, 9))
        self.press("remind", at(MON, 9, 10))
        self.press("remind", at(MON, 9, 11), self.incident | other)
        self.assertEqual(self.told_by_inbox("olga"), 1)
        self.assertEqual(self.told_by_inbox("olga", other), 1)

    def test_a_scheduled_action_leaves_out_what_was_told(self):
        self.press("remind", at(MON, 9, 10))
        resolved = self.open_incident(at(MON, 9))
        resolved.resolve()
        self.assertIs((self.incident | resolved).sudo().remind(), True)
        self.assertEqual(self.told_by_inbox("olga"), 1)
        self.assertEqual(self.told_by_inbox("olga", resolved), 0)

    def test_what_is_over_is_not_reminded_of(self):
        self.incident.resolve()
        with self.assertRaisesRegex(UserError, "Reopen it first"):
            self.press("remind", at(MON, 9, 10))

    def test_only_operators_have_people_told(self):
        for user in (self.viewer, self.auditor):
            api = self.api_of(user, "monitor.incident")
            for name in ("remind", "escalate"):
                with self.subTest(user=user.login, name=name):
                    with self.assertRaisesRegex(Exception, "(?i)operator"):
                        getattr(api, name)(self.incident.ids)


@tagged("post_install", "-at_install", "monitor")
class TestDelivery(EscalationCase, TransactionCase):
    """What is sent is sent by a scheduled action of its own."""

    def test_escalation_queues_and_wakes_the_delivery(self):
        cron = self.env.ref("monitor_incident.ir_cron_monitor_deliver")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()
        incident = self.open_incident(at(MON, 9))
        self.set_clock(at(MON, 9))

        self.incidents._run_escalation(at(MON, 9))

        inbox = incident.notification_ids.filtered(lambda n: n.channel == "inbox")
        self.assertEqual(inbox.state, "queued")
        woken = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertEqual(woken, 1)
        commits = patch.object(type(cron), "_commit_progress", return_value=1.0)
        with commits, patch.object(self.env.cr, "commit"):
            self.notifications._cron_deliver()
        self.assertEqual(inbox.state, "sent")

    def test_nothing_is_delivered_while_the_monitor_is_off(self):
        incident = self.open_incident(at(MON, 9))
        self.set_clock(at(MON, 9))
        self.incidents._run_escalation(at(MON, 9))
        self.env["ir.config_parameter"].set_param("monitor_core.enabled", "False")
        self.notifications._cron_deliver()
        inbox = incident.notification_ids.filtered(lambda n: n.channel == "inbox")
        self.assertEqual(inbox.state, "queued")

    def test_the_delivery_is_not_captured(self):
        cron = self.env.ref("monitor_incident.ir_cron_monitor_deliver")
        self.tick()
        self.assertFalse(self.workflow_of(cron))


@tagged("post_install", "-at_install", "monitor")
class TestOverdue(EscalationCase, TransactionCase):
    """The Monitor does not call itself well while its own scheduled actions are off."""

    def setUp(self):
        super().setUp()
        self.ticks = self.env["monitor.tick"]
        self.ticks._get().write({"outage_to": at(MON, 1), "last_tick_at": at(MON, 9)})
        self.open_incident(at(MON, 9))

    def said(self, now):
        return " ".join(self.ticks._overdue(now))

    def test_an_escalation_that_is_off_is_said(self):
        self.assertFalse(self.said(at(MON, 9, 15)))
        self.assertIn("Monitor: escalate", self.said(at(MON, 9, 16)))
        self.assertIn("Monitor: escalate", str(self.ticks._capture_errors(at(MON, 10))))
        self.escalate(at(MON, 9, 16))
        self.assertFalse(self.said(at(MON, 9, 16)))

    def test_a_delivery_that_is_off_is_said(self):
        self.set_clock(at(MON, 9))
        self.incidents._run_escalation(at(MON, 9))
        self.assertFalse(self.said(at(MON, 9, 15)))
        self.assertIn("Monitor: deliver", self.said(at(MON, 9, 16)))
        self.notifications._deliver(at(MON, 9, 16))
        self.assertNotIn("Monitor: deliver", self.said(at(MON, 9, 16)))

    def test_after_an_outage_it_has_time(self):
        self.ticks._get().outage_to = at(MON, 9, 30)
        self.assertFalse(self.said(at(MON, 9, 31)))
        self.assertTrue(self.said(at(MON, 10, 1)))


class TestAnew(TransactionCase):
    """A race that is lost is run again, in a transaction of its own only."""

    def setUp(self):
        super().setUp()
        self.commits, self.tries = [], 0
        self.rolled_back = self.patch_rollback()

    def patch_rollback(self):
        calls = []
        self.patch(self.env.cr, "rollback", lambda: calls.append(1))
        return calls

    def lose(self, times, error=psycopg2.errors.SerializationFailure):
        def work():
            self.tries += 1
            if self.tries <= times:
                raise error
            return "done"

        return work

    def test_it_is_run_again_until_it_is_won(self):
        commit = lambda: self.commits.append(1)  # noqa: E731
        self.assertEqual(transactions.anew(self.env, self.lose(4), commit), "done")
        self.assertEqual((self.tries, len(self.commits)), (5, 1))
        self.assertEqual(len(self.rolled_back), 4)

    def test_who_always_loses_is_told(self):
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            transactions.anew(self.env, self.lose(5), lambda: None)
        self.assertEqual(self.tries, 5)

    def test_what_is_no_race_is_raised_at_once(self):
        with self.assertRaises(ZeroDivisionError):
            transactions.anew(self.env, self.lose(1, ZeroDivisionError), lambda: None)
        self.assertEqual((self.tries, self.rolled_back), (1, []))

    def test_in_a_transaction_of_the_caller_it_is_the_callers(self):
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            transactions.anew(self.env, self.lose(1))
        self.assertEqual((self.tries, self.rolled_back), (1, []))

    def test_a_commit_that_loses_is_run_again(self):
        def commit():
            self.commits.append(1)
            if len(self.commits) == 1:
                raise psycopg2.errors.SerializationFailure

        self.assertEqual(transactions.anew(self.env, self.lose(0), commit), "done")
        self.assertEqual((self.tries, len(self.commits)), (2, 2))


@tagged("post_install", "-at_install", "monitor")
class TestOneBreaks(EscalationCase, TransactionCase):
    """One incident that raises keeps no other from its due."""

    def breaking(self, method, broken):
        """Have ``method`` raise for one incident."""
        original = getattr(type(self.incidents), method)

        def replaced(records, *args, **kwargs):
            if broken in records:
                raise ZeroDivisionError
            return original(records, *args, **kwargs)

        return patch.object(type(self.incidents), method, replaced)

    def test_it_is_told_and_the_others_go_on(self):
        broken, well = self.open_incident(at(MON, 9)), self.open_incident(at(MON, 9))
        both = broken | well
        self.set_clock(at(MON, 9))
        both.resolve()
        tomorrow = at(MON, 9 + 25)
        with (
            self.breaking("_close", broken),
            mute_logger(f"{MODELS}.monitor_incident_advance"),
        ):
            self.incidents._advance(tomorrow)
        self.assertEqual(broken.state, "resolved")
        self.assertEqual(well.state, "closed")
        self.assertTrue(self.env["monitor.alert"].search([("labels", "!=", False)]))

    def test_what_was_forgotten_is_found_within_an_hour(self):
        calls = []
        with patch.object(
            type(self.incidents),
            "_resolve_forgotten",
            lambda _self, now: calls.append(now.minute),
        ):
            for minute in (1, 2, 59, 60, 61, 62, 125):
                self.incidents._advance(at(MON, 9, minute))
        self.assertEqual(calls, [1, 1, 5])

    def test_a_policy_that_is_deleted_takes_its_incident_along(self):
        self.policy.level_ids[0].unlink()
        self.policy.level_ids.write({"target": "user", "user_ids": self.lena.ids})
        self.lena.active = False
        policies = self.env["monitor.escalation.policy"]
        policies._audit(at(MON, 9))
        key = self.policy._audit_key()
        incident = self.incidents.search([("group_key", "=", key)])
        self.assertEqual(incident.state, "new")
        self.team.escalation_policy_id = False
        self.set_clock(at(MON, 10))
        self.policy.with_user(self.manager).unlink()
        self.assertEqual(incident.state, "resolved")
