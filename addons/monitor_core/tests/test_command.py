import io
import json
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import MagicMock, patch

from odoo.tests import tagged

from ..cli import monitor as cli_monitor
from ..cli.monitor import Monitor
from ..models.monitor_command import Subcommand
from .command_case import CommandCase


@tagged("post_install", "-at_install", "monitor")
class TestCommand(CommandCase):
    """``odoo monitor``; the command in a process of its own is tested in tests/rpc."""

    def setUp(self):
        super().setUp()
        self.make_flow(steps=(), code="good", name="Good")
        self.make_flow(steps=(), code="bad", name="Bad")
        api = self.api_of(self.service)
        for code, outcome, error in (
            ("good", "succeeded", None),
            ("bad", "failed", "no"),
        ):
            for number in range(3):
                api.run_start(code, f"{number}")
                api.run_finish(code, f"{number}", outcome, error)
        self.tick()

    def test_a_healthy_workflow_is_status_0(self):
        status, output = self.command("health", "good")

        self.assertEqual(status, 0)
        self.assertRegex(output, r"good\s+Good\s+healthy")

    def test_an_unhealthy_workflow_is_status_1(self):
        status, output = self.command("health", "good", "bad")

        self.assertEqual(status, 1)
        self.assertRegex(output, r"bad\s+Bad\s+failing")

    def test_an_unknown_workflow_is_status_2_and_named(self):
        status, output = self.command("health", "good", "no-such-flow")

        self.assertEqual(status, 2)
        self.assertIn("no such workflow: no-such-flow", output)

    def test_the_worst_comes_first(self):
        _status, output = self.command("health", "good", "bad")

        heading, line, first, second = output.splitlines()
        self.assertEqual(
            heading.split(), ["code", "name", "health", "last_run", "reason"]
        )
        self.assertRegex(line, r"^[- ]+$")
        self.assertTrue(first.startswith("bad"))
        self.assertTrue(second.startswith("good"))

    def test_columns_are_aligned(self):
        _status, output = self.command("health", "good", "bad")

        heading, _line, first, second = output.splitlines()
        column = heading.index("health")
        self.assertEqual(first[column:].split()[0], "failing")
        self.assertEqual(second[column:].split()[0], "healthy")

    def test_without_codes_all_workflows_are_shown(self):
        _status, output = self.command("health")

        self.assertIn("base.autovacuum_job", output)

    def test_json_is_for_programs(self):
        status, output = self.command("health", "bad", "--format", "json")

        (row,) = json.loads(output)
        self.assertEqual(status, 1)
        self.assertEqual((row["code"], row["health"]), ("bad", "failing"))
        self.assertIn("no", row["reason"])

    def test_json_of_an_unknown_workflow_is_json_too(self):
        status, output = self.command("--format", "json", "health", "no-such-flow")

        self.assertEqual(status, 2)
        self.assertEqual(
            json.loads(output), [{"error": "no such workflow: no-such-flow"}]
        )

    def test_refresh_looks_before_it_answers(self):
        api = self.api_of(self.service)
        api.run_start("good", "last")
        api.run_finish("good", "last", "failed", "no")

        self.assertEqual(self.command("health", "good")[0], 0)
        with patch.object(self.env.cr, "commit") as commit:
            self.assertEqual(self.command("health", "good", "--refresh")[0], 1)
        self.assertEqual(
            commit.call_count,
            len(self.env["monitor.tick"]._stages()),
            "each stage is committed, else what it wrote would be counted twice",
        )

    def test_no_workflow_at_all_is_said(self):
        self.env["monitor.workflow"].search([]).active = False

        self.assertEqual(self.command("health"), (0, "nothing to show\n"))

    def test_an_unknown_subcommand_is_a_usage_error(self):
        self.assertIn("health", self.usage_error("helth"))

    def test_no_subcommand_is_a_usage_error(self):
        self.assertIn("subcommand", self.usage_error())

    def run_without_database(self, *args):
        """Run the command as with no database in ``odoo.conf``; return its status."""
        monitor = Monitor()
        self.printed = io.StringIO()
        with (
            patch.object(cli_monitor, "config", MagicMock()) as config,
            redirect_stdout(self.printed),
            redirect_stderr(self.printed),
            self.assertRaises(SystemExit) as exit_,
        ):
            config.__getitem__.return_value = []
            monitor.run(list(args))
        return exit_.exception.code

    def test_help_needs_no_database(self):
        for option in ("--help", "-h"):
            self.assertEqual(self.run_without_database(option), 0)
            self.assertIn("usage: ", self.printed.getvalue())
            self.assertIn("-d DATABASE", self.printed.getvalue())

    def test_without_a_database_nothing_else_is_done(self):
        self.assertEqual(self.run_without_database("health"), 2)
        self.assertIn("name one database", self.printed.getvalue())

    def test_help_with_a_database_names_the_subcommands(self):
        output = io.StringIO()
        with redirect_stdout(output), self.assertRaises(SystemExit) as exit_:
            Monitor()._run_subcommand(self.env, ["--help"], None)

        self.assertEqual(exit_.exception.code, 0)
        self.assertIn("health of the workflows", output.getvalue())

    def test_an_unknown_format_is_a_usage_error(self):
        self.assertIn("text", self.usage_error("health", "--format", "yaml"))

    def test_an_addon_adds_a_subcommand(self):
        commands = type(self.env["monitor.command"])
        original = commands._subcommands

        def extended(model):
            count = Subcommand(
                "count",
                lambda parser: parser.add_argument("--by", type=int, default=1),
                lambda options: (0, [{"n": options.by}]),
            )
            return {**original(model), "count": count}

        self.patch(commands, "_subcommands", extended)

        self.assertEqual(self.command("count", "--by", "7"), (0, "n\n-\n7\n"))
