"""Where things are: read from what setup/lib/provision.sh exports."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

REPO = Path(os.path.abspath(__file__)).parents[3]
HOW_TO_RUN = "run the tests through setup/test: it provides what they need"


@dataclass(frozen=True)
class Settings:
    home: Path
    venv: Path
    data_dir: Path
    odoo_path: Path
    addons_path: str
    odoo_build: str
    logs: Path  # of this run
    conf_name: str = "odoo.conf"
    environment: dict = field(default_factory=dict)  # of Odoo, besides our own

    @classmethod
    def from_environment(cls):
        try:
            return cls(
                home=Path(os.environ["MONITOR_HOME"]),
                venv=Path(os.environ["VENV"]),
                data_dir=Path(os.environ["DATA_DIR"]),
                odoo_path=Path(os.environ["ODOO_PATH"]),
                addons_path=os.environ["ADDONS_PATH"],
                odoo_build=os.environ["MONITOR_ODOO_BUILD"],
                logs=Path(os.environ["MONITOR_LOGS"]),
            )
        except KeyError as missing:
            sys.exit(f"{missing} is not set: {HOW_TO_RUN}")

    @property
    def python(self):
        return str(self.venv / "bin" / "python")

    @property
    def conf(self):
        return self.logs / self.conf_name

    @property
    def odoo_addons(self):
        """Directories of Odoo's own addons."""
        own = str(REPO / "addons")
        return [Path(path) for path in self.addons_path.split(",") if path != own]

    @property
    def peers(self):
        """Where the addons of others are, see setup/lib/provision_peers.sh."""
        return self.home / "peers"

    def beside_peers(self):
        """Return the settings of an Odoo that finds the addons of others, too.

        What those import in Python is in the same place.
        """
        path = f"{self.addons_path},{self.peers / 'odoo' / 'addons'}"
        found = replace(
            self,
            addons_path=path,
            conf_name="odoo-peers.conf",
            environment={"PYTHONPATH": str(self.peers)},
        )
        conf = self.conf.read_text()
        found.conf.write_text(conf.replace(self.addons_path, path))
        return found

    def odoo(self, *arguments):
        return [self.python, "-m", "odoo", f"--config={self.conf}", *arguments]


_children = set()
_stopping = threading.Event()


class Interrupted(Exception):
    """The run is being ended: nothing new starts, nothing is concluded."""


def run_logged(command, log, timeout, env=None, stdin=subprocess.DEVNULL, cwd=REPO):
    """Run a command with its output in a file; return its exit status.

    It gets no Ctrl-C from the terminal: see ``interrupt_children``.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if _stopping.is_set():
        raise Interrupted
    with open(log, "wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        _children.add(child)
        try:
            status = child.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            output.write(f"\nstopped after {timeout} s\n".encode())
            _end(child)
            return -1
        finally:
            _children.discard(child)
    if _stopping.is_set():
        raise Interrupted
    return status


def interrupt_children():
    """End what runs, with the time it needs to clean up."""
    _stopping.set()
    _end(*_children)


def _end(*children):
    for child in children:
        os.killpg(child.pid, signal.SIGINT)
    for child in children:
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
