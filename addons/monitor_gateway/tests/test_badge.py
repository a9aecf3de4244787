from datetime import timedelta
from xml.etree import ElementTree

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .gateway_case import GatewayCase


@tagged("post_install", "-at_install", "monitor")
class TestBadge(GatewayCase, HttpCase):
    """Whoever knows the address sees a name and a health, and nothing else."""

    def setUp(self):
        super().setUp()
        self.set_clock(self.now())
        self.tick()
        self.flow = self.make_flow(steps=(), name="Order <b>to</b> cash")
        self.flow.with_user(self.manager).action_share_badge()

    def url(self, kind="svg"):
        self.env.flush_all()
        return f"/monitor/badge/{self.flow.badge_token}.{kind}"

    def shown(self):
        return self.url_open(self.url("json")).json()["message"]

    def test_the_picture_names_workflow_and_health(self):
        response = self.url_open(self.url())

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.headers["Content-Type"].split(";")[0], "image/svg+xml"
        )
        self.assertEqual(response.headers["Cache-Control"], "no-cache, max-age=0")
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        words = ElementTree.fromstring(response.content).itertext()
        self.assertEqual(
            [word for word in words if word.strip()],
            ["Order <b>to</b> cash: new", "Order <b>to</b> cash", "new"],
        )

    def test_shields_can_draw_it(self):
        answer = self.url_open(self.url("json")).json()

        self.assertEqual(answer["schemaVersion"], 1)
        self.assertEqual(answer["label"], "Order <b>to</b> cash")
        self.assertEqual(answer["message"], "new")

    def test_it_shows_the_health_of_now(self):
        self.flow.action_pause()
        self.assertEqual(self.shown(), "paused")

        self.flow.action_resume()
        self.assertEqual(self.shown(), "new")

    def test_what_is_not_looked_at_is_unknown(self):
        self.set_clock(self.now() + timedelta(minutes=4))

        self.assertEqual(self.shown(), "unknown")

    def test_the_address_is_unguessable_and_the_managers(self):
        self.assertEqual(len(self.flow.badge_token), 32)
        url = self.flow.with_user(self.manager).badge_url
        self.assertTrue(url.endswith(f"/monitor/badge/{self.flow.badge_token}.svg"))
        for name in ("viewer", "operator", "auditor"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.flow.with_user(getattr(self, name)).read(["badge_token"])

    def test_only_managers_share(self):
        for name in ("viewer", "operator", "auditor", "service"):
            flow = self.flow.with_user(getattr(self, name))
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    flow.action_share_badge()
                with self.assertRaises(AccessError):
                    flow.action_stop_sharing_badge()

    def test_a_new_address_ends_the_old_one(self):
        old = self.url()
        self.flow.with_user(self.manager).action_share_badge()

        self.assert_error(self.url_open(old), 404, "not_found")
        self.assertEqual(self.url_open(self.url()).status_code, 200)

    def test_no_badge_any_more(self):
        old = self.url()
        self.flow.with_user(self.manager).action_stop_sharing_badge()
        self.env.flush_all()

        self.assert_error(self.url_open(old), 404, "not_found")
        self.assertFalse(self.flow.badge_url)

    def test_addresses_of_nobody(self):
        self.make_flow(steps=(), code="not-shared")
        self.env.flush_all()
        for token in ("x", "False", "None", "%00", "ä", "x" * 500):
            for kind in ("svg", "json"):
                with self.subTest(f"{token[:9]}.{kind}"):
                    response = self.url_open(f"/monitor/badge/{token}.{kind}")
                    self.assert_error(response, 404, "not_found")

    def test_an_archived_workflow_has_no_badge(self):
        self.flow.action_archive()

        self.assertEqual(self.url_open(self.url()).status_code, 404)

    def test_a_copy_is_not_shared(self):
        self.assertFalse(self.flow.copy({"code": "a-copy"}).badge_token)
