import random

from odoo import api, fields, models, release
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.monitor_core.tools import clock, payload, redaction, sealed

from ..tools import otlp, otlp_answer
from . import otlp_sender
from .otlp_sender import Collector

PREFIX = "monitor_gateway.export_"
BOTH = "both"


class MonitorExport(models.Model):
    """What a collector of OpenTelemetry has been told, and what became of it.

    One row, written by the scheduled action *Monitor: export* alone. What waits is not
    queued anew: closing events that were committed between two PostgreSQL snapshots
    are what is to be sent, so no run is missed however late its transaction commits,
    and none is sent again unless the server died between an answer and its record
    (at least once), or the run was corrected.
    """

    _name = "monitor.export"
    _description = "Monitor Export"
    _log_access = False

    done_snapshot = fields.Char(help="All that it sees was sent.")
    target_snapshot = fields.Char(help="What it sees besides is being sent.")
    last_event_id = fields.Integer(help="Up to this event of the target, that is.")
    failures = fields.Integer(help="In a row.")
    next_attempt_at = fields.Datetime()
    last_success_at = fields.Datetime()
    last_error = fields.Char()
    last_error_at = fields.Datetime()
    sent_count = fields.Integer(help="Runs that the collector took.")
    rejected_count = fields.Integer(help="Runs that the collector did not take.")
    dropped_count = fields.Integer(help="Runs that waited too long for it.")

    @api.model
    def _cron_export(self):
        """Send what ended since the last time, and the metrics as they are now."""
        row, now = self._get(), clock.utcnow()
        parameters = self._parameters()
        what = parameters.get("what", BOTH)
        if not self._is_on(parameters):
            return row._forget()  # starts from then on when it is switched on
        if what == "metrics":
            row._forget()
        elif not row.done_snapshot:
            row.done_snapshot = self.env["monitor.event.fold"]._current_snapshot()
        collector = self._collector()
        if not collector or (row.next_attempt_at and now < row.next_attempt_at):
            return None
        with_details = parameters.get("details") == "True"
        if what != "metrics" and not row._export_runs(collector, with_details):
            return None
        if what != "runs":
            row._export_metrics(collector)
        return None

    @api.model
    def _get(self):
        """Return the one row, made on first use."""
        return self.search([], limit=1) or self.create({})

    # What is configured

    @api.model
    def _parameters(self):
        """Return ``{name: text}`` of what is configured."""
        # sudo: settings are for administrators, the export works for all
        parameters = self.env["ir.config_parameter"].sudo()
        found = parameters.search_fetch([("key", "=like", f"{PREFIX}%")])
        return {one.key.removeprefix(PREFIX): one.value for one in found}

    @api.model
    def _collector(self):
        """Return where to send to; ``None`` while nothing is to be sent."""
        parameters = self._parameters()
        if not self._is_on(parameters):
            return None
        try:
            headers = self._headers(parameters.get("headers"))
        except sealed.SealError as error:
            self._get()._note_error(clock.utcnow(), f"Headers: {error}")
            return None
        url = parameters["url"].strip()
        return Collector(url, headers, parameters.get("insecure") == "True")

    @api.model
    def _is_on(self, parameters):
        url = (parameters.get("url") or "").strip()
        return parameters.get("enabled") == "True" and bool(url)

    @api.model
    def _try_again(self):
        """Ask the collector at once: its settings were changed."""
        self._get().write({"failures": 0, "next_attempt_at": False})

    @api.model
    def _headers(self, stored):
        if not stored:
            return {}
        text = sealed.unseal(stored, self.env["monitor.config"]._secret_key())
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
        return {name.strip(): value.strip() for name, value in pairs}

    @api.model
    def _scope(self):
        """Return who tells it."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        resource = {
            "service.name": "odoo",
            "service.instance.id": get_param("database.uuid"),
            "service.version": release.version,
            "db.namespace": self.env.cr.dbname,
            "url.full": get_param("web.base.url"),
        }
        module = self.env["ir.module.module"].sudo()._get("monitor_gateway")
        return otlp.Scope(resource, module.installed_version or "")

    def _postpone(self, verdict):
        """Try again later, and keep no more than a bounded number until then."""
        now = clock.utcnow()
        failures = self.failures + 1
        self._note_error(now, verdict.error)
        self.write(
            {
                "failures": failures,
                "next_attempt_at": otlp_answer.next_attempt(
                    now, failures, verdict.wait, random.random
                ).replace(microsecond=0),
            }
        )
        self._drop_oldest()
        self._commit()

    # Metrics

    def _export_metrics(self, collector):
        """Send all metrics; what is lost is in the next: they are cumulative."""
        now = clock.utcnow()
        # sudo: as a scrape of all companies
        families = self.env["monitor.metrics"].sudo()._families()
        request = otlp.metrics_request(self._scope(), families, self._since(), now)
        self._commit()
        verdict = otlp_sender.send(collector, "metrics", request)
        if verdict.again:
            self._postpone(verdict)
        else:
            self._note(verdict, 0)
        self._commit()

    @api.model
    def _since(self):
        """Return when counters began: with the database."""
        created = (
            self.env["ir.config_parameter"].sudo().get_param("database.create_date")
        )
        return fields.Datetime.to_datetime(created) or fields.Datetime.from_string(
            "2026-01-01 00:00:00"
        )

    # What became of it

    def _note(self, verdict, count):
        now = clock.utcnow()
        if verdict.error:
            self._note_error(now, verdict.error)
        refused = verdict.rejected if verdict.sent else count
        refused = min(refused, count)
        values = {
            "failures": 0,
            "next_attempt_at": False,
            "sent_count": self.sent_count + count - refused,
            "rejected_count": self.rejected_count + refused,
        }
        if verdict.sent:
            values["last_success_at"] = now.replace(microsecond=0)
        self.write(values)

    def _note_error(self, now, error):
        """Show what went wrong; a collector may answer anything, also our headers."""
        policy = self.env["monitor.config"]._redaction()
        error = redaction.redact_text(payload.storable_text(error or ""), policy)
        self.write({"last_error": error, "last_error_at": now.replace(microsecond=0)})

    def _forget(self):
        """Start anew when it is switched on again: what ended meanwhile is not sent."""
        if self.done_snapshot:
            self.write(
                {
                    "done_snapshot": False,
                    "target_snapshot": False,
                    "failures": 0,
                    "next_attempt_at": False,
                }
            )

    def _commit(self):
        self.env["ir.cron"]._commit_progress()

    def _in_words(self):
        """Return what became of the export so far, as a sentence."""
        told = [
            self.env._("%s runs sent", self.sent_count),
            self.env._("%s waiting", self._waiting_count()),
        ]
        if self.rejected_count:
            told.append(self.env._("%s refused", self.rejected_count))
        if self.dropped_count:
            told.append(self.env._("%s dropped", self.dropped_count))
        if self.last_success_at:
            told.append(
                self.env._(
                    "last answered %s",
                    format_datetime(self.env, self.last_success_at, dt_format="short"),
                )
            )
        return ", ".join(told)

    # By hand

    @api.model
    def _test_connection(self):
        """Ask the collector to take nothing; return a sentence, or raise one."""
        collector = self._collector()
        if not collector:
            raise UserError(
                self.env._(
                    "Switch the export on, enter the address of a collector and save."
                )
            )
        verdict = otlp_sender.send(collector, "traces", {"resourceSpans": []})
        if not verdict.sent:
            raise UserError(
                self.env._(
                    "%(address)s does not take runs: %(error)s",
                    address=collector.address("traces"),
                    error=verdict.error,
                )
            )
        return self.env._("%s takes runs.", collector.address("traces"))
