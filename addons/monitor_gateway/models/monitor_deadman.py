import logging
import threading

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

from odoo.addons.monitor_core.models import outgoing_http
from odoo.addons.monitor_core.tools import clock

_logger = logging.getLogger(__name__)

URL = "monitor_gateway.deadman_url"
INSECURE = "monitor_gateway.deadman_insecure"
TIMEOUT = 5  # seconds
MAX_ERROR = 500
# Databases of this process for which a ping is on its way: never two at once.
_on_their_way = set()
_lock = threading.Lock()


class MonitorDeadman(models.Model):
    """The dead-man's switch: what became of the pings that say "the monitor lives".

    A service outside (healthchecks.io, another server) is called after each tick
    without errors, and raises the alarm when the calls stop. One row, written by the
    pings alone: the tick never waits for it.
    """

    _name = "monitor.deadman"
    _description = "Monitor Dead-Man's Switch"
    _log_access = False

    last_ping_at = fields.Datetime(readonly=True, help="Last ping that was answered.")
    last_error = fields.Char(readonly=True)
    last_error_at = fields.Datetime(readonly=True)
    ping_count = fields.Integer(readonly=True)
    error_count = fields.Integer(readonly=True)

    @api.model
    def _ping_after_commit(self):
        """Have the ping sent once this transaction is committed, if all is well.

        What is well is what ``/monitor/healthz`` answers 200 for. The request is made
        in a thread of its own: no transaction is open while it lasts, and the tick
        does not wait for it.
        """
        url, insecure = self._address()
        state = self.env["monitor.tick"]._state(clock.utcnow())
        if url and state["status"] == "ok":
            dbname = self.env.cr.dbname
            self.env.cr.postcommit.add(lambda: start_ping(dbname, url, insecure))

    @api.model
    def _address(self):
        """Return the address to call (or ``None``), and whether it may be unsafe."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return (get_param(URL) or "").strip() or None, get_param(INSECURE) == "True"

    @api.model
    def _get(self):
        """Return the one row; empty before the first ping."""
        return self.search([], limit=1)

    @api.model
    def _record(self, now, error):
        """Store what became of a ping; ``error`` is ``None`` when it was answered."""
        now = now.replace(microsecond=0)
        row = self._get() or self.create({})
        if error:
            row.write(
                {
                    "last_error": error,
                    "last_error_at": now,
                    "error_count": row.error_count + 1,
                }
            )
        else:
            row.write({"last_ping_at": now, "ping_count": row.ping_count + 1})


def start_ping(dbname, url, insecure):
    """Send the ping in the background; skip it while the last one is on its way."""
    with _lock:
        if dbname in _on_their_way:
            return None
        _on_their_way.add(dbname)
    # A daemon: a server that shuts down does not wait for somebody else's.
    thread = threading.Thread(
        target=_ping, args=(dbname, url, insecure), name="monitor-deadman", daemon=True
    )
    try:
        thread.start()
    except RuntimeError:  # no more threads: the tick must not fail for it
        _on_their_way.discard(dbname)
        _logger.warning("The dead-man's ping could not be started", exc_info=True)
    return thread


def _ping(dbname, url, insecure):
    threading.current_thread().dbname = dbname  # for the log
    try:
        error = send_ping(url, insecure)
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["monitor.deadman"]._record(clock.utcnow(), error)
    except Exception:
        # The database went away, or another node wrote at the same moment.
        _logger.warning("The dead-man's ping was not recorded", exc_info=True)
    finally:
        _on_their_way.discard(dbname)


def send_ping(url, insecure):
    """Make the request; return what went wrong, or ``None``."""
    try:
        response = outgoing_http.get(
            url,
            allow_http=insecure,
            allow_private=insecure,
            timeout=TIMEOUT,
            stream=True,  # nobody reads the answer, however long it is
            headers={"User-Agent": "odoo-monitor"},
        )
        response.close()
    except Exception as error:
        return in_words(error, url)  # whatever it is, the administrator should see it
    if not response.ok:
        return f"HTTP {response.status_code}"
    return None


def in_words(error, url):
    """Return what went wrong, without the path: whoever knows it can ping as well.

    Errors of ``requests`` hold the cause at their end, after what they have quoted.
    """
    cause = getattr(error.args[0] if error.args else None, "reason", error)
    text = str(cause).rpartition(": ")[2]
    path = url.partition("://")[2].partition("/")[2]
    if path:
        text = text.replace(path, "…")
    return f"{type(error).__name__}: {text}"[:MAX_ERROR]
