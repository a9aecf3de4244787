from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .heartbeat_case import HeartbeatCase

SECRETS = ["ping_uuid", "ping_url", "ping_slug_url", "ping_crontab", "ping_curl"]


@tagged("post_install", "-at_install", "monitor")
class TestHeartbeatAccess(HeartbeatCase, TransactionCase):
    """Who sees addresses and bodies, and who may change what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heartbeat = cls.make_heartbeat(company_id=cls.env.company.id)
        cls.receive(cls.heartbeat, "/fail", body=b"No space left")
        cls.ping = cls.pings_of(cls.heartbeat)

    def test_who_sees_pings(self):
        for name in ("viewer", "operator", "manager", "auditor"):
            with self.subTest(name):
                (row,) = self.ping.with_user(getattr(self, name)).read(["signal"])
                self.assertEqual(row["signal"], "fail")
        for name in ("nobody", "service", "override"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.ping.with_user(getattr(self, name)).read(["signal"])

    def test_who_sees_what_a_job_printed(self):
        for name in ("operator", "manager", "auditor"):
            with self.subTest(name):
                (row,) = self.ping.with_user(getattr(self, name)).read(
                    ["body", "preview", "remote_address"]
                )
                self.assertEqual(row["body"], row["preview"])
        for field in ("body", "preview", "remote_address", "user_agent"):
            with self.subTest(field), self.assertRaises(AccessError):
                self.ping.with_user(self.viewer).read([field])

    def test_who_sees_addresses(self):
        for name in ("operator", "manager"):
            with self.subTest(name):
                (row,) = self.heartbeat.with_user(getattr(self, name)).read(SECRETS)
                self.assertTrue(all(row.values()))
        for name in ("viewer", "auditor"):
            for field in SECRETS:
                with self.subTest(f"{name} {field}"), self.assertRaises(AccessError):
                    self.heartbeat.with_user(getattr(self, name)).read([field])

    def test_nobody_finds_an_address_by_guessing(self):
        domain = [("ping_uuid", "=like", "a%")]
        with self.assertRaises(AccessError):
            self.env["monitor.workflow"].with_user(self.viewer).search(domain)

    def test_who_sees_the_key_of_a_company(self):
        company = self.env.company
        self.assertTrue(company.with_user(self.operator).monitor_ping_key)
        for name in ("nobody", "viewer"):
            with self.subTest(name), self.assertRaises(AccessError):
                company.with_user(getattr(self, name)).read(["monitor_ping_key"])

    def test_only_managers_make_and_change_heartbeats(self):
        made = (
            self.env["monitor.workflow"]
            .with_user(self.manager)
            .create({"name": "Mine", "code": "mine", "kind": "heartbeat"})
        )
        self.assertTrue(made.ping_uuid)
        for name in ("viewer", "operator", "auditor", "service"):
            user = getattr(self, name)
            with self.subTest(name), self.assertRaises(AccessError):
                self.env["monitor.workflow"].with_user(user).create(
                    {"name": "Not mine", "code": "not", "kind": "heartbeat"}
                )
            with self.subTest(name), self.assertRaises(AccessError):
                self.heartbeat.with_user(user).write({"grace_minutes": 1})

    def test_only_managers_change_an_address(self):
        before = self.heartbeat.ping_uuid
        for name in ("viewer", "operator", "auditor"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.heartbeat.with_user(getattr(self, name)).action_rotate_ping_uuid()
        self.assertEqual(self.heartbeat.ping_uuid, before)

        self.heartbeat.with_user(self.manager).action_rotate_ping_uuid()

        self.assertNotEqual(self.heartbeat.ping_uuid, before)
        self.assertIn("changed", self.heartbeat.message_ids[0].body)

    def test_only_managers_change_the_key_of_a_company(self):
        before = self.env.company.monitor_ping_key
        settings = self.env["res.config.settings"].create({})
        with self.assertRaises(AccessError):
            settings.with_user(self.operator).action_rotate_monitor_ping_key()
        self.assertEqual(self.env.company.monitor_ping_key, before)

        settings.action_rotate_monitor_ping_key()

        self.assertNotEqual(self.env.company.monitor_ping_key, before)

    def test_nobody_changes_what_was_received(self):
        for name in ("viewer", "operator", "manager", "auditor"):
            ping = self.ping.with_user(getattr(self, name))
            with self.subTest(name), self.assertRaises(AccessError):
                ping.write({"signal": "success"})
            with self.subTest(name), self.assertRaises(AccessError):
                ping.unlink()
            with self.subTest(name), self.assertRaises(AccessError):
                ping.create({"signal": "success", "recorded_at": "2026-01-01"})

    def test_other_companies_do_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.operator.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        pings = self.env["monitor.ping"].with_user(self.operator)

        self.assertFalse(pings.search([]))
        with self.assertRaises(AccessError):
            pings.browse(self.ping.id).read(["body"])
        self.heartbeat.company_id = False
        self.assertEqual(pings.search([]), self.ping)
