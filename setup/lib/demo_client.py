"""How the demo's people and systems talk to Odoo: from outside, over HTTP."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

import requests

TIMEOUT = 120
HOME = Path(os.environ.get("DEMO_HOME", "."))
URL = os.environ.get("DEMO_URL", "http://localhost:8069")
DATABASE = os.environ.get("DEMO_DB", "monitor_demo")


class Refused(Exception):
    """Odoo answered a call with an error; ``name`` is the class of the exception."""

    def __init__(self, status, name, message):
        super().__init__(f"{status} {name}: {message}")
        self.status = status
        self.name = name


class Surprise(Exception):
    """Something went otherwise than the demo's story says."""


class Person:
    """A user who works with Odoo through its external API (JSON-2)."""

    def __init__(self, login):
        self.login = login
        self.password = login
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"bearer {_keys()[login]}"
        self.session.headers["X-Odoo-Database"] = DATABASE

    def call(self, model, method, ids=None, context=None, **arguments):
        """Call a method, give its result; raise :class:`Refused` on an error."""
        body = dict(arguments)
        if ids is not None:
            body["ids"] = list(ids)
        if context is not None:
            body["context"] = context
        answer = self.session.post(
            f"{URL}/json/2/{model}/{method}", json=body, timeout=TIMEOUT
        )
        if answer.ok:
            return answer.json()
        raise _refusal(answer)

    def create(self, model, **values):
        """Make one record; return its id."""
        return self.call(model, "create", vals_list=[values])[0]

    def write(self, model, ids, **values):
        """Change records."""
        return self.call(model, "write", ids=ids, vals=values)

    def search(self, model, *domain, limit=None, order=None):
        """Return the ids of records."""
        return self.call(model, "search", domain=list(domain), limit=limit, order=order)

    def rows(self, model, *domain, names, **options):
        """Return records as dicts."""
        return self.call(
            model, "search_read", domain=list(domain), fields=list(names), **options
        )

    def row(self, model, *domain, names):
        """Return one record as a dict, or complain."""
        rows = self.rows(model, *domain, names=names, limit=1)
        if not rows:
            raise LookupError(f"there is no {model} with {domain}")
        return rows[0]


def _refusal(answer):
    try:
        error = answer.json()
        return Refused(answer.status_code, error["name"], error["message"])
    except (ValueError, KeyError, TypeError):
        return Refused(answer.status_code, "HTTP", answer.text[:300])


def _keys():
    return json.loads((HOME / "keys.json").read_text())


def wait_until(condition, seconds, what):
    """Ask ``condition`` until it says yes, for ``seconds`` at most."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.3)
    raise TimeoutError(f"after {seconds} s still not: {what}")


def run_scheduled(admin, *names):
    """Make scheduled actions due now, as an administrator does in the form.

    Odoo's scheduler runs them; the server tells it at once, because it was started
    with ODOO_NOTIFY_CRON_CHANGES. One that is running already is left alone.
    """
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    for name in names:
        ids = admin.search("ir.cron", ["cron_name", "=", name])
        with suppress(Refused):
            admin.write("ir.cron", ids, nextcall=now)


def tell(text):
    """Show progress to the person who waits, beside the log."""
    print(text, flush=True)
    with suppress(OSError), open(3, "w", closefd=False) as screen:
        screen.write(text + "\n")
