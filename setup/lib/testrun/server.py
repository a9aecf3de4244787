"""A real Odoo server process, for clients and for tests that kill it."""

import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar

from .outcome import unexpected_log_lines
from .settings import REPO

START_TIMEOUT = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end_with_parent():
    """In the child: be killed when the tests are (Linux)."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class RpcError(Exception):
    """The server answered with an error; ``data`` is its description."""

    def __init__(self, error):
        self.data = error.get("data", {})
        super().__init__(self.data.get("message") or error.get("message"))


class OdooServer:
    """One database, one port; ``options`` are those of Odoo's command line."""

    login = "admin"
    password = "admin"

    def __init__(self, settings, database, log, **options):
        self.settings = settings
        self.db = database
        self.log_path = log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = {"workers": 0, "max_cron_threads": 0, **options}
        self.process = None
        self._expected = []
        self._read_until = 0
        self._opener = None

    # -- Process -------------------------------------------------------------

    def start(self, **options):
        """Start and wait for the first answer; options stay for a restart."""
        self.options.update(options)
        ports = {"http_port": self.port, "gevent_port": free_port()}
        arguments = [
            f"--{name.replace('_', '-')}={value}"
            for name, value in {**ports, **self.options}.items()
        ]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.settings.odoo("-d", self.db, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPO,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._opener = None
        self._wait_for_answer()

    def _wait_for_answer(self):
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/web/login", timeout=30).close()
                return
            time.sleep(0.2)
        raise RuntimeError(f"Odoo did not start or answer: {self.log[-3000:]}")

    def stop(self):
        """End the server as an administrator does."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        self.kill()

    def kill(self):
        """End the server and all its workers at once, with SIGKILL."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self, **options):
        self.stop()
        self.start(**options)

    def workers(self):
        """Return the process ids of the workers (none without ``workers``)."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(children) as listing:
            return [int(pid) for pid in listing.read().split()]

    # -- What it did ---------------------------------------------------------

    def sql(self, query, params=None):
        """Run SQL in a transaction of its own; return rows, if there are any."""
        import psycopg2

        connection = psycopg2.connect(dbname=self.db)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, params)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def shell(self, script):
        """Run a script in ``odoo shell`` beside the server; return what it printed."""
        command = self.settings.odoo("-d", self.db, "--no-http")
        command.insert(command.index("odoo") + 1, "shell")
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, check=True
        )
        return done.stdout

    def wait_until(self, condition, timeout=60, what="the condition"):
        """Poll until ``condition()`` is true and return its value."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if value := condition():
                return value
            time.sleep(0.2)
        raise AssertionError(f"{what} did not hold within {timeout} s")

    @property
    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def expect_error(self, pattern):
        """Let ERROR lines of this test that match the pattern pass."""
        self._expected.append(re.compile(pattern))

    def unexpected_errors(self):
        """Return new ERROR lines that nobody expected, since the last call."""
        fresh = self.log[self._read_until :]
        self._read_until += len(fresh)
        expected, self._expected = self._expected, []
        return [
            line
            for line in unexpected_log_lines(fresh, f"{REPO}/addons/")
            if not any(pattern.search(line) for pattern in expected)
        ]

    # -- Calls ---------------------------------------------------------------

    def rpc(self, model, method, *args, **kwargs):
        """Call a model's method as the administrator, like the web client."""
        if self._opener is None:
            self._log_in()
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def _log_in(self):
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        )
        self._post(
            "/web/session/authenticate",
            {"db": self.db, "login": self.login, "password": self.password},
        )

    def _post(self, path, params):
        body = json.dumps(
            {"jsonrpc": "2.0", "method": "call", "params": params}
        ).encode()
        request = urllib.request.Request(
            self.url + path, body, {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]
