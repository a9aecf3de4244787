"""What tests of routes for machines share: the cast of the Monitor, and their keys."""

from odoo.addons.monitor_core.tests.common import MonitorCase


class GatewayCase(MonitorCase):
    """Use as ``class TestX(GatewayCase, HttpCase)``."""

    def key_of(self, user):
        """Return an API key of that user."""
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        return keys._generate("rpc", "Tests", False)

    def ask(self, url, user=None, **headers):
        """GET as a machine does: with the key of ``user``, or with none."""
        if user:
            headers["Authorization"] = f"Bearer {self.key_of(user)}"
        return self.url_open(url, headers=headers)

    def assert_error(self, response, status, code):
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.json()["error"]["code"], code)
