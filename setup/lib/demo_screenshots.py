"""Take pictures of the running demo with headless Chromium, as Ana sees it.

    python demo_screenshots.py DIRECTORY

Talks to the browser in its own language (the DevTools protocol): a picture is taken
when what it is about is on the page, not after some seconds.
"""

import base64
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import demo_automations as automations
import requests
import websocket
from demo_client import DATABASE, TIMEOUT, URL, Person, wait_until
from demo_outside import PAID

BOARD = "/odoo/monitor"
STATISTICS = "/odoo/monitor-statistics"
HEARTBEATS = "/odoo/monitor-heartbeats"
EVENT_TYPES = "/odoo/monitor-event-types"
INCIDENTS = "/odoo/action-monitor_incident.monitor_incident_action"
APPROVALS = "/odoo/action-monitor_approvals.monitor_approval_action_board"
ALL_APPROVALS = "/odoo/action-monitor_approvals.monitor_approval_action"


class Shot(NamedTuple):
    """A picture: where, as large as what, and what must be on it."""

    name: str
    path: str
    shows: str  # CSS selector
    width: int = 1440
    height: int = 900
    phone: bool = False
    dark: bool = False


def shots():
    """Return the pictures to take."""
    form = Person("ana").search(
        "monitor.workflow", ["name", "=", automations.PAYMENT_REMINDERS]
    )[0]
    paid = Person("ana").search("monitor.event.type", ["name", "=", PAID])[0]
    incident = Person("ana").search(
        "monitor.incident", ["workflow_id.name", "=", automations.PAYMENT_REMINDERS]
    )[0]
    approval = Person("ana").search(
        "monitor.approval", ["model", "=", "sale.order"], ["tier", "=", 2]
    )[0]
    card = ".o_kanban_record:not(.o_kanban_ghost)"
    return [
        Shot("board", BOARD, card),
        Shot("board-dark", BOARD, card, dark=True),
        Shot("board-phone", BOARD, card, 390, 844, phone=True),
        Shot("workflow", f"{BOARD}/{form}", ".o_form_view .o_field_widget"),
        Shot("statistics", STATISTICS, ".o_group_header", height=520),
        Shot("heartbeats", HEARTBEATS, ".o_data_row", height=420),
        Shot("incidents", INCIDENTS, ".o_data_row", height=420),
        Shot("incident", f"{INCIDENTS}/{incident}", ".o_form_view .o_field_widget"),
        Shot(
            "incident-phone",
            f"{INCIDENTS}/{incident}",
            ".o_form_view .o_field_widget",
            390,
            844,
            phone=True,
        ),
        Shot("approvals-board", APPROVALS, card, height=560),
        Shot("approval", f"{ALL_APPROVALS}/{approval}", ".o_form_view .o_field_widget"),
        Shot("event-types", f"{EVENT_TYPES}/{paid}", ".o_form_view .alert"),
    ]


def main(directory):
    """Take all pictures, each in a page of its own."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    cookie = log_in("ana")
    with browser() as port:
        for shot in shots():
            with page(port) as tab:
                try:
                    picture = take(tab, shot, cookie)
                except TimeoutError:
                    seen = Path(tempfile.gettempdir(), f"{shot.name}-failed.png")
                    seen.write_bytes(capture(tab))
                    print(f"what was seen instead: {seen}")
                    raise
            (folder / f"{shot.name}.png").write_bytes(picture)
            print(f"{shot.name}.png: {len(picture) // 1024} kB", flush=True)


def log_in(login):
    """Return the session cookie of a person who logged in."""
    session = requests.Session()
    session.post(
        f"{URL}/web/session/authenticate",
        json={"params": {"db": DATABASE, "login": login, "password": login}},
        timeout=TIMEOUT,
    ).raise_for_status()
    return session.cookies["session_id"]


def take(tab, shot, cookie):
    """Return the picture of one page as PNG."""
    tab.do("Network.setCookie", name="session_id", value=cookie, url=URL)
    tab.do(
        "Emulation.setDeviceMetricsOverride",
        width=shot.width,
        height=shot.height,
        deviceScaleFactor=2 if shot.phone else 1,
        mobile=shot.phone,
    )
    if shot.phone:
        tab.do("Emulation.setTouchEmulationEnabled", enabled=True)
    if shot.dark:
        # Odoo Community has no dark theme: this is what the browser's own does.
        tab.do("Emulation.setAutoDarkModeOverride", enabled=True)
    tab.do("Page.navigate", url=URL + shot.path)
    tab.wait_for(f"document.querySelector({json.dumps(shot.shows)})")
    tab.wait_for(
        "document.fonts.status === 'loaded' && "
        "[...document.images].every(image => image.complete)"
    )
    time.sleep(1)  # what moves into its place has come to rest
    return capture(tab)


def capture(tab):
    """Return what the page looks like now."""
    answer = tab.do("Page.captureScreenshot", format="png")
    return base64.b64decode(answer["data"])


class Tab:
    """One page of the browser."""

    def __init__(self, address):
        self.socket = websocket.create_connection(
            address, timeout=TIMEOUT, suppress_origin=True
        )
        self.numbers = itertools.count(1)

    def do(self, method, **params):
        """Send one command; return its result."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def value(self, expression):
        """Return what a JavaScript expression is on this page."""
        result = self.do(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        return result["result"].get("value")

    def wait_for(self, expression, seconds=90):
        """Wait until a JavaScript expression is true on this page."""
        wait_until(lambda: self.value(f"!!({expression})"), seconds, expression)


@contextmanager
def page(port):
    """Open a page in the browser; close it at the end."""
    base = f"http://127.0.0.1:{port}/json"
    target = requests.put(f"{base}/new?about:blank", timeout=TIMEOUT).json()
    tab = Tab(target["webSocketDebuggerUrl"])
    try:
        yield tab
    finally:
        tab.socket.close()
        requests.get(f"{base}/close/{target['id']}", timeout=TIMEOUT)


@contextmanager
def browser():
    """Run Chromium without a window; yield the port it listens on."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                os.environ.get("CHROMIUM") or "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--force-prefers-reduced-motion",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            said = Path(profile, "DevToolsActivePort")
            wait_until(
                lambda: said.exists() and said.read_text().strip(), 60, "Chromium is up"
            )
            yield int(said.read_text().split()[0])
        finally:
            process.terminate()
            process.wait(timeout=20)


if __name__ == "__main__":
    main(*sys.argv[1:])
