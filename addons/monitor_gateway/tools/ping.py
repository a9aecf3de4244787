"""What a ping means: its address, its run id, and what it does to the runs.

Addresses and meaning are those of Healthchecks (https://healthchecks.io/docs/http_api/).
Moments are naive UTC.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

MAX_BODY = 100 * 1024  # bytes
MAX_ERROR = 200  # characters of a body that become the error of a run
MAX_STATUS = 255
#: The same report of the same run within this time is a client that tries again.
RETRY = timedelta(minutes=2)
#: An end that comes later than this after its start measures nothing.
MAX_DURATION = timedelta(hours=72)
SIGNALS = ("success", "start", "fail", "log")
#: Of a success and a failure, the state of the run.
OUTCOMES = {"success": "succeeded", "fail": "failed"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
#: Where a long text is best cut, so that no name is parted from its value.
_CUTS = ("\n", ",;&", " \t\r")


class BadPing(ValueError):
    """An address that is understood, and wrong: 400."""


class Target(NamedTuple):
    """Whom a ping addresses (by ``uuid``, or ``key`` and ``slug``), and its signal."""

    uuid: str | None
    key: str | None
    slug: str | None
    signal: str
    exit_status: int | None = None


def parse_target(path: str) -> Target | None:
    """Return what stands behind ``/monitor/ping/``, None for no address of a ping.

    Raises :class:`BadPing` for an exit status that is none.

    >>> parse_target("6e9e1f4a-9f4c-4b2f-8d2e-0a4f3c2b1d0e/3")[3:]
    ('fail', 3)
    >>> parse_target("the-key/nightly-backup/start")[1:4]
    ('the-key', 'nightly-backup', 'start')
    """
    if "\0" in path:  # no database can be asked for that
        return None
    parts = path.split("/")
    known = parse_uuid(parts[0])
    size = 1 if known else 2
    if not size <= len(parts) <= size + 1 or not all(parts):
        return None
    signal = _parse_signal(parts[size]) if len(parts) > size else ("success", None)
    if signal is None:
        return None
    if known:
        return Target(known, None, None, *signal)
    return Target(None, parts[0], parts[1].lower(), *signal)


def _parse_signal(text: str) -> tuple[str, int | None] | None:
    if text in ("start", "fail", "log"):
        return text, None
    if not _NUMBER.fullmatch(text):
        return None
    status = int(text)
    if not 0 <= status <= MAX_STATUS:
        raise BadPing(f"The exit status must be 0 to {MAX_STATUS}.")
    return ("fail" if status else "success"), status


def parse_uuid(text: str) -> str | None:
    """Return a UUID as it is stored, None for a text that is none.

    >>> parse_uuid("6E9E1F4A-9F4C-4B2F-8D2E-0A4F3C2B1D0E")
    '6e9e1f4a-9f4c-4b2f-8d2e-0a4f3c2b1d0e'
    """
    text = text.lower()
    return text if _UUID.fullmatch(text) else None


def parse_rid(text: str | None) -> str | None:
    """Return the run id of a ping, None where it has none.

    Raises :class:`BadPing` for one that is no UUID.
    """
    if text is None:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise BadPing("rid must be a UUID.") from None


def is_slug(text: str) -> bool:
    """Tell whether a heartbeat can be made under this name.

    >>> is_slug("nightly-backup"), is_slug("Nightly backup")
    (True, False)
    """
    return _SLUG.fullmatch(text) is not None


def readable(body: bytes) -> str:
    """Return any bytes as a text that can be stored and shown.

    >>> readable(bytes([111, 107, 0, 255]))
    'ok\ufffd\ufffd'
    """
    return body.decode("utf-8", "replace").replace("\0", "\ufffd")


def pieces(text: str, size: int) -> list[str]:
    """Cut a text into pieces of at most ``size`` characters, at ends of lines if any.

    >>> pieces("one two" + chr(10) + "three four", 9)
    ['one two\\n', 'three ', 'four']
    """
    found = []
    while len(text) > size:
        end = _cut(text[:size]) or size
        found.append(text[:end])
        text = text[end:]
    return [*found, text]


def _cut(text: str) -> int:
    """Return where to cut: after the last of the best character there is, else 0."""
    for characters in _CUTS:
        end = max(map(text.rfind, characters)) + 1
        if end:
            return end
    return 0


def error_line(text: str, exit_status: int | None = None) -> str:
    """Return what went wrong in a sentence: the last line of what the job printed.

    >>> error_line("Dumping..." + chr(10) + "No space left on device" + chr(10))
    'No space left on device'
    >>> error_line("", 3)
    'Exit status 3'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines:
        return lines[-1][:MAX_ERROR]
    return f"Exit status {exit_status}" if exit_status else "Reported as failed"


