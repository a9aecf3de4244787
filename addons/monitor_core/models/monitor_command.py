from typing import Any, NamedTuple

from odoo import api, fields, models

UNHEALTHY = ("failing", "late", "degraded")


class Subcommand(NamedTuple):
    """One word after ``odoo monitor``."""

    help: str
    add_arguments: Any  # takes an argparse parser
    run: Any  # takes the parsed options, returns (exit status, result)


class MonitorCommand(models.AbstractModel):
    """The subcommands of ``odoo monitor``; an addon adds its own by inheritance."""

    _name = "monitor.command"
    _description = "Monitor Command Line"

    @api.model
    def _subcommands(self):
        """Return ``{name: Subcommand}``.

        ``run`` returns ``(exit status, rows)``: status 0 all is well, 1 something asks
        for attention, 2 the command could not do its work; rows are dicts of plain
        values with the same keys, printed as a table or as JSON.
        """
        return {
            "health": Subcommand(
                "health of the workflows; exit status 1 if one needs attention",
                self._health_arguments,
                self._run_health,
            )
        }

    @api.model
    def _health_arguments(self, parser):
        parser.add_argument("codes", nargs="*", help="codes of workflows; all if none")
        parser.add_argument(
            "--refresh", action="store_true", help="bring the health up to date first"
        )

    @api.model
    def _run_health(self, options):
        if options.refresh:
            from ..tools import clock

            # As the tick does it: what one stage wrote is committed for the next
            self.env["monitor.tick"]._run(clock.utcnow(), commit=self.env.cr.commit)
        domain = [("code", "in", options.codes)] if options.codes else []
        # one time zone for all that is printed
        workflows = self.env["monitor.workflow"].with_context(tz="UTC").search(domain)
        order = {"failing": 0, "late": 1, "degraded": 2, "unknown": 3, "paused": 4}
        rows = [
            {
                "code": workflow.code,
                "name": workflow.name,
                "health": workflow.health,
                "last_run": fields.Datetime.to_string(workflow.last_run_at) or "",
                "reason": workflow.health_reason,
            }
            for workflow in workflows.sorted(
                lambda w: (order.get(w.health, 9), not w.last_run_at, w.name)
            )
        ]
        missing = set(options.codes) - set(workflows.mapped("code"))
        if missing:
            return 2, [
                {"error": f"no such workflow: {code}"} for code in sorted(missing)
            ]
        return int(any(row["health"] in UNHEALTHY for row in rows)), rows
