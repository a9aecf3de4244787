import json
import socket
from http.client import HTTPResponse
from unittest.mock import patch

from odoo.tests import tagged

from ..controllers import guard
from .guard_case import GuardCase


@tagged("post_install", "-at_install", "monitor")
class TestGuardLimits(GuardCase):
    """Methods, sizes and rates are checked before anything is parsed."""

    def test_a_body_within_the_limit_arrives(self):
        response = self.url_open("/monitor/test/echo", data=b"x" * 100)

        self.assertEqual((response.status_code, response.json()), (200, 100))

    def test_a_larger_body_is_refused_with_the_limit(self):
        response = self.url_open("/monitor/test/echo", data=b"x" * 101)

        error = self.assert_error(response, 413, "too_large")
        self.assertEqual(error["details"], {"limit": 100})

    def test_a_larger_body_of_unknown_length_is_refused_too(self):
        chunks = iter([b"x" * 60, b"x" * 60])  # sent chunked, without Content-Length

        response = self.url_open("/monitor/test/echo", data=chunks)

        self.assert_error(response, 413, "too_large")

    def test_a_body_of_unknown_length_within_the_limit_arrives(self):
        response = self.url_open(
            "/monitor/test/echo", data=iter([b"x" * 60, b"x" * 40])
        )

        self.assertEqual((response.status_code, response.json()), (200, 100))

    def test_a_wrong_method_is_refused_before_the_size(self):
        response = self.url_open("/monitor/test/echo", data=b"x" * 200, method="PUT")

        self.assert_error(response, 405, "method_not_allowed")
        self.assertEqual(response.headers["Allow"], "POST")

    def assert_too_large(self, body, content_type, path="/monitor/test/echo"):
        headers = {"Content-Type": content_type}
        response = self.url_open(path, data=body, headers=headers)
        self.assert_error(response, 413, "too_large")

    def test_forms_are_refused_before_they_are_parsed(self):
        multipart = (
            b"--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n"
            + b"x" * 200
            + b"\r\n--b--\r\n"
        )
        for content_type, body in (
            ("application/x-www-form-urlencoded", b"a=" + b"x" * 200),
            ("multipart/form-data; boundary=b", multipart),
        ):
            with self.subTest(content_type):
                self.assert_too_large(body, content_type)
                self.assert_too_large(iter([body]), content_type)  # in chunks

    def test_a_form_within_the_limit_arrives_parsed_and_raw(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for body in (b"a=1&b=2", iter([b"a=1", b"&b=2"])):
            response = self.url_open("/monitor/test/echo", data=body, headers=form)

            self.assertEqual(response.json(), {"length": 7, "params": ["a", "b"]})

    def send_raw(self, *lines, body=b""):
        """Send a request that no proper client makes; return status and answer."""
        head = ["POST /monitor/test/echo HTTP/1.1", "Host: localhost", *lines, "", ""]
        address = ("127.0.0.1", self.http_port())
        with (
            self.allow_requests(all_requests=True),
            socket.create_connection(address, timeout=20) as client,
        ):
            client.sendall("\r\n".join(head).encode() + body)
            answer = HTTPResponse(client)
            answer.begin()
            return answer.status, json.loads(answer.read())

    def test_an_absurd_length_is_refused_unread(self):
        status, answer = self.send_raw("Content-Length: 99999999999")

        self.assertEqual((status, answer["error"]["code"]), (413, "too_large"))

    def test_a_wrong_length_beside_chunks_is_not_believed(self):
        chunks = b"ff\r\n" + b"x" * 255 + b"\r\n0\r\n\r\n"

        for encoding in ("chunked", "Chunked"):
            status, answer = self.send_raw(
                "Content-Length: 5", f"Transfer-Encoding: {encoding}", body=chunks
            )
            self.assertEqual((status, answer["error"]["code"]), (413, "too_large"))

    def test_a_body_for_an_unknown_path_is_bounded(self):
        form = "application/x-www-form-urlencoded"
        with patch.object(guard, "MAX_BODY", 100):
            self.assert_too_large(b"a=" + b"x" * 200, form, "/monitor/test/nowhere")

    def test_method_and_size_come_before_the_key(self):
        response = self.url_open("/monitor/test/key")
        self.assert_error(response, 405, "method_not_allowed")

        response = self.url_open("/monitor/test/key", data=b"x" * 101)
        self.assert_error(response, 413, "too_large")