@dataclass(frozen=True)
class Run:
    """A run as pings know it: ``rid`` is None where its start gave none.

    ``overdue``: it had to end before now. ``ended_at`` and ``state`` tell its end.
    """

    id: int
    rid: str | None
    started_at: datetime
    overdue: bool = False
    state: str = "running"
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Plan:
    """What a ping does: end or ``create`` a run, give up others; else it only counts.

    ``rid`` is that of the run to create; ``about`` the run that the ping tells of.
    """

    about: int | None = None
    create: bool = False
    rid: str | None = None
    end: int | None = None
    measured: bool = False
    give_up: tuple[int, ...] = ()


def plan(
    signal: str,
    rid: str | None,
    open_runs: Sequence[Run],
    same: Run | None,
    now: datetime,
) -> Plan:
    """Return what a ping does to the runs of its heartbeat.

    ``open_runs`` are those under way, the oldest first; ``same`` is the one that bears
    ``rid``, over or not. A run id that is used again after its run is over counts as
    none: so nothing that a job reports is ever dropped.
    """
    over = same is not None and same.state not in ("running", "stalled", "lost")
    if same and over:
        if _repeats(signal, same, now):
            return Plan(about=same.id)
        rid, same = None, None
    if same is None and rid is None:
        same = _newest_without_rid(open_runs)
    if signal == "log":
        return Plan(about=same.id if same else None)
    if signal == "start":
        return _plan_start(rid, open_runs, same)
    return _plan_end(rid, open_runs, same, now)


def _repeats(signal: str, same: Run, now: datetime) -> bool:
    """Tell whether a report of a run that is over only comes again, or late."""
    told = signal in ("start", "log") or OUTCOMES[signal] == same.state
    return told and same.ended_at is not None and now - same.ended_at < RETRY


def _newest_without_rid(runs: Sequence[Run]) -> Run | None:
    return next((run for run in reversed(runs) if run.rid is None), None)


def _plan_start(rid: str | None, open_runs: Sequence[Run], same: Run | None) -> Plan:
    """A second start takes the first one's place, as long as that is not overdue.

    One that is overdue stays: a new start does not make the job well, its end does.
    """
    if rid is not None and same is not None and same.state != "lost":
        return Plan(about=same.id)
    if rid is not None:
        return Plan(create=True, rid=None if same else rid)
    stale = [run.id for run in open_runs if run.rid is None and not run.overdue]
    return Plan(create=True, give_up=tuple(stale))


def _plan_end(
    rid: str | None, open_runs: Sequence[Run], same: Run | None, now: datetime
) -> Plan:
    """End the run it tells of; the job is seen to work, or not, whatever was before."""
    stale = tuple(
        run.id
        for run in open_runs
        if (same is None or run.id != same.id)
        and (run.overdue or (run.rid is None and rid is None))
    )
    if same is None:
        return Plan(create=True, rid=rid, give_up=stale)
    measured = now - same.started_at <= MAX_DURATION
    return Plan(about=same.id, end=same.id, measured=measured, give_up=stale)
