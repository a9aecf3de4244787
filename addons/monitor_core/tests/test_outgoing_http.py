import os
from unittest.mock import patch

import requests

from odoo.tests import BaseCase, tagged

from ..models import outgoing_http
from ..tools.outgoing import Refused
from .receiver import receiver

ALLOWED = {"allow_http": True, "allow_private": True}


@tagged("post_install", "-at_install", "monitor")
class TestOutgoingHttp(BaseCase):
    """A request arrives where it may go, and nothing is sent anywhere else."""

    def test_what_is_allowed_arrives(self):
        with receiver(status=204) as (url, paths):
            answer = outgoing_http.get(f"{url}/a?b=c", **ALLOWED)

        self.assertEqual((answer.status_code, paths), (204, ["/a?b=c"]))

    def test_options_are_those_of_requests(self):
        with receiver() as (url, _paths):
            answer = outgoing_http.post(
                url, json={"a": 1}, headers={"X-Test": "yes"}, **ALLOWED
            )

        self.assertEqual(answer.request.method, "POST")
        self.assertEqual(answer.request.body, b'{"a": 1}')
        self.assertEqual(answer.request.headers["X-Test"], "yes")

    def test_http_and_the_private_network_are_refused_at_first(self):
        with receiver() as (url, paths):
            for options in ({}, {"allow_http": True}, {"allow_private": True}):
                with self.subTest(options), self.assertRaises(Refused):
                    outgoing_http.get(url, **options)

        self.assertEqual(paths, [])

    def test_a_name_that_meanwhile_means_another_address(self):
        """The name server said a public address, the connection went elsewhere."""
        with (
            receiver() as (url, paths),
            patch.object(outgoing_http, "_resolve", lambda *_name: ["93.184.216.34"]),
            self.assertRaisesRegex(Refused, "127.0.0.1 is a private address"),
        ):
            outgoing_http.get(url, allow_http=True)

        self.assertEqual(paths, [])

    def test_the_same_for_https(self):
        with (
            receiver() as (url, _paths),
            patch.object(outgoing_http, "_resolve", lambda *_name: ["93.184.216.34"]),
            self.assertRaisesRegex(Refused, "127.0.0.1 is a private address"),
        ):
            outgoing_http.get(url.replace("http:", "https:"))

    def test_redirects_are_not_followed(self):
        with receiver(status=307, headers={"Location": "/b"}) as (url, paths):
            answer = outgoing_http.get(f"{url}/a", **ALLOWED)

        self.assertEqual((answer.status_code, paths), (307, ["/a"]))

    def test_proxies_of_the_environment_are_not_used(self):
        proxy = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        with receiver() as (url, paths), patch.dict(os.environ, proxy):
            outgoing_http.get(f"{url}/direct", **ALLOWED)

        self.assertEqual(paths, ["/direct"])

    def test_nothing_waits_for_ever(self):
        with (
            receiver() as (url, _paths),
            patch.object(requests.Session, "request") as request,
        ):
            outgoing_http.get(url, **ALLOWED)
            self.assertEqual(request.call_args.kwargs["timeout"], 10)
            outgoing_http.get(url, timeout=5, **ALLOWED)
            self.assertEqual(request.call_args.kwargs["timeout"], 5)
