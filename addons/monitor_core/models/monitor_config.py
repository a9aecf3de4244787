import logging
import os
from functools import lru_cache
from typing import NamedTuple

import psycopg2

from odoo import api, models, tools
from odoo.tools import SQL, config

from ..tools import clock, redaction, secret_key
from ..tools.scales import CRITICALITIES

_logger = logging.getLogger(__name__)

PREFIX = "monitor_core."
SOURCE_SWITCHES = {
    "ir.cron": "capture_cron",
    "base.automation": "capture_automation",
    "ir.actions.server": "capture_server_action",
}
# Least and most of a number; a mistake here must not delete a company's history.
RANGES = {
    "default_grace_minutes": (0, 43_200),  # 30 days
    "context_limit_kb": (1, 1024),
    "run_retention_days": (1, 3650),
    "event_short_days": (1, 366),
    "event_standard_days": (30, 3_660),
    "event_long_days": (366, 36_525),
    "calls_per_key": (0, 1_000_000),
    "calls_per_token": (0, 1_000_000),
    "calls_per_address": (0, 1_000_000),
}
KEPT = sorted(redaction.DETECTORS)
#: Their values are secrets under names that do not tell.
NEVER_FOLLOWED = frozenset({"ir.config_parameter", "res.config.settings"})
MAX_DIGITS = 18  # more is no number that anybody meant
MAX_NUMBER = 10**MAX_DIGITS


class Switches(NamedTuple):
    """The parsed ``monitor_core.*`` system parameters."""

    enabled: bool = True
    capture_cron: bool = True
    capture_automation: bool = True
    capture_server_action: bool = True
    default_grace_minutes: int = 0  # 0: 10 % of the interval, 5 minutes to 1 hour
    default_criticality: str = "medium"
    context_limit_kb: int = 16
    run_retention_days: int = 90
    event_short_days: int = 30
    event_standard_days: int = 400
    event_long_days: int = 2555
    redact_keys: str = ""  # further names of secret fields, by comma
    redact_never: str = ""  # names that look secret and are not
    keep_emails: bool = False
    keep_phones: bool = False
    keep_ibans: bool = False
    keep_cards: bool = False
    followed_models: str = ""  # whose changes by automations are kept, by comma
    # Calls a minute in each process (controllers/throttle.py); 0: no limit
    calls_per_key: int = 6000
    calls_per_token: int = 600
    calls_per_address: int = 600

    def captures(self, source_model):
        """Whether executions of this kind of source are recorded."""
        return self.enabled and getattr(self, SOURCE_SWITCHES[source_model])


class MonitorConfig(models.AbstractModel):
    """The one reader of the suite's settings; everything else asks here."""

    _name = "monitor.config"
    _description = "Monitor Configuration"

    @api.model
    @tools.ormcache(cache="stable")
    def _switches(self):
        """Return :class:`Switches`; costs one query after a change, none otherwise.

        Called from the capture path, hence inside a savepoint: a query that fails
        here must not abort the business transaction.
        """
        cr = self.env.cr
        with cr.savepoint(flush=False):
            cr.execute(
                SQL(
                    "SELECT key, value FROM ir_config_parameter WHERE key LIKE %s",
                    PREFIX + "%",
                ),
                log_exceptions=False,
            )
            stored = {key.removeprefix(PREFIX): value for key, value in cr.fetchall()}
        return parse_switches(stored)

    @api.model
    def _followed_models(self):
        """Return the names of the models whose changes by automations are kept."""
        switches = self._switches()
        if not switches.enabled:
            return frozenset()
        return names_of(switches.followed_models) - NEVER_FOLLOWED

    @api.model
    def _redaction(self):
        """Return what is hidden of what is stored (:class:`redaction.Policy`).

        Also asked while an error is described, when the database may refuse to answer:
        the default then, which hides what most people want hidden.
        """
        try:
            return redaction_policy(self._switches())
        except psycopg2.Error:
            return redaction.DEFAULT

    @api.model
    def _number(self, parameter, default, minimum=0, maximum=MAX_NUMBER):
        """Return a system parameter as a whole number from ``minimum`` to ``maximum``.

        Without a number there, the default; what is out of bounds is brought to them.
        """
        # sudo: settings like these are no secrets
        text = self.env["ir.config_parameter"].sudo().get_param(parameter)
        found = _parse(text or "", 0)
        return default if found is None else min(max(found, minimum), maximum)

    @api.model
    def _secret_key(self):
        """Return the raw key from ``odoo.conf`` or the environment, or ``None``."""
        return secret_key.resolve_key(
            config.get("monitor_secret_key"), os.environ.get("MONITOR_SECRET_KEY")
        )

    @api.model
    def _settings_changed(self):
        """Judge all workflows by the new settings at once.

        Another thread of this process may read the old settings once more before they
        are committed, and keep them: they are forgotten again after the commit.
        """
        self.env.flush_all()
        registry = self.env.registry
        self.env.cr.postcommit.add(lambda: registry.clear_cache("stable"))
        # sudo: whoever may change the settings changes the board with them
        workflows = self.env["monitor.workflow"].sudo().search([("active", "=", True)])
        self.env["monitor.health"].sudo()._refresh(workflows.ids, clock.utcnow())


@lru_cache(maxsize=16)
def names_of(text):
    """Return the names in a text, by comma."""
    return frozenset(filter(None, map(str.strip, text.split(","))))


@lru_cache(maxsize=16)
def redaction_policy(switches):
    """Return the :class:`redaction.Policy` that these settings ask for."""
    kept = [name for name in KEPT if getattr(switches, f"keep_{name}s")]
    return redaction.make_policy(
        switches.redact_keys.split(","), switches.redact_never.split(","), kept
    )


def parse_switches(stored):
    """Turn stored strings into :class:`Switches`; an unusable value keeps the default.

    A number that is too large counts as the largest: nobody who wants to keep runs for
    centuries wants to lose them after 90 days.

    :param stored: ``{name: text}`` as found in the system parameters
    """
    values = {}
    for name, default in Switches._field_defaults.items():
        text = stored.get(name)
        if text is None:
            continue
        value = _parse(text, default)
        if value is not None and name in RANGES:
            minimum, maximum = RANGES[name]
            value = None if value < minimum else min(value, maximum)
        if value is None or (
            name == "default_criticality" and value not in dict(CRITICALITIES)
        ):
            _logger.warning("System parameter %s%s: %r ignored", PREFIX, name, text)
            continue
        values[name] = value
    return Switches(**values)


def _parse(text, default):
    """Return ``text`` as the type of ``default``; ``None`` when it is not one."""
    if isinstance(default, bool):
        return text.strip().lower() not in ("false", "0", "no", "off", "")
    if isinstance(default, int):
        text = text.strip()
        return int(text[:MAX_DIGITS]) if text.isascii() and text.isdigit() else None
    return text.strip()
