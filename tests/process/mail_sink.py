"""A real mail server that keeps what it takes."""

import email
import email.policy

from aiosmtpd.controller import Controller
from testrun.server import free_port

#: Has Odoo send by the server on ``{port}``, for ``odoo shell``.
USE_SINK = """
env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create(
    {{"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": {port}}})
"""


class MailSink:
    """``mails``: what was accepted, as :class:`email.message.EmailMessage`."""

    def __init__(self):
        self.mails = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server, _session, envelope):
        """Take a mail; aiosmtpd names this method."""
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        return "250 OK"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_error):
        self._controller.stop()
