"""Running ``odoo monitor`` inside a test."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout

from odoo.tests import TransactionCase

from ..cli.monitor import Monitor
from .common import MonitorCase


class CommandCase(MonitorCase, TransactionCase):
    """Use as ``class TestX(CommandCase)``."""

    def command(self, *args):
        """Run ``odoo monitor ARGS``; return exit status and standard output."""
        monitor = Monitor()
        options, rest = monitor._common_options(args)
        output = io.StringIO()
        with redirect_stdout(output):
            status = monitor._run_subcommand(self.env, rest, options)
        return status, output.getvalue()

    def usage_error(self, *args):
        """Run a command that is wrong; return what it says on standard error."""
        complaint = io.StringIO()
        with redirect_stderr(complaint), self.assertRaises(SystemExit) as exit_:
            self.command(*args)
        self.assertEqual(exit_.exception.code, 2)
        return complaint.getvalue()

    def json_of(self, *args):
        """Run ``odoo monitor ARGS``; return exit status and rows."""
        status, output = self.command(*args, "--format", "json")
        return status, json.loads(output)
