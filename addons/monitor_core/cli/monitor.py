"""``odoo monitor <subcommand> -d DATABASE``: the suite on the command line.

Loaded by Odoo as ``odoo.cli.monitor``, before any addon is imported; what it can do is
asked from the database's registry (``monitor.command``), so each installed addon adds
its own subcommands.
"""

import argparse
import json
import sys

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.cli.command import Command
from odoo.modules import db as odoo_db
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tools import config


class Monitor(Command):
    """Health, reports and checks of the Monitor suite"""

    name = "monitor"

    def run(self, cmdargs):
        """Parse, connect, run one subcommand; exit with its status (0, 1 or 2)."""
        options, rest = self._common_options(cmdargs)
        odoo_args = [
            "--no-http",
            *(["-d", options.database] if options.database else []),
        ]
        if options.config:
            odoo_args += ["-c", options.config]
        config.parse_config(odoo_args, setup_logging=True)
        databases = config["db_name"]
        if len(databases) != 1:
            if {"-h", "--help"} & set(rest):
                self._print_help()
                sys.exit(0)
            sys.exit(_complain("name one database with -d"))
        registry = _registry(databases[0])
        if registry is None or "monitor.command" not in registry:
            sys.exit(_complain(f"the Monitor is not installed in {databases[0]}"))
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            status = self._run_subcommand(env, rest, options)
        registry.signal_changes()  # servers forget what they cached of before
        sys.exit(status)

    def _common_options(self, cmdargs):
        parser = argparse.ArgumentParser(prog=f"{self.prog} monitor", add_help=False)
        parser.add_argument("-d", "--database")
        parser.add_argument("-c", "--config")
        parser.add_argument("--format", choices=("text", "json"), default="text")
        return parser.parse_known_args(cmdargs)

    def _print_help(self):
        """Print what can be said without a database; it has the subcommands."""
        print(
            "usage: odoo monitor -d DATABASE [-c CONFIG] [--format text|json] "
            "SUBCOMMAND ...\n\n"
            f"{self.__doc__}. With -d DATABASE --help, the subcommands that the "
            "addons installed there offer."
        )

    def _run_subcommand(self, env, args, options):
        parser = argparse.ArgumentParser(
            prog="odoo monitor",
            epilog="Always: -d DATABASE, -c CONFIG, --format text|json.",
        )
        subparsers = parser.add_subparsers(dest="subcommand", required=True)
        subcommands = env["monitor.command"]._subcommands()
        for name, subcommand in subcommands.items():
            subparser = subparsers.add_parser(name, help=subcommand.help)
            subcommand.add_arguments(subparser)
        parsed = parser.parse_args(args)
        status, rows = subcommands[parsed.subcommand].run(parsed)
        print(json.dumps(rows, indent=2) if options.format == "json" else _table(rows))
        return status


def _registry(database):
    """Return the database's registry, ``None`` where Odoo is not installed.

    Asked before a registry is built: that logs a traceback, and creates tables.
    """
    try:
        with db_connect(database).cursor() as cr:
            if not odoo_db.is_initialized(cr):
                return None
    except psycopg2.Error as error:
        sys.exit(_complain(str(error).strip()))
    return Registry(database)


def _complain(message):
    print(f"odoo monitor: {message}", file=sys.stderr)
    return 2


def _table(rows):
    """Return rows as text columns, each as wide as its longest value (60 at most)."""
    if not rows:
        return "nothing to show"
    names = list(rows[0])
    cells = [[str(row[name])[:60] for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [names, ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
