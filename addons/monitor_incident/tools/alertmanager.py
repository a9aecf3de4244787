"""What Prometheus Alertmanager sends to a webhook receiver (payload of version 4).

Everything in it was written by somebody else: it is bounded here, redacted by whoever
stores it, and never interpreted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from odoo.addons.monitor_core.tools.payload import (  # noqa: TID251 - pure too
    storable_text,
)

try:
    from .observation import Observation, fingerprint
except ImportError:  # outside of its package: python3 -m doctest alertmanager.py
    from observation import Observation, fingerprint

#: Alerts of one message; ``max_alerts`` of the receiver says the same to Alertmanager.
MAX_ALERTS = 2000
MAX_LABELS = 64
MAX_KEY = 100
MAX_VALUE = 1000
MAX_TITLE = 200
MAX_LEFT_OUT = 1_000_000_000
#: Labels that only the Monitor gives: rules and silences rely on them. As Prometheus
#: renames what collides (honor_labels: false).
OURS = frozenset(
    {"company", "kind", "rule", "workflow", "team", "team_id", "record", "key"}
)
SEVERITIES = ("info", "warning", "error", "critical")
#: What rules for Prometheus usually write into the label ``severity``.
USUAL = {
    **{word: word for word in SEVERITIES},
    "page": "critical",
    "emergency": "critical",
    "fatal": "critical",
    "disaster": "critical",
    "high": "error",
    "major": "error",
    "average": "error",
    "medium": "warning",
    "minor": "warning",
    "warn": "warning",
    "low": "info",
    "none": "info",
    "notice": "info",
    "debug": "info",
}
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_NEVER = datetime(1970, 1, 1)  # Go's zero time, year 1, lies before


class BadNotification(ValueError):
    """The body is not what Alertmanager sends; says what is wrong with it."""


@dataclass(frozen=True)
class Alert:
    """One alert of a message; ``ended`` None while it is firing. Naive UTC."""

    key: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    started: datetime
    ended: datetime | None
    severity: str
    title: str


@dataclass(frozen=True)
class Notification:
    """A message: the alerts of one group. ``truncated``: how many it leaves out."""

    alerts: tuple[Alert, ...]
    group_key: str
    truncated: int


@dataclass(frozen=True)
class ExternalObservation(Observation):
    """An observation of no rule of ours, known by what its source says it is.

    Its fingerprint has a colon, those of rules have none.
    """

    name: str = ""
    severity: str = "error"
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """The newest alert stored under a key; ``resolved`` None while it is open."""

    started: datetime
    resolved: datetime | None


def parse(
    payload: Any, now: datetime, severities: Mapping[str, str], default: str = "warning"
) -> Notification:
    """Return the alerts of a message; of one told twice the last word counts.

    :param payload: the parsed JSON of the body
    :param severities: what is added to, or changes, :data:`USUAL`
    :param default: severity of an alert without a word that is known
    :raises BadNotification: naming what is wrong
    """
    if not isinstance(payload, dict):
        raise BadNotification("The body is a JSON object.")
    if str(payload.get("version", "4")) != "4":
        raise BadNotification("version: only 4 is known.")
    alerts = payload.get("alerts")
    if not isinstance(alerts, list):
        raise BadNotification("alerts: a list is needed.")
    words = {**USUAL, **severities}
    found: dict[str, Alert] = {}
    for index, raw in enumerate(alerts):
        alert = _alert(raw, index, now, words, default)
        found[alert.key] = alert
    group_key = payload.get("groupKey")
    truncated = payload.get("truncatedAlerts")
    return Notification(
        tuple(found.values()),
        storable_text(group_key) if isinstance(group_key, str) else "",
        min(max(truncated, 0), MAX_LEFT_OUT) if type(truncated) is int else 0,
    )


def _alert(
    raw: Any, index: int, now: datetime, words: Mapping[str, str], default: str
) -> Alert:
    where = f"alerts[{index}]"
    if not isinstance(raw, dict):
        raise BadNotification(f"{where}: an object is needed.")
    status = raw.get("status")
    if status not in ("firing", "resolved"):
        raise BadNotification(f"{where}.status: firing or resolved.")
    labels = _texts(raw.get("labels"), f"{where}.labels")
    annotations = _texts(raw.get("annotations"), f"{where}.annotations")
    if url := raw.get("generatorURL"):
        annotations["generator_url"] = str(url)[:MAX_VALUE]
    started = _moment(raw.get("startsAt"), f"{where}.startsAt") or now
    ended = None
    if status == "resolved":
        ended = _moment(raw.get("endsAt"), f"{where}.endsAt") or now
        ended = max(started, ended)
    key = raw.get("fingerprint")
    if not (isinstance(key, str) and 0 < len(key) <= MAX_KEY):
        key = fingerprint(_texts(raw.get("labels"), where, whole=True))
    severity = words.get(labels.get("severity", "").strip().lower(), default)
    title = title_of(labels, annotations)
    return Alert(key, labels, annotations, started, ended, severity, title)


def _texts(value: Any, where: str, whole: bool = False) -> dict[str, str]:
    """Return a mapping of texts, not too many and none too long."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadNotification(f"{where}: an object is needed.")
    texts = {_own_name(str(key)): _text(item) for key, item in value.items()}
    if whole:
        return texts
    return {
        key[:MAX_KEY]: item[:MAX_VALUE]
        for key, item in sorted(texts.items())[:MAX_LABELS]
    }


