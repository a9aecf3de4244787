import json
from datetime import datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, TransactionCase, tagged

from odoo.addons.monitor_core.tests.common import MonitorCase
from odoo.addons.monitor_core.tests.throttle_case import ThrottleCase

from ..tools import alertmanager
from .alertmanager_data import alert, message

NOW = datetime(2026, 11, 22, 4, 20)
END = "2026-11-22T04:18:30.457Z"


class AlertmanagerCase(MonitorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["monitor.team"].create(
            {"name": "Platform", "leader_id": cls.operator.id}
        )
        cls.receiver = cls.env["monitor.alertmanager"].create(
            {"name": "Prometheus", "team_id": cls.team.id}
        )

    def receive(self, *alerts, now=NOW, receiver=None, **values):
        receiver = receiver or self.receiver
        number = receiver._receive(message(*alerts, **values), now)
        self.env.flush_all()
        return number

    @property
    def alerts(self):
        return self.env["monitor.alert"].search(
            [("alertmanager_id", "=", self.receiver.id)], order="id"
        )


@tagged("post_install", "-at_install", "monitor")
class TestAlertmanager(AlertmanagerCase, TransactionCase):
    """What Alertmanager sends becomes alerts, and incidents where severe enough."""

    def test_an_alert_fires(self):
        self.assertEqual(self.receive(alert("w1")), 1)

        self.assertRecordValues(
            self.alerts,
            [
                {
                    "name": "Odoo web server w1 is down",
                    "source": "alertmanager",
                    "state": "firing",
                    "severity": "critical",
                    "count": 1,
                    "first_seen_at": datetime(2026, 11, 22, 4, 15, 30),
                    "company_id": self.receiver.company_id.id,
                    "rule_id": False,
                }
            ],
        )
        self.assertEqual(self.alerts.labels["server"], "w1")
        self.assertIn("runbook_url", self.alerts.annotations)

    def test_it_opens_an_incident_of_the_team(self):
        self.receive(alert("w1"), alert("w2"))

        incident = self.alerts.incident_id
        self.assertRecordValues(
            incident,
            [
                {
                    "state": "new",
                    "title": "Odoo web server w1 is down",
                    "severity": "critical",
                    "user_id": self.operator.id,
                    "team_id": self.team.id,
                    "count": 2,
                    "alert_count": 2,
                }
            ],
        )
        self.assertRegex(incident.name, r"^INC-")
        self.assertTrue(incident.entry_ids.filtered(lambda e: e.kind == "opened"))

    def test_a_warning_is_only_listed(self):
        self.receive(alert("w1", severity="warning"))

        self.assertEqual(self.alerts.severity, "warning")
        self.assertFalse(self.alerts.incident_id)

    def test_from_which_severity_on_is_said_by_the_receiver(self):
        self.receiver.incident_severity = "warning"
        self.receive(alert("w1", severity="warning"))

        self.assertEqual(self.alerts.incident_id.severity, "warning")

    def test_one_resolved_in_a_firing_group_is_over(self):
        self.receive(alert("w1"), alert("w2"))
        self.receive(alert("w1", "resolved", END), alert("w2"))

        self.assertEqual(self.alerts.mapped("state"), ["resolved", "firing"])
        self.assertEqual(self.alerts[0].resolved_at, datetime(2026, 11, 22, 4, 18, 30))
        self.assertEqual(self.alerts.incident_id.state, "new")

    def test_the_incident_is_over_with_the_last_alert(self):
        self.receive(alert("w1"), alert("w2"))
        incident = self.alerts.incident_id
        incident._mark_told(NOW)
        self.receive(alert("w1", "resolved", END), alert("w2", "resolved", END))

        self.assertEqual(incident.state, "resolved")
        self.assertEqual(incident.resolution, "recovered")
        self.assertEqual(incident.resolved_at, datetime(2026, 11, 22, 4, 18, 30))

    def test_the_same_message_again_changes_nothing(self):
        for _again in range(3):
            self.receive(alert("w1"))

        self.assertEqual(self.alerts.mapped("count"), [1])
        self.assertEqual(self.alerts.incident_id.count, 1)
        self.assertEqual(self.receiver.call_count, 3)
        self.assertEqual(self.receiver.alert_count, 3)
        self.assertEqual(self.receiver.last_call_at, NOW)

    def test_two_messages_at_once_do_not_pass_each_other(self):
        """The row of the receiver is written first: PostgreSQL lets one of them in."""
        written = []

        def take(_alerts, receiver, *_rest):
            self.env.cr.execute(
                "SELECT call_count FROM monitor_alertmanager WHERE id = %s",
                [receiver.id],
            )
            written.append(self.env.cr.fetchone()[0])

        self.patch(type(self.env["monitor.alert"]), "_take_external", take)
        self.receive(alert("w1"))

        self.assertEqual(written, [1])

    def test_a_message_that_comes_late_reopens_nothing(self):
        self.receive(alert("w1"))
        self.receive(alert("w1", "resolved", END))
        self.receive(alert("w1"))

        self.assertEqual(self.alerts.mapped("state"), ["resolved"])

    def test_it_fires_anew(self):
        self.receive(alert("w1"))
        self.receive(alert("w1", "resolved", END))
        self.receive(alert("w1", starts="2026-11-22T05:00:00Z"))

        self.assertEqual(self.alerts.mapped("state"), ["resolved", "firing"])
        self.assertRecordValues(
            self.alerts.incident_id, [{"state": "new", "reopen_count": 1}]
        )

    def test_another_alert_joins_the_incident(self):
        self.receive(alert("w1"))
        self.receive(alert("w1"), alert("w2"))

        self.assertEqual(len(self.alerts.incident_id), 1)
        self.assertEqual(self.alerts.incident_id.count, 2)

    def test_another_group_is_another_incident(self):
        self.receive(alert("w1"))
        self.receive(alert("w2"), groupKey="{}:{other}")

        self.assertEqual(len(self.alerts.incident_id), 2)

    def test_two_receivers_do_not_mix(self):
        other = self.receiver.copy({"name": "Other"})
        self.assertNotEqual(other.token, self.receiver.token)
        self.receive(alert("w1"))
        self.receive(alert("w1"), receiver=other)
        self.receive(alert("w1", "resolved", END), receiver=other)

        self.assertEqual(self.alerts.mapped("state"), ["firing"])
        self.assertEqual(other.open_alert_count, 0)
        self.assertEqual(self.receiver.open_alert_count, 1)

    def test_secrets_are_not_kept(self):
        leaky = alert("w1")
        leaky["annotations"]["summary"] = "call ana@example.com\0 \ud800"
        leaky["annotations"]["token"] = "hush"
        leaky["labels"]["password"] = "hush"
        self.receive(leaky)

        kept = json.dumps(self.alerts.read(["name", "labels", "annotations"]))
        self.assertNotIn("hush", kept)
        self.assertNotIn("ana@example.com", kept)
        self.assertNotIn("hush", str(self.alerts.incident_id.labels))

    def test_what_is_written_into_alerts_is_only_text(self):
        bad = alert("w1")
        bad["annotations"]["summary"] = "<script>alert(1)</script>"
        self.receive(bad)

        self.assertEqual(self.alerts.name, "<script>alert(1)</script>")

    def test_severities_of_people(self):
        self.receiver.severity_map = "P1 = critical"
        self.receive(alert("w1", severity="P1"))

        self.assertEqual(self.alerts.severity, "critical")
        with self.assertRaisesRegex(ValidationError, "odd line"):
            self.receiver.severity_map = "odd line"

    def test_what_was_left_out_is_counted(self):
        self.receive(alert("w1"), truncatedAlerts=7)

        self.assertEqual(self.receiver.truncated_count, 7)

    def test_without_a_team_a_manager_gets_it(self):
        self.receiver.team_id = False
        self.receive(alert("w1"))

        user = self.alerts.incident_id.user_id
        self.assertTrue(user.has_group("monitor_core.group_monitor_manager"))

    def test_an_archived_leader_gets_nothing(self):
        self.operator.active = False
        self.receive(alert("w1"))

        self.assertTrue(self.alerts.incident_id.user_id.active)

    def test_the_cost_does_not_grow_with_what_is_known(self):
        self.receive(*(alert(f"w{n}", severity="info") for n in range(50)))
        queries = self.cr.sql_log_count
        self.receive(*(alert(f"w{n}", severity="info") for n in range(50)))
        # part B's statements for all alerts at once will lower this
        self.assertLess(self.cr.sql_log_count - queries, 130)

    def test_who_may_see_and_change_it(self):
        for user, may_read, may_write in (
            (self.nobody, False, False),
            (self.viewer, False, False),
            (self.operator, True, False),
            (self.auditor, True, False),
            (self.manager, True, True),
            (self.service, False, False),
        ):
            receiver = self.receiver.with_user(user)
            with self.subTest(user.login):
                self.assertEqual(receiver.has_access("read"), may_read)
                self.assertEqual(receiver.has_access("write"), may_write)

    def test_only_managers_see_the_address(self):
        self.assertTrue(self.receiver.with_user(self.manager).snippet)
        for name in ("token", "url", "snippet"):
            with self.assertRaises(AccessError):
                self.receiver.with_user(self.operator).read([name])

    def test_other_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.receiver.company_id = company
        self.receive(alert("w1"))

        self.assertEqual(self.alerts.company_id, company)
        self.assertEqual(self.alerts.incident_id.company_id, company)
        mine = self.env["monitor.alertmanager"].with_user(self.manager)
        self.assertNotIn(self.receiver, mine.search([]))

    def test_a_new_address(self):
        before = self.receiver.token
        self.receiver.with_user(self.manager).action_rotate_token()

        receivers = self.env["monitor.alertmanager"]
        self.assertFalse(receivers._addressed(before))
        self.assertEqual(receivers._addressed(self.receiver.token), self.receiver)
        self.receiver.active = False
        self.assertFalse(receivers._addressed(self.receiver.token))


@tagged("post_install", "-at_install", "monitor")
class TestAlertmanagerRoute(AlertmanagerCase, ThrottleCase, HttpCase):
    """The door itself."""

    def setUp(self):
        super().setUp()
        self.address = f"/monitor/alertmanager/{self.receiver.token}"

    def post(self, body, address=None):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        url = address or self.address
        return self.url_open(url, data=data, headers=headers, method="POST")

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.json()["error"]["code"], code)

    def test_a_message_is_taken(self):
        answer = self.post(message(alert("w1"), alert("w2")))

        self.assertEqual((answer.status_code, answer.json()), (200, {"alerts": 2}))
        self.env.invalidate_all()
        self.assertEqual(self.alerts.mapped("state"), ["firing", "firing"])

    def test_wrong_addresses(self):
        for token in ("x", "x" * 32, self.receiver.token[:-1] + "%00"):
            answer = self.post(message(), f"/monitor/alertmanager/{token}")
            self.assert_refused(answer, 404, "not_found")

    def test_what_is_no_message(self):
        for body in ("{", "[]", '{"alerts": 7}', b"\xff", "[" * 100_000):
            self.assert_refused(self.post(body), 400, "bad_request")
        self.env.invalidate_all()
        self.assertFalse(self.receiver.call_count)

    def test_too_many_alerts(self):
        body = message(*([{}] * (alertmanager.MAX_ALERTS + 1)))
        self.assert_refused(self.post(body), 413, "too_large")
        self.assert_refused(self.post(" " * (5 * 1024 * 1024 + 1)), 413, "too_large")

    def test_switched_off_it_takes_nothing(self):
        self.env["ir.config_parameter"].set_param("monitor_core.enabled", "False")
        self.assert_refused(self.post(message(alert("w1"))), 503, "unavailable")
        self.assertFalse(self.alerts)

    def test_another_method(self):
        answer = self.url_open(self.address)
        self.assert_refused(answer, 405, "method_not_allowed")

    def test_a_receiver_in_a_loop_is_slowed_down(self):
        self.allow(token=2)
        answers = [self.post(message()) for _number in range(3)]
        self.assertEqual([one.status_code for one in answers], [200, 200, 429])
        self.assertIn("Retry-After", answers[2].headers)
