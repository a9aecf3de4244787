from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import config, mute_logger

from .guard_case import CONFLICTS, LOG, Conflict, GuardCase
from .throttle_case import ThrottleCase

KEY_ROUTE = "/monitor/test/guess"  # auth="bearer"


@tagged("post_install", "-at_install", "monitor")
class TestThrottle(ThrottleCase, GuardCase, HttpCase):
    """Who calls too often is told when to come back, and nobody else is refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = new_test_user(cls.env, "shop", groups="base.group_user")
        cls.bank = new_test_user(cls.env, "bank", groups="base.group_user")

    def bearer(self, user):
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        return {"Authorization": f"Bearer {keys._generate('rpc', 'Tests', False)}"}

    def statuses(self, count, path, headers=None):
        return [
            self.url_open(path, headers=headers).status_code for _call in range(count)
        ]

    def test_an_answer_tells_how_many_calls_are_left(self):
        self.assert_left(self.url_open("/monitor/test/seldom"), 2, 1, 30)
        self.assert_left(self.url_open("/monitor/test/seldom"), 2, 0, 60)

    def test_the_setting_limits_where_the_route_says_nothing(self):
        self.allow(address=60)

        self.assert_left(self.url_open("/monitor/healthz"), 60, 59, 1)
        self.assert_left(self.url_open("/monitor/healthz"), 60, 58, 2)
        self.wait(1)
        self.assert_left(self.url_open("/monitor/healthz"), 60, 58, 2)

    def test_errors_tell_it_too(self):
        self.allow(address=60)
        too_large = {"data": b"x" * 101}
        for path, sent, status in (
            ("/monitor/test/key", {}, 405),
            ("/monitor/test/echo", too_large, 413),
            ("/monitor/test/raise/missing", {}, 404),
            ("/monitor/test/raise/refused", {}, 422),
            ("/monitor/test/raise/defect", {}, 500),
        ):
            with self.subTest(status), mute_logger(LOG):
                answer = self.url_open(path, **sent)
                self.assertEqual(answer.status_code, status)
                self.assertIn("X-RateLimit-Remaining", answer.headers)

    def test_a_refused_call_is_told_when_to_come_back(self):
        self.statuses(2, "/monitor/test/seldom")
        answer = self.url_open("/monitor/test/seldom")

        self.assert_error(answer, 429, "too_many_requests")
        self.assert_left(answer, 2, 0, 60)
        self.assertEqual(answer.headers["Retry-After"], "30")
        self.wait(30)
        self.assertEqual(self.statuses(1, "/monitor/test/seldom"), [200])

    def test_each_key_has_its_own_calls(self):
        self.allow(key=3)
        shop, bank = self.bearer(self.shop), self.bearer(self.bank)
        route = "/monitor/test/conflict-key"

        self.assertEqual(self.statuses(4, route, shop), [200] * 3 + [429])
        self.assertEqual(self.statuses(1, route, bank), [200])
        self.assertEqual(self.statuses(1, route, self.bearer(self.shop)), [200])

    def test_each_route_has_its_own_calls(self):
        shop = self.bearer(self.shop)

        self.assertEqual(self.statuses(3, KEY_ROUTE, shop), [200, 200, 429])
        answer = self.url_open("/monitor/test/key", data=b"x", headers=shop)
        self.assertEqual(answer.status_code, 200)

    def test_callers_with_a_key_take_no_calls_of_their_address(self):
        """Many behind one proxy, which is all that we see of them."""
        self.allow(address=2)
        keys = [self.bearer(user) for user in (self.shop, self.bank) for _key in "ab"]

        for key in keys:
            self.assertEqual(self.statuses(1, KEY_ROUTE, key), [200])
        wrong = {"Authorization": "Bearer wrong"}
        self.assertEqual(self.statuses(3, KEY_ROUTE, wrong), [401, 401, 429])

    def test_who_guesses_keys_holds_up_nobody_who_was_recognised_before(self):
        self.allow(address=2)
        shop, bank = self.bearer(self.shop), self.bearer(self.bank)
        wrong = {"Authorization": "Bearer wrong"}
        route = "/monitor/test/conflict-key"
        self.assertEqual(self.statuses(1, route, shop), [200])
        self.assertEqual(self.statuses(3, route, wrong), [401, 401, 429])

        self.assertEqual(self.statuses(3, route, shop), [200] * 3)
        self.assertEqual(self.statuses(1, route, bank), [429], "never seen before")
        self.assertEqual(self.statuses(1, route, wrong), [429], "no call given back")

        self.keys_of(self.shop)._remove()
        self.assertEqual(self.statuses(2, route, shop), [401, 429])

    def keys_of(self, user):
        return self.env["res.users.apikeys"].search([("user_id", "=", user.id)])

    def test_who_guesses_addresses_holds_up_no_known_one(self):
        self.allow(address=1)
        secret = "/monitor/test/secret/"
        self.assertEqual(self.statuses(1, f"{secret}a"), [200])
        self.assertEqual(self.statuses(2, f"{secret}unknown"), [404, 429])

        self.assertEqual(self.statuses(2, f"{secret}a"), [200, 200])
        self.assertEqual(self.statuses(1, f"{secret}b"), [429])

    def test_who_guesses_keys_is_told_what_is_left(self):
        answer = self.url_open(KEY_ROUTE, headers={"Authorization": "Bearer wrong"})

        self.assertEqual(answer.status_code, 401)
        self.assert_left(answer, 2, 1, 30)

    def test_each_secret_address_has_its_own_calls(self):
        self.allow(token=2, address=3)
        secret = "/monitor/test/secret/"

        self.assertEqual(self.statuses(3, f"{secret}a"), [200, 200, 429])
        self.assertEqual(self.statuses(3, f"{secret}b"), [200, 200, 429])
        self.assert_left(self.url_open(f"{secret}c"), 2, 1, 30)
        self.assertEqual(self.statuses(4, f"{secret}unknown"), [404] * 3 + [429])

    def test_a_conflict_does_not_count_as_a_second_call(self):
        self.allow(key=60)
        for path, headers, left in (
            ("/monitor/test/conflict", {}, (2, 1, 30)),
            ("/monitor/test/conflict-key", self.bearer(self.shop), (60, 59, 1)),
        ):
            CONFLICTS[:] = [Conflict("could not serialize")] * 2
            with patch("odoo.service.model.time"):
                answer = self.url_open(path, headers=headers)

            self.assertEqual(answer.status_code, 200)
            self.assert_left(answer, *left)

    def test_a_setting_counts_at_once_and_0_is_no_limit(self):
        self.allow(address=1)
        self.assertEqual(self.statuses(2, "/monitor/healthz")[1], 429)

        self.allow(address=0)
        answer = self.url_open("/monitor/test/seldom")

        self.assertNotIn(429, self.statuses(3, "/monitor/test/seldom"))
        self.assertNotIn("X-RateLimit-Limit", answer.headers)

    def save(self, **per_minute):
        self.env["res.config.settings"].create(
            {f"monitor_calls_per_{name}": value for name, value in per_minute.items()}
        ).execute()

    def test_limits_are_set_in_the_settings(self):
        defaults = {"key": 6000, "token": 600, "address": 600}
        self.assertEqual(self.shown(), defaults)

        self.save(key=7, token=8, address=9)
        self.assertEqual(self.shown(), {"key": 7, "token": 8, "address": 9})
        self.assert_left(self.url_open("/monitor/healthz"), 9, 8, 7)

        self.save(address=0)
        self.assertEqual(self.shown(), {"key": 7, "token": 8, "address": 0})

    def shown(self):
        settings = self.env["res.config.settings"].create({})
        names = ("key", "token", "address")
        return {name: settings[f"monitor_calls_per_{name}"] for name in names}

    def test_limits_without_sense_are_refused(self):
        for name in ("key", "token", "address"):
            for calls in (-1, 1_000_001):
                with self.subTest(name), self.assertRaises(ValidationError):
                    self.save(**{name: calls})

    def test_a_route_without_guard_is_left_alone(self):
        self.assertNotIn("X-RateLimit-Limit", self.url_open("/web/login").headers)

    def statuses_from(self, addresses):
        return [
            self.url_open(
                "/monitor/test/seldom",
                headers={"X-Forwarded-For": address, "X-Forwarded-Host": "odoo"},
            ).status_code
            for address in addresses
        ]

    def test_what_a_proxy_says_counts_where_odoo_believes_it(self):
        addresses = ["198.51.100.1", "198.51.100.2", "198.51.100.1", "198.51.100.1"]

        with patch.dict(config.options, {"proxy_mode": True}):
            self.assertEqual(self.statuses_from(addresses), [200, 200, 200, 429])
        self.assertEqual(self.statuses_from(addresses), [200, 200, 429, 429])