def _own_name(name: str) -> str:
    return f"exported_{name}" if name in OURS else storable_text(name)


def _text(value: Any) -> str:
    return "" if value is None else storable_text(str(value))


def _moment(value: Any, where: str) -> datetime | None:
    """Return an RFC 3339 moment in naive UTC to the second; None for Go's zero."""
    if value is None or value == "":
        return None
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        moment = match and datetime.fromisoformat(match[1] + match[2])
        moment = moment and moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # the first day of the year 1, somewhere in the east
        return None
    except ValueError:
        moment = None
    if moment is None:
        raise BadNotification(f"{where}: no moment like 2026-01-05T12:00:00Z.")
    return moment if moment > _NEVER else None


def title_of(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """Return one line for people.

    >>> title_of({"alertname": "DiskFull", "instance": "db1"}, {})
    'DiskFull: db1'
    >>> title_of({"alertname": "DiskFull"}, {"summary": "Disk of db1 is full"})
    'Disk of db1 is full'
    """
    said = annotations.get("summary") or annotations.get("title") or ""
    text = " ".join(said.split())
    if not text:
        names = (labels.get("alertname"), labels.get("instance"))
        text = ": ".join(filter(None, names)) or "Alert without a name"
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"


def parse_severities(text: str) -> dict[str, str]:
    """Return the mapping that people write as lines of ``word = severity``.

    >>> parse_severities("P1 = critical\\n\\nticket=warning")
    {'p1': 'critical', 'ticket': 'warning'}

    :raises ValueError: with the line that is not understood
    """
    mapping = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        word, equal, severity = (part.strip().lower() for part in line.partition("="))
        if not (word and equal and severity in SEVERITIES):
            raise ValueError(line.strip())
        mapping[word] = severity
    return mapping


def is_news(alert: Alert, known: Known | None) -> bool:
    """Tell whether an alert is not older than what is stored of it.

    Alertmanager sends at least once, and what failed it sends again later: a message
    may come twice, or after the one that followed it.

    >>> noon = datetime(2026, 1, 5, 12)
    >>> over = Known(started=noon, resolved=noon.replace(hour=13))
    >>> is_news(Alert("a", {}, {}, noon, None, "error", ""), over)
    False
    """
    if known is None:
        return alert.ended is None  # what was over before it was heard of
    if known.resolved is None:
        return alert.ended is None or alert.started >= known.started
    return alert.ended is None and alert.started > known.started


def observations(
    alerts: Iterable[Alert],
    known: Mapping[str, Known],
    source: str,
    labels: Mapping[str, str],
    company_id: int | None,
) -> list[ExternalObservation]:
    """Return what alerts say that is new, for ``monitor.alert``.

    An alert that is only told again counts no occurrence.

    :param known: by the key of the alert
    :param source: before the key; it keeps apart what two receivers get
    :param labels: added to those of each alert
    """
    found = []
    for alert in alerts:
        before = known.get(alert.key)
        if not is_news(alert, before):
            continue
        is_open = before is not None and before.resolved is None
        again = is_open and before is not None and before.started >= alert.started
        active = alert.ended is None
        found.append(
            ExternalObservation(
                rule_id=0,
                labels={**alert.labels, "severity": alert.severity, **labels},
                active=active,
                since=alert.started if active else alert.ended,
                count=int(active and not again),
                code="external",
                params={"title": alert.title},
                company_id=company_id,
                known_as=f"{source}:{alert.key}",
                name=alert.title,
                severity=alert.severity,
                annotations=alert.annotations,
            )
        )
    return found


def group_key(source: str, told: str, company_id: int | None) -> str:
    """Return by which key alerts of one group are one incident.

    >>> group_key("alertmanager:3", "{}:{alertname='A'}", 1)
    'alertmanager:3:b5cdaa4b69f82b5e:1'
    """
    return f"{source}:{fingerprint({'group': told})[:16]}:{company_id or 0}"


def snippet(url: str, name: str) -> str:
    """Return the receiver for ``alertmanager.yml``.

    >>> print(snippet("https://odoo.example/x", "odoo").splitlines()[0])
    receivers:
    """
    return "\n".join(
        (
            "receivers:",
            f"  - name: {json.dumps(name)}",
            "    webhook_configs:",
            f"      - url: {url}",
            "        send_resolved: true",
            "        max_alerts: 1000",
        )
    )
